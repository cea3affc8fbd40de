/* YAML files of people (baton.yaml, `baton routes put`), on libyaml: one document becomes one JSON
 * value by YAML 1.2's core schema. JSON is YAML, so that JSON files are read as well. */
#ifndef CLI_YAML_H
#define CLI_YAML_H

#include "base/base.h"
#include "json/json.h"

/* The value lives in the arena. False (ERROR_SYNTAX, the message begins with line and column) for
 * what is no YAML, a key that is no text or stands twice, several documents, anchors and aliases
 * (nobody needs them here, and a few lines of them become gigabytes), tags, nesting beyond
 * YAML_DEPTH_MAX, more than YAML_BYTES_MAX bytes. */
MUST_CHECK bool yaml_parse(str text, struct arena *arena, json *out, struct error *err);

#endif
