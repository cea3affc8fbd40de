/* Assertions stay on in release builds: they are for our own mistakes, never for input. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define NORETURN __attribute__((noreturn))

/* Ends the process after one sentence on standard error: for a broken invariant, a record that does
 * not decode, a failed write. Restarting is the recovery path. */
NORETURN void fatal(const char *format, ...) PRINTF_LIKE(1, 2);

NORETURN void assert_failed(const char *file, int line, const char *condition,
                            const char *function);
NORETURN void assert_compare_failed(const char *file, int line, const char *condition, int64_t a,
                                    int64_t b);

#define ASSERT(condition)                                                                          \
    ((condition) ? (void)0 : assert_failed(__FILE__, __LINE__, #condition, __func__))

/* Like ASSERT(a op b), and prints both operands. */
#define ASSERT_CMP(a, op, b)                                                                       \
    (((a)op(b)) ? (void)0                                                                          \
                : assert_compare_failed(__FILE__, __LINE__, #a " " #op " " #b, (int64_t)(a),       \
                                        (int64_t)(b)))

#endif
