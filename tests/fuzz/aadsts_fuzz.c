/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/aadsts.h"

#define SECRET "hunter2hunter2"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever Entra says, it is a line that can be shown. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grant_error error;
	char text[TOKEN_ERROR_MAX], *body;
	struct buf out;

	/* Of its exact size, so that a byte too far is seen. */
	if ((body = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(body, data, size);
	body[size] = '\0';
	grant_read_error(body, size, &error);
	buf_over(&out, text, sizeof(text));
	if (aadsts_explain(&error, 400, SECRET, &out) >= TOKEN_FAILURES ||
	    strstr(buf_text(&out), "hunter2h") != NULL ||
	    strpbrk(buf_text(&out), "\r\n") != NULL || out.len == 0)
		abort();
	free(body);
	return 0;
}
