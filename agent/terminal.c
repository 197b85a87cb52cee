/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/terminal.h"

/* Whether a terminal may do more than show ${c}: controls, and bidi's. */
static bool
is_control(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069);
}

void
terminal_print(const char *text, FILE *to)
{
	size_t len, left = strlen(text);
	uint32_t c;

	for (; left > 0; text += len, left -= len) {
		len = text_decode(text, left, &c);
		if (len == 0 || (is_control(c) && c != '\n'))
			(void)fputc('?', to);
		else
			(void)fwrite(text, 1, len, to);
		len += len == 0;
	}
}

void
terminal_put(struct buf *out, const char *text)
{
	size_t len, left = strlen(text);
	uint32_t c;

	for (; left > 0; text += len, left -= len) {
		len = text_decode(text, left, &c);
		if (len == 0 || is_control(c))
			buf_putc(out, '?');
		else
			buf_put(out, text, len);
		len += len == 0;
	}
}
