/* Writing XML 1.0. */
#ifndef PROTOCOL_XML_H
#define PROTOCOL_XML_H

#include "base/base.h"

/* <name>, </name>, <name/>. Characters that a name cannot have become '_'. */
void xml_open(struct buf *out, str name);
void xml_close(struct buf *out, str name);
void xml_empty(struct buf *out, str name);

/* <name>text</name> */
void xml_element(struct buf *out, str name, str text);

/* Text as content or in a quoted attribute: & < > " and carriage returns escaped, the latter so
 * that a reader does not take them for line ends; characters that XML 1.0 has no way to write
 * (control characters, U+FFFE, U+FFFF) become U+FFFD. `text` is well-formed UTF-8. */
void xml_text(struct buf *out, str text);

#endif
