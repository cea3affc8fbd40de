/* Reading baton.yaml; see config.h. */
#include "cli/config.h"

#include <stdlib.h>

#include "yaml/yaml.h"

/* ---- secrets from elsewhere ---- */

struct place {
    str file;
    str entry; /* "routes: stripe" */
};

/* {env: NAME} or {file: PATH}: so that the file itself can be shown around. */
static json secret_value(struct arena *arena, const struct place *place, json value)
{
    str name;
    if (!json_is_object(value)) return value;
    if (json_find_str(value, STR("env"), &name)) {
        const char *text = getenv(arena_cstr(arena, name));
        if (!text || !*text)
            quit(2, "%.*s: %.*s: the environment has no %.*s", STR_ARGS(place->file),
                 STR_ARGS(place->entry), STR_ARGS(name));
        return json_string(str_from(text));
    }
    if (json_find_str(value, STR("file"), &name))
        return json_string(str_trim(read_file(arena, name)));
    quit(2, "%.*s: %.*s: a secret is a text, {env: NAME} or {file: PATH}", STR_ARGS(place->file),
         STR_ARGS(place->entry));
}

static json with_secrets(struct arena *arena, const struct place *place, json verifier)
{
    struct json_fields fields;
    if (!json_is_object(verifier)) return verifier;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(verifier); i++) {
        str name = json_key_at(verifier, i);
        json value = json_value_at(verifier, i);
        if (str_eq(name, STR("secret"))) value = secret_value(arena, place, value);
        if (str_eq(name, STR("secrets")) && json_is_array(value)) {
            struct json_list list;
            json_list_init(&list, arena);
            for (size_t k = 0; k < json_count(value); k++)
                json_list_add(&list, secret_value(arena, place, json_at(value, k)));
            value = json_list_done(&list);
        }
        json_fields_add(&fields, name, value);
    }
    return json_fields_done(&fields);
}

/* Every entry of "routes" or "callbacks", with the secrets of its verifier. */
static json with_entries(struct arena *arena, str file, str section, json entries)
{
    struct json_fields all;
    if (json_is_null(entries)) return (json){ .kind = JSON_OBJECT };
    if (!json_is_object(entries))
        quit(2, "%.*s: '%.*s' must be an object of names", STR_ARGS(file), STR_ARGS(section));
    json_fields_init(&all, arena);
    for (size_t i = 0; i < json_count(entries); i++) {
        str name = json_key_at(entries, i);
        json entry = json_value_at(entries, i);
        struct place place = {
            .file = file,
            .entry = arena_printf(arena, "%.*s: %.*s", STR_ARGS(section), STR_ARGS(name)),
        };
        if (!json_is_object(entry))
            quit(2, "%.*s: %.*s must be an object", STR_ARGS(file), STR_ARGS(place.entry));
        const json *verifier = json_find(entry, STR("verifier"));
        if (verifier) {
            struct json_fields fields;
            json_fields_from(&fields, arena, entry);
            json_fields_add(&fields, STR("verifier"), with_secrets(arena, &place, *verifier));
            entry = json_fields_done(&fields);
        }
        json_fields_add(&all, name, entry);
    }
    return json_fields_done(&all);
}

static bool is_section(str name)
{
    return str_eq(name, STR("routes")) || str_eq(name, STR("callbacks"));
}

json config_read(struct arena *arena, str path)
{
    struct json_fields fields;
    struct error err;
    json config;
    if (!yaml_parse(read_file(arena, path), arena, &config, &err)) {
        str text = error_text(&err);
        quit(2, "%.*s: %.*s", STR_ARGS(path), STR_ARGS(text));
    }
    if (json_is_null(config)) config = (json){ .kind = JSON_OBJECT };
    if (!json_is_object(config)) quit(2, "%.*s: it must be an object", STR_ARGS(path));
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(config); i++) {
        str name = json_key_at(config, i);
        json value = json_value_at(config, i);
        if (is_section(name)) value = with_entries(arena, path, name, value);
        json_fields_add(&fields, name, value);
    }
    return json_fields_done(&fields);
}

/* ---- options ---- */

static struct option_row *find_option(struct command_line *line, str name)
{
    for (size_t i = 0; i < line->option_count; i++) {
        bool is_it = str_eq(str_from(line->options[i].name), name);
        if (is_it && !str_eq(name, STR("config"))) return &line->options[i];
    }
    return NULL;
}

static str scalar_text(struct arena *arena, str name, json value)
{
    if (json_is_array(value) || json_is_object(value) || json_is_null(value))
        quit(2, "--config: '%.*s' must be one value", STR_ARGS(name));
    return json_is_string(value) ? json_str(value) : json_text(arena, value);
}

/* A list for an option that may be repeated. */
static str option_text(struct arena *arena, const struct option_row *row, str name, json value)
{
    struct buf lines;
    if (!row->repeats || !json_is_array(value)) return scalar_text(arena, name, value);
    buf_init(&lines, arena);
    for (size_t i = 0; i < json_count(value); i++) {
        if (i > 0) buf_add_char(&lines, '\n');
        buf_add(&lines, scalar_text(arena, name, json_at(value, i)));
    }
    return buf_str(&lines);
}

void config_to_options(struct arena *arena, json config, struct command_line *line)
{
    for (size_t i = 0; i < json_count(config); i++) {
        str name = json_key_at(config, i);
        json value = json_value_at(config, i);
        if (is_section(name)) continue;
        struct option_row *row = find_option(line, name);
        if (!row) quit(2, "--config: there is no setting '%.*s'", STR_ARGS(name));
        if (row->given) continue; /* the command line says more */
        if (row->argument) row->value = option_text(arena, row, name, value);
        row->given = row->argument || (json_is_bool(value) && value.boolean);
    }
}
