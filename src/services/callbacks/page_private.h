/* Between the files of the pages. */
#ifndef CALLBACKS_PAGE_PRIVATE_H
#define CALLBACKS_PAGE_PRIVATE_H

#include "services/callbacks/page.h"

/* Appends the <style> element, whose digest is in page_headers. */
void page_add_style(struct buf *out);

#endif
