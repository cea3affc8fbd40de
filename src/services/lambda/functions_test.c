/* Functions: creating, changing, reading, listing and deleting them, their code, versions and
 * aliases. Answers and errors are those recorded from AWS, as far as they are known. */
#include "services/lambda/support_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CREATE                                                                                     \
    "{'FunctionName':'f','Runtime':'nodejs12.x','Handler':'index.handler','Role':'" ROLE "'"

/* CREATE with more members and a zip. */
static const char *create(struct api *api, const char *more)
{
    return arena_printf(&api->arena, CREATE "%s,'Code':{'ZipFile':'%s'}}", more,
                        api_zip(api, "index.js", "exports"))
        .ptr;
}

static const char *code_of(struct api *api, const char *more, const char *content)
{
    return arena_printf(&api->arena, "{'FunctionName':'f'%s,'ZipFile':'%s'}", more,
                        api_zip(api, "index.js", content))
        .ptr;
}

/* ---- create, get ---- */

Test(functions, created_as_aws_answers)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateFunction", create(&api, ""),
               "{'FunctionName':'f','FunctionArn':'" FUNCTION
               "f','Runtime':'nodejs12.x','Role':'" ROLE
               "','Handler':'index.handler','Description':'','Timeout':3,'MemorySize':128,"
               "'LastModified':'2023-11-14T22:13:20.123+0000','Version':'$LATEST','TracingConfig':"
               "{'Mode':'PassThrough'},'PackageType':'Zip','Architectures':['x86_64'],"
               "'EphemeralStorage':{'Size':512},'SnapStart':{'ApplyOn':'None',"
               "'OptimizationStatus':'Off'},'LoggingConfig':{'LogFormat':'Text','LogGroup':"
               "'/aws/lambda/f'},'State':'Active','LastUpdateStatus':'Successful'}");
    str answer = api_call(&api, "GetFunction", "{'FunctionName':'f'}");
    cr_assert_eq(api_field(&api, answer, "Configuration.CodeSha256").len, 44);
    cr_assert_eq(api_field(&api, answer, "Configuration.RevisionId").len, 36);
    cr_assert(str_starts_with(api_field(&api, answer, "Code.Location"), STR("file:///tmp/")));
    struct stat status;
    str file = arena_printf(&api.arena, "%.*s/index.js",
                            STR_ARGS(str_skip(api_field(&api, answer, "Code.Location"), 7)));
    cr_assert(stat(file.ptr, &status) == 0, "the code has been unpacked: %s", file.ptr);
    cr_assert_eq(status.st_size, 7);
    api_expect(&api, "GetFunctionConfiguration", "{'FunctionName':'f','Qualifier':'$LATEST'}",
               "{'FunctionArn':'" FUNCTION "f:$LATEST','Version':'$LATEST'}");
    api_close(&api);
}

Test(functions, settings_are_kept)
{
    struct api api;
    api_open(&api);
    const char *more =
        ",'Description':'d','Timeout':900,'MemorySize':10240,'Environment':{'Variables':{'AB':'1'}}"
        ","
        "'DeadLetterConfig':{'TargetArn':'" QUEUE "q'},'TracingConfig':{'Mode':'Active'},"
        "'Architectures':['arm64'],'EphemeralStorage':{'Size':1024},'Tags':{'a':'b'},'Layers':[],"
        "'VpcConfig':{'SubnetIds':['subnet-1'],'SecurityGroupIds':[]},"
        "'LoggingConfig':{'LogFormat':'JSON'}";
    const char *kept =
        "{'Description':'d','Timeout':900,'MemorySize':10240,'Environment':{'Variables':{'AB':'1'}}"
        ","
        "'DeadLetterConfig':{'TargetArn':'" QUEUE "q'},'TracingConfig':{'Mode':'Active'},"
        "'Architectures':['arm64'],'EphemeralStorage':{'Size':1024},"
        "'VpcConfig':{'SubnetIds':['subnet-1'],'SecurityGroupIds':[],'VpcId':''},'LoggingConfig':"
        "{'LogFormat':'JSON','ApplicationLogLevel':'INFO','SystemLogLevel':'INFO','LogGroup':"
        "'/aws/lambda/f'}}";
    api_expect(&api, "CreateFunction", create(&api, more), kept);
    api_reopen(&api);
    api_expect(&api, "GetFunctionConfiguration", "{'FunctionName':'f'}", kept);
    api_expect(&api, "GetFunction", "{'FunctionName':'f'}", "{'Tags':{'a':'b'}}");
    api_close(&api);
}

Test(functions, refused_creations_leave_nothing)
{
    struct api api;
    api_open(&api);
    static const struct {
        const char *more, *error;
    } cases[] = {
        { ",'Environment':{'Variables':{'AWS_REGION':'x','OK':'y','LAMBDA_TASK_ROOT':'z'}}",
          "InvalidParameterValueException: Lambda was unable to configure your environment "
          "variables "
          "because the environment variables you have provided contains reserved keys that are "
          "currently not supported for modification. Reserved keys used in this request: "
          "AWS_REGION, LAMBDA_TASK_ROOT" },
        { ",'Layers':['arn:aws:lambda:us-east-1:000000000000:layer:l:1']",
          "InvalidParameterValueException: Layer version "
          "arn:aws:lambda:us-east-1:000000000000:layer:l:1 does not exist." },
        { ",'Timeout':901",
          "ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to "
          "satisfy constraint: Member must have value less than or equal to 900" },
        { ",'MemorySize':127",
          "ValidationException: 1 validation error detected: Value '127' at 'memorySize' failed to "
          "satisfy constraint: Member must have value greater than or equal to 128" },
        { ",'Runtime':''",
          "InvalidParameterValueException: Runtime and Handler are mandatory parameters for "
          "functions created with deployment packages." },
        { ",'PackageType':'Image'",
          "InvalidParameterValueException: Baton runs no container images. Give the code as a zip "
          "file, a local directory (Code.Directory) or a URL (Code.Url)." },
        { ",'FunctionName':'" FUNCTION
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
          "InvalidParameterValueException: 1 validation error detected: Value "
          "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' at 'functionName' "
          "failed to satisfy constraint: Member must have length less than or equal to 64" },
        { ",'DeadLetterConfig':{'TargetArn':'" FUNCTION "g'}",
          "InvalidParameterValueException: The provided target ARN must be that of a queue or a "
          "topic." },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        api_expect_error(&api, "CreateFunction", create(&api, cases[i].more), cases[i].error);
    cr_assert_eq(api_count(&api, KEY_FUNCTION), 0);
    cr_assert_eq(api_code_count(&api), 0, "nothing has been unpacked");
    api_close(&api);
}

Test(functions, code_must_be_there_and_readable)
{
    struct api api;
    api_open(&api);
    static const struct {
        const char *code, *error;
    } cases[] = {
        { "{}", "InvalidParameterValueException: Please provide a source for function code." },
        { "{'ZipFile':'aGVsbG8='}",
          "InvalidParameterValueException: Could not unzip uploaded file. "
          "Please check your file, then try to upload again." },
        { "{'ZipFile':''}",
          "InvalidParameterValueException: Uploaded file must be a non-empty zip" },
        { "{'S3Bucket':'bucket','S3Key':'key'}",
          "InvalidParameterValueException: Baton serves no S3 buckets. Give the code as ZipFile, "
          "or "
          "run it from a local directory (S3Bucket \"hot-reload\", S3Key its absolute path)." },
        { "{'Directory':'relative'}",
          "InvalidParameterValueException: Code runs from an absolute path or an http URL." },
        { "{'Directory':'/no/such/directory'}",
          "InvalidParameterValueException: /no/such/directory is not a directory that the server "
          "can see." },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        api_expect_error(&api, "CreateFunction",
                         arena_printf(&api.arena, CREATE ",'Code':%s}", cases[i].code).ptr,
                         cases[i].error);
    cr_assert_eq(api_code_count(&api), 0);
    api_close(&api);
}

/* Zeros in base64, as many as the text stands for. */
static str create_sized(struct api *api, size_t bytes)
{
    struct buf params;
    buf_init(&params, &api->arena);
    buf_add(&params, STR(CREATE ",'Code':{'ZipFile':'"));
    size_t rest = bytes % 3;
    memset(buf_reserve(&params, bytes / 3 * 4 + 16), 'A', bytes / 3 * 4);
    params.len += bytes / 3 * 4;
    buf_add(&params, rest == 1 ? STR("AA==") : rest == 2 ? STR("AAA=") : STR(""));
    buf_add(&params, (str){ "'}}", 4 });
    return api_call(api, "CreateFunction", params.ptr);
}

Test(functions, zips_are_bounded)
{
    struct api api;
    api_open(&api);
    str good = create_sized(&api, LAMBDA_CODE_ZIPPED_BYTES_MAX);
    cr_assert(str_starts_with(good, STR("InvalidParameterValueException: Could not unzip")), "%.*s",
              STR_ARGS(good));
    str bad = create_sized(&api, LAMBDA_CODE_ZIPPED_BYTES_MAX + 1);
    cr_assert(str_eq(bad, STR("RequestEntityTooLargeException: Zipped size must be smaller than "
                              "52428800 bytes")),
              "%.*s", STR_ARGS(bad));
    api_close(&api);
}

Test(functions, local_directories_and_urls)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateFunction", CREATE ",'Code':{'Directory':'/tmp'}}",
               "{'CodeSize':0,'State':'Active'}");
    api_expect(&api, "GetFunction", "{'FunctionName':'f'}", "{'Code':{'Location':'file:///tmp'}}");
    api_expect(&api, "UpdateFunctionCode",
               "{'FunctionName':'f','S3Bucket':'hot-reload','S3Key':'/usr'}", "{'CodeSize':0}");
    api_expect(&api, "GetFunction", "{'FunctionName':'f'}", "{'Code':{'Location':'file:///usr'}}");
    api_expect(&api, "CreateFunction",
               "{'FunctionName':'u','Role':'" ROLE "','Code':{'Url':'http://127.0.0.1:9/x'}}",
               "{'FunctionName':'u'}");
    api_expect(&api, "GetFunction", "{'FunctionName':'u'}",
               "{'Code':{'Location':'http://127.0.0.1:9/x'}}");
    api_close(&api);
}

/* A place that the client names as if the server had prepared it. */
Test(functions, nobody_prepares_code_from_outside)
{
    struct api api;
    api_open(&api);
    struct request *request = api_send(
        &api, "CreateFunction",
        CREATE ",'preparedCode':{'kind':'zip','place':'../../etc','sha256':'x','bytes':1}}");
    api_run(&api);
    str answer = api_answer(&api, request);
    cr_assert(str_starts_with(answer, STR("ValidationException")), "%.*s", STR_ARGS(answer));
    arena_close(&request->arena);
    /* What was prepared replaces it. */
    api_expect(&api, "CreateFunction",
               create(&api, ",'preparedCode':{'kind':'directory','place':'/etc','sha256':'x'}"),
               "{'FunctionName':'f'}");
    str location =
        api_field(&api, api_call(&api, "GetFunction", "{'FunctionName':'f'}"), "Code.Location");
    cr_assert(str_starts_with(location, STR("file:///tmp/")), "%.*s", STR_ARGS(location));
    api_close(&api);
}

Test(functions, a_name_is_taken_once)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_expect_error(&api, "CreateFunction", create(&api, ""),
                     "ResourceConflictException: Function already exist: f");
    api_expect_error(&api, "CreateFunction",
                     "{'FunctionName':'g:1','Runtime':'x','Handler':'a','Role':'" ROLE
                     "','Code':{}}",
                     "ValidationException: 1 validation error detected: Value 'g:1' at "
                     "'functionName' failed to satisfy constraint: Member must satisfy regular "
                     "expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|"
                     "(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)"
                     "(:(\\$LATEST|[a-zA-Z0-9-_]+))?");
    api_close(&api);
}

/* ---- update ---- */

Test(functions, configuration_changes_what_is_given)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateFunction",
               create(&api, ",'Environment':{'Variables':{'AB':'1'}},"
                            "'DeadLetterConfig':{'TargetArn':'" QUEUE "q'}"),
               "{'Timeout':3}");
    str before = api_field(&api, api_call(&api, "GetFunction", "{'FunctionName':'f'}"),
                           "Configuration.RevisionId");
    api.now_ms += 1000;
    api_expect(&api, "UpdateFunctionConfiguration",
               "{'FunctionName':'f','Timeout':5,'DeadLetterConfig':{'TargetArn':''},"
               "'Architectures':['arm64']}",
               "{'Timeout':5,'MemorySize':128,'Environment':{'Variables':{'AB':'1'}},"
               "'Architectures':['x86_64'],'LastModified':'2023-11-14T22:13:21.123+0000'}");
    str answer = api_call(&api, "GetFunctionConfiguration", "{'FunctionName':'f'}");
    cr_assert_not(str_eq(api_field(&api, answer, "RevisionId"), before));
    cr_assert_eq(str_find(answer, STR("DeadLetterConfig"), 0), answer.len);
    api_expect_error(&api, "UpdateFunctionConfiguration",
                     "{'FunctionName':'f','Timeout':6,'RevisionId':'old'}",
                     "PreconditionFailedException: The Revision Id provided does not match the "
                     "latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest "
                     "Revision Id");
    api_expect_error(&api, "UpdateFunctionConfiguration", "{'FunctionName':'g','Timeout':6}",
                     "ResourceNotFoundException: Function not found: " FUNCTION "g");
    api_close(&api);
}

static str set_variable(struct api *api, const char *value)
{
    str params = arena_printf(
        &api->arena, "{'FunctionName':'f','Environment':{'Variables':{'AB':'%s'}}}", value);
    return api_call(api, "UpdateFunctionConfiguration", params.ptr);
}

Test(functions, environment_is_bounded)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    /* {"AB":"..."}: 9 bytes around the value */
    char value[LAMBDA_ENVIRONMENT_BYTES_MAX + 1];
    memset(value, 'x', sizeof value);
    value[LAMBDA_ENVIRONMENT_BYTES_MAX - 9] = '\0';
    str good = set_variable(&api, value);
    cr_assert(str_starts_with(good, STR("{")), "%.*s", STR_ARGS(good));
    value[LAMBDA_ENVIRONMENT_BYTES_MAX - 9] = 'x';
    value[LAMBDA_ENVIRONMENT_BYTES_MAX - 8] = '\0';
    str bad = set_variable(&api, value);
    cr_assert(str_starts_with(bad, STR("InvalidParameterValueException: Lambda was unable to "
                                       "configure your environment variables because the "
                                       "environment variables you have provided exceeded the 4KB "
                                       "limit. String measured: {\"AB\":\"xxx")),
              "%.*s", STR_ARGS(bad));
    api_close(&api);
}

Test(functions, code_is_replaced_and_the_old_one_removed)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateFunction", create(&api, ""), "{}");
    api_expect(&api, "UpdateFunctionCode", code_of(&api, ",'DryRun':true", "dry"),
               "{'FunctionName':'f'}");
    cr_assert_eq(api_code_count(&api), 1, "a dry run leaves nothing");
    api_expect(&api, "UpdateFunctionCode", code_of(&api, "", "two"), "{'Version':'$LATEST'}");
    cr_assert_eq(api_code_count(&api), 2, "a running process may still need the old one");
    api_advance(&api, LAMBDA_CODE_LINGER_MS);
    cr_assert_eq(api_code_count(&api), 1);
    cr_assert_eq(api_count(&api, KEY_FUNCTION_CODE), 1);
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0);
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f'}", "{}");
    api_advance(&api, LAMBDA_CODE_LINGER_MS);
    cr_assert_eq(api_code_count(&api), 0);
    cr_assert_eq(api_count(&api, KEY_FUNCTION_CODE), 0);
    api_close(&api);
}

Test(functions, code_that_is_used_again_stays)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateFunction", create(&api, ""), "{}");
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f'}", "{}");
    api_expect(&api, "CreateFunction", create(&api, ""), "{}");
    api_advance(&api, LAMBDA_CODE_LINGER_MS);
    cr_assert_eq(api_code_count(&api), 1);
    /* Dropped twice: only the later removal counts. */
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f'}", "{}");
    api_advance(&api, LAMBDA_CODE_LINGER_MS / 2);
    api_expect(&api, "CreateFunction", create(&api, ""), "{}");
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f'}", "{}");
    api_advance(&api, LAMBDA_CODE_LINGER_MS / 2 + 1);
    cr_assert_eq(api_code_count(&api), 1);
    api_advance(&api, LAMBDA_CODE_LINGER_MS / 2);
    cr_assert_eq(api_code_count(&api), 0);
    api_close(&api);
}

Test(functions, a_start_removes_what_a_crash_left)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    str left = arena_printf(&api.arena, "%s/functions/.unpack-abc", api.files);
    cr_assert(mkdir(left.ptr, 0700) == 0);
    left = arena_printf(&api.arena, "%s/functions/%064d", api.files, 7);
    cr_assert(mkdir(left.ptr, 0700) == 0);
    cr_assert_eq(api_code_count(&api), 3);
    api_reopen(&api);
    cr_assert_eq(api_code_count(&api), 1);
    api_close(&api);
}

/* ---- versions ---- */

Test(functions, versions_are_copies)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateFunction", create(&api, ",'Description':'d'"), "{}");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}",
               "{'Version':'1','FunctionArn':'" FUNCTION "f:1','Description':'d'}");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f','Description':'other'}",
               "{'Version':'1','Description':'d'}");
    api_expect(&api, "UpdateFunctionConfiguration", "{'FunctionName':'f','Timeout':9}", "{}");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f','Description':'second'}",
               "{'Version':'2','Timeout':9,'Description':'second'}");
    api_expect(&api, "GetFunctionConfiguration", "{'FunctionName':'f','Qualifier':'1'}",
               "{'Version':'1','Timeout':3}");
    api_expect(&api, "UpdateFunctionCode", code_of(&api, ",'Publish':true", "new"),
               "{'Version':'3','FunctionArn':'" FUNCTION "f:3'}");
    api_expect(&api, "ListVersionsByFunction", "{'FunctionName':'f'}",
               "{'Versions':[{'Version':'$LATEST'},{'Version':'1'},{'Version':'2'},"
               "{'Version':'3'}]}");
    cr_assert_eq(api_code_count(&api), 2, "the first zip is that of versions 1 and 2");
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f','Qualifier':'2'}", "{}");
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f','Qualifier':'99'}", "{}");
    api_expect(&api, "ListVersionsByFunction", "{'FunctionName':'f'}",
               "{'Versions':[{'Version':'$LATEST'},{'Version':'1'},{'Version':'3'}]}");
    api_expect(&api, "UpdateFunctionConfiguration", "{'FunctionName':'f','Timeout':10}", "{}");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}", "{'Version':'4'}");
    api_expect_error(&api, "DeleteFunction", "{'FunctionName':'f','Qualifier':'$LATEST'}",
                     "InvalidParameterValueException: $LATEST version cannot be deleted without "
                     "deleting the function.");
    api_close(&api);
}

Test(functions, publishing_checks_hash_and_revision)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    str sha = api_field(&api, api_call(&api, "GetFunctionConfiguration", "{'FunctionName':'f'}"),
                        "CodeSha256");
    str expected = arena_printf(&api.arena,
                                "InvalidParameterValueException: CodeSHA256 (abc) is different "
                                "from current CodeSHA256 in $LATEST (%.*s). Please try again with "
                                "the CodeSHA256 in $LATEST.",
                                STR_ARGS(sha));
    api_expect_error(&api, "PublishVersion", "{'FunctionName':'f','CodeSha256':'abc'}",
                     expected.ptr);
    api_expect_error(&api, "PublishVersion", "{'FunctionName':'f','RevisionId':'abc'}",
                     "PreconditionFailedException: The Revision Id provided does not match the "
                     "latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest "
                     "Revision Id");
    str good = arena_printf(&api.arena, "{'FunctionName':'f','CodeSha256':'%.*s'}", STR_ARGS(sha));
    api_expect(&api, "PublishVersion", good.ptr, "{'Version':'1'}");
    api_expect(&api, "CreateFunction",
               arena_printf(&api.arena,
                            "{'FunctionName':'g','Runtime':'x','Handler':'a','Role':'" ROLE
                            "','Publish':true,'Code':{'ZipFile':'%s'}}",
                            api_zip(&api, "a", "b"))
                   .ptr,
               "{'Version':'1','FunctionArn':'" FUNCTION "g'}");
    api_close(&api);
}

/* ---- aliases ---- */

Test(functions, aliases)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}", "{}");
    api_expect(&api, "UpdateFunctionConfiguration", "{'FunctionName':'f','Timeout':9}", "{}");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}", "{'Version':'2'}");
    api_expect(&api, "CreateAlias", "{'FunctionName':'f','Name':'live','FunctionVersion':'1'}",
               "{'AliasArn':'" FUNCTION "f:live','Name':'live','FunctionVersion':'1',"
               "'Description':''}");
    api_expect_error(&api, "CreateAlias",
                     "{'FunctionName':'f','Name':'live','FunctionVersion':'2'}",
                     "ResourceConflictException: Alias already exists: " FUNCTION "f:live");
    api_expect_error(&api, "CreateAlias", "{'FunctionName':'f','Name':'x','FunctionVersion':'7'}",
                     "ResourceNotFoundException: Function not found: " FUNCTION "f:7");
    api_expect_error(&api, "CreateAlias", "{'FunctionName':'f','Name':'1','FunctionVersion':'1'}",
                     "ValidationException: 1 validation error detected: Value '1' at 'name' failed "
                     "to satisfy constraint: Member must satisfy regular expression pattern: "
                     "(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
    api_expect(&api, "GetFunction", "{'FunctionName':'f','Qualifier':'live'}",
               "{'Configuration':{'FunctionArn':'" FUNCTION "f:live','Version':'1','Timeout':3}}");
    api_expect(&api, "UpdateAlias",
               "{'FunctionName':'f','Name':'live','FunctionVersion':'2','Description':'d',"
               "'RoutingConfig':{'AdditionalVersionWeights':{'1':0.25}}}",
               "{'FunctionVersion':'2','Description':'d','RoutingConfig':"
               "{'AdditionalVersionWeights':{'1':0.25}}}");
    api_expect_error(&api, "DeleteFunction", "{'FunctionName':'f','Qualifier':'1'}",
                     "ResourceConflictException: Unable to delete version because the following "
                     "aliases reference it: [live]");
    api_expect(&api, "UpdateAlias", "{'FunctionName':'f','Name':'live','RoutingConfig':{}}",
               "{'FunctionVersion':'2','Description':'d'}");
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f','Qualifier':'1'}", "{}");
    api_expect(&api, "CreateAlias", "{'FunctionName':'f','Name':'b','FunctionVersion':'$LATEST'}",
               "{'FunctionVersion':'$LATEST'}");
    api_expect(&api, "ListAliases", "{'FunctionName':'f'}",
               "{'Aliases':[{'Name':'b'},{'Name':'live'}]}");
    api_expect(&api, "ListAliases", "{'FunctionName':'f','FunctionVersion':'2'}",
               "{'Aliases':[{'Name':'live'}]}");
    api_expect(&api, "DeleteAlias", "{'FunctionName':'f','Name':'live'}", "{}");
    api_expect(&api, "DeleteAlias", "{'FunctionName':'f','Name':'live'}", "{}");
    api_expect_error(&api, "GetAlias", "{'FunctionName':'f','Name':'live'}",
                     "ResourceNotFoundException: Cannot find alias arn: " FUNCTION "f:live");
    api_close(&api);
}

Test(functions, weights_are_checked)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}", "{}");
    static const struct {
        const char *version, *weights, *error;
    } cases[] = {
        { "1", "{'1':0.5}",
          "InvalidParameterValueException: Invalid function version 1. Function version 1 is "
          "already "
          "included in routing configuration." },
        { "1", "{'2':0.5,'3':0.1}",
          "InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be "
          "greater than 1" },
        { "$LATEST", "{'1':0.5}",
          "InvalidParameterValueException: $LATEST is not supported for an alias pointing to more "
          "than 1 version" },
        { "1", "{'7':0.5}", "ResourceNotFoundException: Function not found: " FUNCTION "f:7" },
        { "1", "{'2':1.5}",
          "ValidationException: 1 validation error detected: Value '{2=1.5}' at "
          "'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must "
          "satisfy constraint: [Member must have value less than or equal to 1.0, Member must have "
          "value greater than or equal to 0.0, Member must not be null]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        api_expect_error(&api, "CreateAlias",
                         arena_printf(&api.arena,
                                      "{'FunctionName':'f','Name':'a','FunctionVersion':'%s',"
                                      "'RoutingConfig':{'AdditionalVersionWeights':%s}}",
                                      cases[i].version, cases[i].weights)
                             .ptr,
                         cases[i].error);
    api_close(&api);
}

/* ---- lists, account ---- */

Test(functions, lists_come_in_pages)
{
    struct api api;
    api_open(&api);
    static const char *const names[] = { "b", "a", "c" };
    for (size_t i = 0; i < 3; i++)
        api_create(&api, names[i]);
    api_expect(&api, "PublishVersion", "{'FunctionName':'b'}", "{}");
    str first = api_call(&api, "ListFunctions", "{'MaxItems':2}");
    cr_assert(str_eq(api_field(&api, first, "Functions.0.FunctionName"), STR("a")));
    cr_assert(str_eq(api_field(&api, first, "Functions.1.FunctionName"), STR("b")));
    cr_assert_eq(str_find(first, STR("\"State\""), 0), first.len, "lists show no state");
    str marker = api_field(&api, first, "NextMarker");
    str rest = api_call(&api, "ListFunctions",
                        arena_printf(&api.arena, "{'Marker':'%.*s'}", STR_ARGS(marker)).ptr);
    cr_assert(str_eq(api_field(&api, rest, "Functions.0.FunctionName"), STR("c")));
    cr_assert_eq(str_find(rest, STR("NextMarker"), 0), rest.len);
    static const char *const all[] = { "a:$LATEST", "b:$LATEST", "b:1", "c:$LATEST" };
    str next = STR("");
    for (size_t i = 0; i < 4; i++) {
        const char *more =
            next.len == 0 ? "" : arena_printf(&api.arena, ",'Marker':'%.*s'", STR_ARGS(next)).ptr;
        str page = api_call(
            &api, "ListFunctions",
            arena_printf(&api.arena, "{'FunctionVersion':'ALL','MaxItems':1%s}", more).ptr);
        str arn = arena_printf(&api.arena, FUNCTION "%s", all[i]);
        cr_assert(str_eq(api_field(&api, page, "Functions.0.FunctionArn"), arn), "%.*s",
                  STR_ARGS(page));
        if (i < 3) next = api_field(&api, page, "NextMarker");
    }
    api_expect_error(&api, "ListFunctions", "{'Marker':'x'}",
                     "InvalidParameterValueException: The Marker is not valid.");
    api_close(&api);
}

Test(functions, the_account_adds_up)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    str size = api_field(&api, api_call(&api, "GetFunctionConfiguration", "{'FunctionName':'f'}"),
                         "CodeSize");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}", "{}");
    api_expect(&api, "PutFunctionConcurrency",
               "{'FunctionName':'f','ReservedConcurrentExecutions':100}", "{}");
    int64_t bytes;
    cr_assert(str_to_i64(size, &bytes));
    api_expect(&api, "GetAccountSettings", "{}",
               arena_printf(&api.arena,
                            "{'AccountLimit':{'ConcurrentExecutions':1000,"
                            "'UnreservedConcurrentExecutions':900},'AccountUsage':"
                            "{'TotalCodeSize':%lld,'FunctionCount':1}}",
                            2 * (long long)bytes)
                   .ptr);
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f'}", "{}");
    api_expect(&api, "GetAccountSettings", "{}",
               "{'AccountLimit':{'UnreservedConcurrentExecutions':1000},'AccountUsage':"
               "{'TotalCodeSize':0,'FunctionCount':0}}");
    cr_assert_eq(api_count(&api, KEY_FUNCTION_VERSION), 0);
    api_close(&api);
}
