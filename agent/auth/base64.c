/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "agent/auth/base64.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define SPACE " \t\r\n\v\f"

/* Append in ${letters}, of which there are 64; and ${pad}, unless it is NUL. */
static void
put(struct buf *out, const void *data, size_t len, const char *letters,
    char pad)
{
	const uint8_t *at = data;
	uint32_t bits;
	size_t n, i;

	for (; len > 0; len -= n, at += n) {
		n = len < 3 ? len : 3;
		bits = (uint32_t)at[0] << 16;
		if (n > 1)
			bits |= (uint32_t)at[1] << 8;
		if (n > 2)
			bits |= at[2];
		for (i = 0; i < 4; i++)
			if (i <= n)
				buf_putc(
				    out, letters[bits >> (18 - 6 * i) & 63]);
			else if (pad != '\0')
				buf_putc(out, pad);
	}
}

void
base64_put(struct buf *out, const void *data, size_t len)
{
	put(out, data, len, LETTERS "+/", '=');
}

void
base64_put_url(struct buf *out, const void *data, size_t len)
{
	put(out, data, len, LETTERS "-_", '\0');
}

/* The number that ${letter} stands for; 64 if it stands for none. */
static unsigned int
value_of(char letter)
{
	static const char letters[] = LETTERS "+/";
	const char *found = letter == '\0' ? NULL : strchr(letters, letter);

	return found == NULL ? 64 : (unsigned int)(found - letters);
}

static bool
is_space(char letter)
{
	return letter != '\0' && strchr(SPACE, letter) != NULL;
}

/* Whether the ${len} letters at ${text} are whole, and padded. */
static bool
is_whole(const char *text, size_t len)
{
	size_t digits = 0, pads = 0, i;

	for (i = 0; i < len; i++) {
		if (is_space(text[i]))
			continue;
		if (text[i] == '=')
			pads++;
		else if (pads == 0 && value_of(text[i]) < 64)
			digits++;
		else
			return false;
	}
	return (digits + pads) % 4 == 0 && pads <= 2;
}

ssize_t
base64_read(void *out, const void *text, size_t len)
{
	const char *at = text;
	uint8_t *to = out;
	size_t digits = 0, i;
	uint32_t bits = 0;

	if (!is_whole(at, len))
		return -1;
	for (i = 0; i < len; i++) {
		if (is_space(at[i]) || at[i] == '=')
			continue;
		bits = (bits << 6 | value_of(at[i])) & 0xffffff;
		digits++;
		if (digits % 4 != 1)
			*to++ = (uint8_t)(bits >> (8 - digits % 4 * 2) % 8);
	}
	return to - (uint8_t *)out;
}
