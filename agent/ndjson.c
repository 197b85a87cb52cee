/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "agent/ndjson.h"

#define DIGITS_MAX 20u /* Of a 64-bit number. */

static const char hex[] = "0123456789abcdef";

/* A write failed: wait if it only has to, else note why. */
static void
wait_or_fail(struct ndjson *out)
{
	struct pollfd room = { .fd = out->fd, .events = POLLOUT };

	if (errno == EAGAIN)
		(void)poll(&room, 1, -1);
	else if (errno != EINTR)
		out->error = errno;
}

int
ndjson_flush(struct ndjson *out)
{
	size_t done = 0;
	ssize_t n;

	while (out->error == 0 && done < out->len) {
		n = write(out->fd, out->data + done, out->len - done);
		if (n >= 0)
			done += (size_t)n;
		else
			wait_or_fail(out);
	}
	out->len = 0;
	return out->error != 0 ? -1 : 0;
}

void
ndjson_raw(struct ndjson *out, const void *data, size_t len)
{
	const char *at = data;
	size_t part;

	while (len > 0) {
		if (out->len == sizeof(out->data))
			(void)ndjson_flush(out);
		part = sizeof(out->data) - out->len;
		if (part > len)
			part = len;
		memcpy(out->data + out->len, at, part);
		out->len += part;
		at += part;
		len -= part;
	}
}

void
ndjson_word(struct ndjson *out, const char *word)
{
	ndjson_raw(out, word, strlen(word));
}

/* Whether the bytes from ${i} are U+2028 or U+2029, which end lines in JS. */
static bool
is_separator(struct wal_text text, size_t i)
{
	return text.len - i >= 3 && memcmp(text.data + i, "\xe2\x80", 2) == 0 &&
	    ((unsigned char)text.data[i + 2] & 0xfe) == 0xa8;
}

/* Write the byte at ${i} escaped; return how many bytes that was for. */
static size_t
escape(struct ndjson *out, struct wal_text text, size_t i)
{
	static const char letters[] = {
		['"'] = '"',
		['\\'] = '\\',
		['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't',
	};
	unsigned char c = (unsigned char)text.data[i];
	char code[6] = "\\u00";

	if (c == 0xe2) {
		ndjson_word(
		    out, text.data[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
		return 3;
	}
	if (letters[c] != '\0') {
		ndjson_raw(out, (char[]){ '\\', letters[c] }, 2);
		return 1;
	}
	code[4] = hex[c >> 4];
	code[5] = hex[c & 15];
	ndjson_raw(out, code, sizeof(code));
	return 1;
}

void
ndjson_text(struct ndjson *out, struct wal_text text)
{
	size_t i = 0, plain = 0;
	unsigned char c;

	ndjson_raw(out, "\"", 1);
	while (i < text.len) {
		c = (unsigned char)text.data[i];
		if (c >= 0x20 && c != '"' && c != '\\' &&
		    (c != 0xe2 || !is_separator(text, i))) {
			i++;
			continue;
		}
		ndjson_raw(out, text.data + plain, i - plain);
		i += escape(out, text, i);
		plain = i;
	}
	ndjson_raw(out, text.data + plain, text.len - plain);
	ndjson_raw(out, "\"", 1);
}

void
ndjson_uint(struct ndjson *out, uint64_t value)
{
	char digits[DIGITS_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	ndjson_raw(out, digits + at, sizeof(digits) - at);
}

void
ndjson_int(struct ndjson *out, int64_t value)
{
	if (value < 0)
		ndjson_raw(out, "-", 1);
	ndjson_uint(out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void
ndjson_bits(struct ndjson *out, uint64_t bits)
{
	char text[] = "\"0x0000000000000000\"";
	unsigned int i;

	for (i = 0; i < 16; i++)
		text[3 + i] = hex[bits >> (60 - 4 * i) & 15];
	ndjson_raw(out, text, sizeof(text) - 1);
}
