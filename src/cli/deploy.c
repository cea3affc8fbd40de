/* `baton deploy` and `baton lint`: from a definition in a file to a state machine. */
#include <stdio.h>

#include "asl/asl.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/options.h"

/* "orders/Loan.asl.json" -> "Loan" */
static str name_of_file(str path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.ptr[i - 1] == '/') {
            path = str_skip(path, i);
            break;
        }
    }
    return str_slice(path, 0, str_find_char(path, '.', 0));
}

/* "file:line:column: error: message at /States/X [CODE]" for each. */
static void print_diagnostics(str file, const struct asl_diagnostics *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct asl_diagnostic *d = &found->items[i];
        printf("%.*s:", STR_ARGS(file));
        if (d->line > 0) printf("%u:%u:", d->line, d->column);
        /* AWS quotes the whole text in what it says of a syntax error; the place is said already.
         */
        str source = STR("[Source: ");
        str message =
            str_trim(str_slice(d->message, 0, str_find(d->message, STR("\n at [Source: "), 0)));
        printf(" %s: %.*s", d->severity == ASL_ERROR ? "error" : "warning", STR_ARGS(message));
        if (d->location.len && !str_starts_with(d->location, source))
            printf(" at %.*s", STR_ARGS(d->location));
        printf(" [%.*s]\n", STR_ARGS(d->code));
    }
}

static bool is_express(const struct command_line *line)
{
    str type = option_or(line, "type", STR("STANDARD"));
    bool express = str_eq(type, STR("EXPRESS"));
    if (!express && !str_eq(type, STR("STANDARD"))) quit(2, "--type is STANDARD or EXPRESS");
    return express;
}

int command_lint(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "type", .argument = "TYPE", .help = "STANDARD (default) or EXPRESS" },
    };
    struct command_line line = {
        .usage = "baton lint FILE [OPTIONS]",
        .description =
            "Checks a state machine definition (- for standard input) without a server.\n"
            "Prints every error and warning with its line and column; exits with 1 if\n"
            "there is an error.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct arena arena;
    arena_init(&arena);
    options_read(&line, &arena, argc, argv);
    str file = line.operands[0];
    str definition = read_file(&arena, file);
    const struct asl_machine *machine;
    struct asl_diagnostics found = { 0 };
    bool good = asl_compile(definition, is_express(&line) ? ASL_EXPRESS : ASL_STANDARD, &arena,
                            &machine, &found);
    print_diagnostics(file, &found);
    if (good) {
        size_t states = 0;
        for (size_t i = 0; i < machine->scope_count; i++)
            states += machine->scopes[i]->state_count;
        printf("%.*s: %zu state%s, %zu warning%s\n", STR_ARGS(file), states, states == 1 ? "" : "s",
               found.count, found.count == 1 ? "" : "s");
    }
    arena_close(&arena);
    return good ? 0 : 1;
}

static json deploy_params(struct arena *arena, const struct command_line *line, str name,
                          str definition)
{
    struct json_fields params;
    json_fields_init(&params, arena);
    json_fields_add(&params, STR("name"), json_string(name));
    json_fields_add(&params, STR("definition"), json_string(definition));
    str role = option_or(line, "role", STR("arn:aws:iam::000000000000:role/baton"));
    json_fields_add(&params, STR("roleArn"), json_string(role));
    json_fields_add(&params, STR("type"),
                    json_string(is_express(line) ? STR("EXPRESS") : STR("STANDARD")));
    return json_fields_done(&params);
}

static str update_machine(struct client *client, const struct command_line *line, str name,
                          str definition)
{
    str arn = client_machine_arn(client, name);
    struct json_fields params;
    json_fields_init(&params, client->arena);
    json_fields_add(&params, STR("stateMachineArn"), json_string(arn));
    json_fields_add(&params, STR("definition"), json_string(definition));
    if (option_given(line, "role"))
        json_fields_add(&params, STR("roleArn"), json_string(option_or(line, "role", (str){ 0 })));
    client_must(client, STR("UpdateStateMachine"), json_fields_done(&params));
    return arn;
}

int command_deploy(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "name", .argument = "NAME", .help = "of the machine (default: the file's name)" },
        { .name = "type", .argument = "TYPE", .help = "STANDARD (default) or EXPRESS" },
        { .name = "role", .argument = "ARN", .help = "the role that AWS tools expect to see" },
        { .name = "endpoint", .argument = "URL", .help = "of the server (or $BATON_ENDPOINT)" },
    };
    struct command_line line = {
        .usage = "baton deploy FILE.asl.json [OPTIONS]",
        .description = "Creates the state machine in FILE, or updates it if there is one of that\n"
                       "name. Running executions keep the definition that they started with.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct arena arena;
    arena_init(&arena);
    options_read(&line, &arena, argc, argv);
    str file = line.operands[0];
    str name = option_or(&line, "name", name_of_file(file));
    str definition = read_file(&arena, file);
    const struct asl_machine *machine;
    struct asl_diagnostics found = { 0 };
    bool good = asl_compile(definition, is_express(&line) ? ASL_EXPRESS : ASL_STANDARD, &arena,
                            &machine, &found);
    print_diagnostics(file, &found);
    if (!good) {
        arena_close(&arena);
        return 1;
    }

    struct client client;
    client_open(&client, &arena, option_or(&line, "endpoint", (str){ 0 }));
    struct answer answer;
    struct error err;
    if (!client_call(&client, STR("CreateStateMachine"),
                     deploy_params(&arena, &line, name, definition), &answer, &err))
        quit(1, "%.*s", STR_ARGS(error_text(&err)));
    str arn;
    if (answer.good) {
        arn = json_str_or(answer.value, STR("stateMachineArn"), (str){ 0 });
    } else if (str_eq(answer.name, STR("StateMachineAlreadyExists"))) {
        arn = update_machine(&client, &line, name, definition);
    } else {
        quit(1, "%.*s: %.*s", STR_ARGS(answer.name), STR_ARGS(answer.message));
    }
    printf("%.*s\n", STR_ARGS(arn));
    client_close(&client);
    arena_close(&arena);
    return 0;
}
