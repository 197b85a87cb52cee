/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"

#define FIRST_CAP 64u /* Bytes allocated at least. */

void
buf_init(struct buf *buf, size_t max)
{
	/* One less than there could be, for the NUL of buf_text. */
	*buf = (struct buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

void
buf_secret(struct buf *buf, size_t max)
{
	buf_init(buf, max);
	buf->secret = true;
}

void
buf_over(struct buf *buf, void *memory, size_t size)
{
	assert(size > 0);
	*buf = (struct buf){ .data = memory, .cap = size, .max = size - 1 };
}

/* Free the memory. */
static void
let_go(struct buf *buf)
{
	if (buf->secret && buf->data != NULL)
		explicit_bzero(buf->data, buf->cap);
	free(buf->data);
}

void
buf_release(struct buf *buf)
{
	bool secret = buf->secret;

	let_go(buf);
	buf_init(buf, buf->max);
	buf->secret = secret;
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->bad = false;
}

/* Have room for ${len} more bytes, which the ceiling allows, and a NUL. */
static bool
grow(struct buf *buf, size_t len)
{
	size_t need = buf->len + len + 1;
	size_t cap = buf->cap;
	uint8_t *grown;

	if (need <= cap)
		return true;
	if (cap < FIRST_CAP)
		cap = FIRST_CAP;
	while (cap < need)
		cap = cap <= buf->max / 2 ? 2 * cap : buf->max + 1;
	if (cap > buf->max)
		cap = buf->max + 1;
	if (buf->secret && (grown = malloc(cap)) != NULL) {
		if (buf->len > 0)
			memcpy(grown, buf->data, buf->len);
		let_go(buf);
	} else if (buf->secret || (grown = realloc(buf->data, cap)) == NULL) {
		return false;
	}
	buf->data = grown;
	buf->cap = cap;
	return true;
}

uint8_t *
buf_reserve(struct buf *buf, size_t len)
{
	if (buf->bad)
		return NULL;
	if (len > buf->max - buf->len || !grow(buf, len)) {
		buf->bad = true;
		return NULL;
	}
	return buf->data + buf->len;
}

void
buf_put(struct buf *buf, const void *data, size_t len)
{
	uint8_t *to;

	if (len == 0 || (to = buf_reserve(buf, len)) == NULL)
		return;
	memcpy(to, data, len);
	buf->len += len;
}

void
buf_puts(struct buf *buf, const char *text)
{
	buf_put(buf, text, strlen(text));
}

void
buf_putc(struct buf *buf, char c)
{
	buf_put(buf, &c, 1);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	uint8_t *to;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		buf->bad = true;
		return;
	}
	if ((to = buf_reserve(buf, (size_t)len)) == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf((char *)to, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

const char *
buf_text(struct buf *buf)
{
	if (buf->data == NULL)
		return "";
	buf->data[buf->len] = '\0';
	return (const char *)buf->data;
}
