/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX (16u << 20) /* Bytes. */

/* What ${out} holds is UTF-8 without NUL, and if it is ${html}, only text. */
static void
check(struct buf *out, int html)
{
	const char *text = buf_text(out);
	size_t len = out->len, n;
	uint32_t c;

	for (; len > 0; text += n, len -= n) {
		if ((n = text_decode(text, len, &c)) == 0 || c == 0)
			abort();
		if (html &&
		    (strchr("<>\"'", (int)*text) != NULL ||
			(c < ' ' && c != '\n' && c != '\t') || c == 0x202e ||
			(c == '&' && text[1] != '#')))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	text_put_html(&out, (const char *)data, size);
	check(&out, 1);
	buf_reset(&out);
	text_put_utf8(&out, (const char *)data, size);
	check(&out, 0);
	buf_release(&out);
	return 0;
}
