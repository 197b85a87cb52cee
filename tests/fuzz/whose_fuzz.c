/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/doctor/whose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out;
	char *token;

	if ((token = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(token, data, size);
	token[size] = '\0';
	buf_init(&out, 16384);
	/* A few claims, each cut. */
	if ((whose_put(token, &out) == 0) != (out.len > 0) || out.bad ||
	    out.len > 8 * WHOSE_VALUE_MAX)
		abort();
	buf_release(&out);
	free(token);
	return 0;
}
