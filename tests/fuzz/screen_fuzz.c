/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever answers, what is shown are lines of text, and no control. */
static void
check(const char *text, size_t len)
{
	uint32_t c;
	size_t n;

	for (; len > 0; text += n, len -= n)
		if ((n = text_decode(text, len, &c)) == 0 ||
		    (c < ' ' && c != '\n') || (c >= 0x7f && c < 0xa0) ||
		    (c >= 0x202a && c <= 0x202e))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *status = json_loadb(
	    (const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	struct buf out;

	if (status == NULL)
		return 0;
	buf_init(&out, SCREEN_MAX);
	screen_put(status, (unsigned int)(size % 120), false, &out);
	check(buf_text(&out), out.len);
	(void)screen_in_trouble(status);
	buf_release(&out);
	json_decref(status);
	return 0;
}
