/* Parallel and Map: the states that hold other states. */
#include "asl/compile.h"

enum {
    LABEL_CHARS_MAX = 40,
    MAX_ITEMS_MAX = 100000000,             /* AWS: ReaderConfig.MaxItems */
    MAX_INPUT_BYTES_PER_BATCH = 256 << 10, /* AWS: ItemBatcher.MaxInputBytesPerBatch */
    MAX_CONCURRENCY_MAX = 99999999,
};

#define ANY_FIELD(name)                                                                            \
    {                                                                                              \
        STR_INIT(name), FIELD_ANY_TYPE, FIELD_BOTH                                                 \
    }
#define JSONPATH_FIELD(name)                                                                       \
    {                                                                                              \
        STR_INIT(name), FIELD_ANY_TYPE, FIELD_JSONPATH                                             \
    }
#define JSONATA_FIELD(name)                                                                        \
    {                                                                                              \
        STR_INIT(name), FIELD_ANY_TYPE, FIELD_JSONATA                                              \
    }

/* The states below are a scope of their own; they inherit the machine's language, not the Map's. */
static const struct asl_scope *compile_inner(struct site *site, bool processor)
{
    static const struct field_rule rules[] = { ANY_FIELD("StartAt"), ANY_FIELD("States"),
                                               ANY_FIELD("Comment"), ANY_FIELD("ProcessorConfig") };
    size_t count = COUNT_OF(rules) - (processor ? 0 : 1);
    str comment;
    site_check_fields(site, rules, count, site->state->type, true);
    (void)site_string(site, STR("Comment"), &comment);
    return compile_scope(site, site->state, site->depth + 1);
}

void compile_parallel(struct site *site)
{
    static const str required[] = { STR_INIT("Branches") };
    struct place list = place_key(site->place, required[0]), place;
    struct site below;
    json array;
    if (!site_require(site, required, 1) || !site_array(site, required[0], false, &array)) return;
    size_t count = json_count(array);
    const struct asl_scope **branches =
        arena_zalloc(site->c->arena, count * sizeof(const struct asl_scope *));
    for (size_t i = 0; i < count; i++) {
        if (site_item(site, &list, array, i, &place, &below)) {
            branches[i] = compile_inner(&below, false);
        }
    }
    site->state->parallel.branches = branches;
    site->state->parallel.branch_count = count;
}

/* ---- Map ---- */

static void compile_processor_config(const struct site *processor, struct asl_map *map)
{
    static const struct field_rule rules[] = { ANY_FIELD("Mode"), ANY_FIELD("ExecutionType") };
    static const str modes[] = { STR_INIT("INLINE"), STR_INIT("DISTRIBUTED") };
    static const str types[] = { STR_INIT("STANDARD"), STR_INIT("EXPRESS") };
    struct place place;
    struct site site;
    size_t mode = 0, type = 0;
    if (!site_object(processor, STR("ProcessorConfig"), &place, &site)) return;
    site_check_fields(&site, rules, COUNT_OF(rules), ASL_MAP, true);
    (void)site_enum(&site, rules[0].name, modes, COUNT_OF(modes), &mode);
    (void)site_enum(&site, rules[1].name, types, COUNT_OF(types), &type);
    map->distributed = mode == 1;
    if (map->distributed) {
        (void)site_require(&site, &rules[1].name, 1);
    } else if (site_has(&site, rules[1].name)) {
        site_error(&site, "Field 'ExecutionType' is not supported");
    }
    if (map->distributed && site.c->type == ASL_EXPRESS) {
        site_field_error(&site, rules[0].name,
                         "The field 'Mode' with value 'DISTRIBUTED' is not supported inside "
                         "'EXPRESS' state machines");
    }
}

static void compile_processor(struct site *site, struct asl_map *map)
{
    static const str names[] = { STR_INIT("ItemProcessor"), STR_INIT("Iterator") };
    struct place place;
    struct site below;
    if (!site_one_of(site, names, COUNT_OF(names), false)) return;
    map->processor_field = site_has(site, names[0]) ? names[0] : names[1];
    if (!site_object(site, map->processor_field, &place, &below)) return;
    compile_processor_config(&below, map);
    map->processor = compile_inner(&below, true);
}

static bool is_label_char(uint32_t c)
{
    static const char refused[] = "?*<>{}[]\"#%\\^|~`$&,;:/";
    if (c <= 0x20 || (c >= 0x7F && c <= 0xA0)) return false;
    for (size_t i = 0; i < sizeof(refused) - 1; i++) {
        if (c == (unsigned char)refused[i]) return false;
    }
    return c < 0xFFFE || c > 0xFFFF;
}

static void compile_label(const struct site *site, struct asl_map *map)
{
    str field = STR("Label");
    size_t chars;
    if (!site_string(site, field, &map->label)) return;
    str label = map->label;
    struct place place = place_key(site->place, field);
    if (str_is_empty(label)) {
        report(site->c, "INVALID_LABEL_NAME", &place, "Label cannot be empty");
        return;
    }
    if (str_utf8_count(label, &chars) && chars > LABEL_CHARS_MAX) {
        report(site->c, "INVALID_LABEL_NAME", &place,
               "Label '%.*s' exceeds the %d-character limit allowed by the service",
               STR_ARGS(label), LABEL_CHARS_MAX);
    }
    for (size_t at = 0; at < label.len;) {
        if (is_label_char(str_utf8_next(label, &at))) continue;
        report(site->c, "INVALID_LABEL_NAME", &place, "Label '%.*s' contains invalid characters",
               STR_ARGS(label));
        break;
    }
    if (!names_add(&site->c->labels, label)) {
        report(site->c, "DUPLICATE_LABEL_NAME", &place, "Duplicate Label name: %.*s",
               STR_ARGS(label));
    }
}

/* ---- ItemReader, ItemBatcher, ResultWriter: checked here, used by the distributed Map ---- */

static void check_s3_resource(const struct site *site, const str *actions, size_t count)
{
    str arn, prefix = STR("arn:");
    if (!site_string(site, STR("Resource"), &arn)) return;
    for (size_t i = 0; i < count; i++) {
        if (str_starts_with(arn, prefix) && str_ends_with(arn, actions[i])) return;
    }
    site_field_error(site, STR("Resource"),
                     "The field 'Resource' does not match any of the allowed values");
}

static void check_reader_enums(const struct site *config)
{
    static const str delimiters[] = { STR_INIT("COMMA"), STR_INIT("PIPE"), STR_INIT("SEMICOLON"),
                                      STR_INIT("SPACE"), STR_INIT("TAB") };
    static const str manifests[] = { STR_INIT("ATHENA_DATA"), STR_INIT("S3_INVENTORY") };
    static const str transformations[] = { STR_INIT("NONE"), STR_INIT("LOAD_AND_FLATTEN") };
    size_t ignored;
    (void)site_enum(config, STR("CSVDelimiter"), delimiters, COUNT_OF(delimiters), &ignored);
    (void)site_enum(config, STR("ManifestType"), manifests, COUNT_OF(manifests), &ignored);
    (void)site_enum(config, STR("Transformation"), transformations, COUNT_OF(transformations),
                    &ignored);
}

/* Which header fields fit the kind of file. */
static void check_csv(const struct site *config, bool csv)
{
    static const str locations[] = { STR_INIT("FIRST_ROW"), STR_INIT("GIVEN") };
    str location = STR("CSVHeaderLocation"), headers = STR("CSVHeaders");
    size_t where = 0;
    json list;
    if (csv && !site_has(config, location)) {
        site_error(config, "The field 'CSVHeaderLocation' is required");
    } else if (!csv && site_has(config, location)) {
        site_error(config, "Field 'CSVHeaderLocation' is not supported");
    }
    (void)site_enum(config, location, locations, COUNT_OF(locations), &where);
    (void)site_array(config, headers, true, &list);
    if (where == 1) (void)site_require(config, &headers, 1);
}

static void check_reader_config(const struct site *reader)
{
    static const struct field_rule rules[] = {
        ANY_FIELD("InputType"),    ANY_FIELD("CSVHeaderLocation"), ANY_FIELD("CSVHeaders"),
        ANY_FIELD("CSVDelimiter"), ANY_FIELD("MaxItems"),          JSONPATH_FIELD("MaxItemsPath"),
        ANY_FIELD("ManifestType"), ANY_FIELD("Transformation"),    ANY_FIELD("ItemsPointer"),
    };
    static const str types[] = { STR_INIT("CSV"), STR_INIT("JSON"), STR_INIT("JSONL"),
                                 STR_INIT("PARQUET"), STR_INIT("MANIFEST") };
    struct place place;
    struct site site;
    struct asl_number max_items;
    size_t type = COUNT_OF(types);
    str pointer;
    if (!site_object(reader, STR("ReaderConfig"), &place, &site)) return;
    site_check_fields(&site, rules, COUNT_OF(rules), ASL_MAP, true);
    (void)site_enum(&site, STR("InputType"), types, COUNT_OF(types), &type);
    if (type <= 1) check_csv(&site, type == 0);
    check_reader_enums(&site);
    (void)site_string(&site, STR("ItemsPointer"), &pointer);
    site_number(&site, STR("MaxItems"), STR("MaxItemsPath"), 0, MAX_ITEMS_MAX, true, &max_items);
}

static void check_item_reader(const struct site *map_site)
{
    static const struct field_rule rules[] = { ANY_FIELD("Resource"), ANY_FIELD("ReaderConfig"),
                                               JSONPATH_FIELD("Parameters"),
                                               JSONATA_FIELD("Arguments") };
    static const str actions[] = { STR_INIT(":states:::s3:getObject"),
                                   STR_INIT(":states:::s3:listObjectsV2") };
    struct place place;
    struct site site;
    if (!site_object(map_site, STR("ItemReader"), &place, &site)) return;
    site_check_fields(&site, rules, COUNT_OF(rules), ASL_MAP, true);
    (void)site_require(&site, &rules[0].name, 1);
    check_s3_resource(&site, actions, COUNT_OF(actions));
    (void)site_template(&site, STR("Parameters"));
    (void)site_template(&site, STR("Arguments"));
    check_reader_config(&site);
}

static void check_item_batcher(const struct site *map_site)
{
    static const struct field_rule rules[] = {
        ANY_FIELD("MaxItemsPerBatch"),
        JSONPATH_FIELD("MaxItemsPerBatchPath"),
        ANY_FIELD("MaxInputBytesPerBatch"),
        JSONPATH_FIELD("MaxInputBytesPerBatchPath"),
        ANY_FIELD("BatchInput"),
    };
    struct place place;
    struct site site;
    struct asl_number number;
    if (!site_object(map_site, STR("ItemBatcher"), &place, &site)) return;
    site_check_fields(&site, rules, COUNT_OF(rules), ASL_MAP, true);
    site_number(&site, rules[0].name, rules[1].name, 1, MAX_ITEMS_MAX, true, &number);
    site_number(&site, rules[2].name, rules[3].name, 1, MAX_INPUT_BYTES_PER_BATCH, true, &number);
    (void)site_template(&site, rules[4].name);
}

static void check_writer_config(const struct site *writer)
{
    static const struct field_rule rules[] = { ANY_FIELD("Transformation"),
                                               ANY_FIELD("OutputType") };
    static const str transformations[] = { STR_INIT("NONE"), STR_INIT("COMPACT"),
                                           STR_INIT("FLATTEN") };
    static const str types[] = { STR_INIT("JSON"), STR_INIT("JSONL") };
    struct place place;
    struct site site;
    size_t ignored;
    if (!site_object(writer, STR("WriterConfig"), &place, &site)) return;
    site_check_fields(&site, rules, COUNT_OF(rules), ASL_MAP, true);
    (void)site_enum(&site, rules[0].name, transformations, COUNT_OF(transformations), &ignored);
    (void)site_enum(&site, rules[1].name, types, COUNT_OF(types), &ignored);
}

static void check_result_writer(const struct site *map_site)
{
    static const struct field_rule rules[] = { ANY_FIELD("Resource"), ANY_FIELD("WriterConfig"),
                                               JSONPATH_FIELD("Parameters"),
                                               JSONATA_FIELD("Arguments") };
    static const str actions[] = { STR_INIT(":states:::s3:putObject") };
    struct place place;
    struct site site;
    if (!site_object(map_site, STR("ResultWriter"), &place, &site)) return;
    site_check_fields(&site, rules, COUNT_OF(rules), ASL_MAP, true);
    check_s3_resource(&site, actions, COUNT_OF(actions));
    (void)site_template(&site, STR("Parameters"));
    (void)site_template(&site, STR("Arguments"));
    check_writer_config(&site);
}

/* ---- the Map itself ---- */

static void compile_numbers(const struct site *site, struct asl_map *map)
{
    site_number(site, STR("MaxConcurrency"), STR("MaxConcurrencyPath"), 0, MAX_CONCURRENCY_MAX,
                true, &map->max_concurrency);
    site_number(site, STR("ToleratedFailureCount"), STR("ToleratedFailureCountPath"), 0,
                MAX_ITEMS_MAX, true, &map->tolerated_failure_count);
    site_number(site, STR("ToleratedFailurePercentage"), STR("ToleratedFailurePercentagePath"), 0,
                100, false, &map->tolerated_failure_percentage);
}

/* Items is an array, an object, or an expression that gives one. */
static void check_items(const struct site *site)
{
    str field = STR("Items");
    const json *items = json_find(site->object, field);
    if (!items || json_is_array(*items) || json_is_object(*items)) return;
    if (json_is_string(*items) && str_starts_with(json_str(*items), STR("{%"))) return;
    site_field_error(site, field, "Expected value of type [ARRAY, OBJECT]");
}

static void compile_items(const struct site *site, struct asl_map *map)
{
    static const str selectors[] = { STR_INIT("ItemSelector"), STR_INIT("Parameters") };
    unsigned reference = EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_REFERENCE_ONLY;
    site_path(site, STR("ItemsPath"), reference, false, &map->items_path);
    check_items(site);
    map->items = site_template(site, STR("Items"));
    if (!site_one_of(site, selectors, COUNT_OF(selectors), true)) return;
    map->item_selector_field = site_has(site, selectors[1]) ? selectors[1] : selectors[0];
    map->item_selector = site_template(site, map->item_selector_field);
}

static json written(const struct site *site, str name)
{
    const json *value = json_find(site->object, name);
    return value ? *value : json_null();
}

void compile_map(struct site *site)
{
    struct asl_map *map = &site->state->map;
    compile_items(site, map);
    compile_numbers(site, map);
    compile_label(site, map);
    check_item_reader(site);
    check_item_batcher(site);
    check_result_writer(site);
    map->item_reader = written(site, STR("ItemReader"));
    map->item_batcher = written(site, STR("ItemBatcher"));
    map->result_writer = written(site, STR("ResultWriter"));
    compile_processor(site, map);
}
