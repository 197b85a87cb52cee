/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/admin/webfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are a web configuration or have faults, never both. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf notes, faults;
	struct webfile *web;
	char *copy;

	/* Of its exact size, so that a byte too far is seen. */
	if ((copy = malloc(size > 0 ? size : 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	buf_init(&notes, 1u << 20);
	buf_init(&faults, 1u << 20);
	web = webfile_parse("/nonexistent/f", copy, size, &notes, &faults);
	if ((web == NULL) == (faults.len == 0) || faults.bad)
		abort();
	webfile_free(web);
	buf_release(&notes);
	buf_release(&faults);
	free(copy);
	return 0;
}
