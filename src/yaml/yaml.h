/* YAML of people (baton.yaml, OpenAPI documents), on libyaml: one document becomes one JSON value
 * by YAML 1.2's core schema, without octal and hexadecimal numbers. JSON is YAML, so that JSON
 * files are read as well. */
#ifndef YAML_YAML_H
#define YAML_YAML_H

#include "base/base.h"
#include "json/json.h"

/* The value lives in the arena; of nothing it is null. An alias is the value of its anchor. False
 * (ERROR_SYNTAX, the message begins with line and column) for what is no YAML, a key that is no
 * text or stands twice, several documents, tags, merge keys, nesting beyond YAML_DEPTH_MAX, more
 * than YAML_BYTES_MAX bytes, or more than YAML_VALUES_MAX values with each alias written out: a few
 * lines of them could become gigabytes. */
MUST_CHECK bool yaml_parse(str text, struct arena *arena, json *out, struct error *err);

#endif
