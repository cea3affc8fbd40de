/* What leaves the process: function processes and HTTP requests, on one thread with one event loop.
 *
 *   functions_invoke / http_send (any thread) --queue--> the loop --> effect_finish (the loop's)
 *
 * It knows nothing of records: whoever calls says what to run (services/lambda/carrier.c). Nothing
 * here blocks the caller, and every effect that was handed over is finished exactly once, when the
 * thread stops at the latest. */
#ifndef EFFECTS_EFFECTS_H
#define EFFECTS_EFFECTS_H

#include "shard/effect.h"

struct effects;

struct effects_options {
    str directory; /* for logs, the runtimes' own files and functions' scratch files; exists */
    str endpoint;  /* "http://127.0.0.1:8083": what functions' SDKs are told */
    str region, account;
    str keeper_program;   /* what wraps function processes, called with "function-process" as its
                               first argument (child.h); empty: /proc/self/exe */
    size_t processes_max; /* in all; 0: FUNCTION_PROCESSES_MAX */
    json runtimes;        /* object: runtime name or family ("dotnetcore3.1", "java") -> array of
                             strings, the command that runs it; JSON_NULL: none */
    int64_t idle_ms_max;  /* of a process without work; 0: FUNCTION_IDLE_MS_MAX */
};

/* Starts the thread. Texts are copied. */
struct effects *effects_start(const struct effects_options *options);
/* Ends every process and request, finishes what is not finished (not ok), joins the thread. */
void effects_stop(struct effects *effects);

/* ---- functions ---- */

/* How to run a function. Copied by functions_invoke. */
struct function_spec {
    str name, version;  /* version: "$LATEST" or a number */
    str arn;            /* without qualifier: what functions_forget and `concurrency` go by */
    str revision;       /* changes whenever code or configuration does: processes of another
                           revision of the same function and version take no new work and end */
    str runtime;        /* "nodejs20.x", "python3.9", "provided.al2", or anything with a command */
    str handler;        /* "index.handler" */
    str code_directory; /* where the code is: becomes LAMBDA_TASK_ROOT and the working directory */
    str url;            /* the function runs elsewhere: POST the event there; else empty */
    json environment;   /* object of strings */
    int64_t timeout_ms;
    int64_t memory_mb;
    int64_t concurrency; /* at most so many invocations of the function at a time; -1: as many as
                            there are processes */
    str log_group;       /* "/aws/lambda/NAME" */
};

struct invocation {
    struct effect *effect;
    str payload;        /* the event, JSON text; copied */
    str request_id;     /* what the function sees as its aws request id; the same when repeated */
    str invoked_arn;    /* what the function sees as its ARN, with a qualifier if the caller gave
                           one; empty: spec->arn */
    str client_context; /* JSON text; empty if none */
    bool may_queue;     /* false: TooManyRequests at once when the concurrency is used up; true: it
                           waits for a process */
};

/* Runs one invocation. The result: ok with `body` (the answer: well-formed UTF-8, and JSON text
 * unless a runtime of the user's own answers something else), `error` empty or "Unhandled" (AWS's
 * X-Amz-Function-Error), `log` (the last 4 KB printed, as text) and `version`; or not ok with
 * `error` "Lambda.TooManyRequestsException" or "Lambda.ServiceException" and a `cause`. The cause
 * of the former is AWS's "Rate Exceeded."; its reason is
 * ReservedFunctionConcurrentInvocationLimitExceeded if spec->concurrency >= 0, else
 * ConcurrentInvocationLimitExceeded. */
void functions_invoke(struct effects *effects, const struct function_spec *spec,
                      const struct invocation *invocation);

/* A function has been deleted or changed: its idle processes end now, busy ones when they are done.
 * Any thread. */
void functions_forget(struct effects *effects, str arn);

/* ---- work that would hold up whoever asks for it ---- */

/* Calls `run` on a thread of its own, then `done` on the loop's, in the order of the calls but for
 * WORKS_AT_A_TIME of them together. `done` comes exactly once: with false, perhaps on the caller's
 * thread, if the work has not been begun when the thread stops. Any thread. */
void effects_work(struct effects *effects, void (*run)(void *context),
                  void (*done)(void *context, bool was_run), void *context);

/* ---- logs: what functions have printed, and what the platform has said about them ---- */

/* The lines of a function's log from `after` on, oldest first, at most `count`; each as
 * {"id":n,"timestamp":ms,"stream":s,"message":s} into `out` separated by commas. *next is what to
 * give as `after` next time: the first call gives 0, and ids begin at 1. Bounded per function
 * (FUNCTION_LOG_BYTES_MAX), the oldest go first; kept in files, so that they survive a restart. Any
 * thread. */
void functions_log_read(struct effects *effects, str log_group, uint64_t after, size_t count,
                        struct buf *out, uint64_t *next);

/* Any log group: functions', those that Step Functions writes to, and those of the CloudWatch Logs
 * API. Bounded per group (FUNCTION_LOG_BYTES_MAX for "/aws/lambda/...", else LOG_GROUP_BYTES_MAX),
 * the oldest events go first. Written, not synced: a crash of the machine loses the last ones. Any
 * thread. */

/* Adds an event; message and stream are well-formed UTF-8. */
void effects_log_add(struct effects *effects, str log_group, str stream, int64_t time_ms,
                     str message);
/* What has been added is in the files when this returns. */
void effects_log_flush(struct effects *effects);
/* All events as lines {"id":n,"timestamp":ms,"stream":s,"message":s} with a line break each, in the
 * order of their ids, in the arena. */
str effects_log_text(struct effects *effects, str log_group, struct arena *arena);
/* 0: the group has no events. */
uint64_t effects_log_bytes(struct effects *effects, str log_group);
void effects_log_delete(struct effects *effects, str log_group);

/* Writes history events of one execution to a log group, each as the JSON text that Step Functions
 * writes to CloudWatch Logs. effect->request:
 *   {"group":s,"machine":s,"arn":s,"level":"ALL"|"ERROR"|"FATAL","data":bool,"redrives":n,
 *    "events":"[...]"}
 * `events` as GetExecutionHistory shows them; without `data` inputs, outputs and variables are left
 * out. The result is ok; what cannot be written is lost. */
void effects_log_history(struct effects *effects, struct effect *effect);

/* ---- HTTP ---- */

/* Sends effect->request:
 *   {"method":"POST","url":"https://...","headers":{"name":"value"|["value",...]},"body":"text",
 *    "timeoutMs":n,"sign":{"service":"sqs","region":"us-east-1"},"allowLocal":bool,
 *    "bodyMax":n,"basic":{"user","password"}}
 * all but method and url optional. `sign`: SigV4 by libcurl, with the server's own credentials
 * (AWS_ACCESS_KEY_ID ... in its environment). Only http and https; redirects are not followed; the
 * addresses of cloud metadata services and link-local addresses are never connected to, whatever
 * name leads there; loopback and private networks only with `allowLocal`. A proxy is used only if
 * the server's environment has http_proxy or https_proxy; then the proxy decides what is local. The
 * result: ok with status, headers and body; or not ok with error "States.Http.Socket" and the
 * cause. */
void http_send(struct effects *effects, struct effect *effect);

#endif
