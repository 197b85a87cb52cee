/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/buf.h - a growing run of bytes with a ceiling set at birth.
 *
 * The first append that finds no memory, or would pass the ceiling, makes the
 * buffer bad; it keeps what it had, and every later append does nothing.  So
 * a writer appends without a check and looks at ${bad} once, at the end.
 */
#ifndef AGENT_BASE_BUF_H
#define AGENT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data; /* NULL while empty and never grown. */
	size_t len;    /* Bytes in use. */
	size_t cap;    /* Bytes allocated. */
	size_t max;    /* len never passes this. */
	bool bad;      /* An append failed; only buf_reset clears it. */
	bool secret;   /* See buf_secret. */
};

/* An empty buffer that will hold at most ${max} bytes. */
void buf_init(struct buf *buf, size_t max);

/* The same of what is secret: memory that is let go is wiped first. */
void buf_secret(struct buf *buf, size_t max);

/**
 * buf_over(buf, memory, size):
 * An empty buffer of at most ${size} - 1 bytes, ${size} above 0, which stays
 * in ${memory}.  The memory is the caller's: buf_release is not for it.
 */
void buf_over(struct buf *buf, void *memory, size_t size);

/* Free the memory; the buffer is then as after buf_init. */
void buf_release(struct buf *buf);

/* Empty the buffer, keeping its memory. */
void buf_reset(struct buf *buf);

/* Append. */
void buf_put(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * buf_reserve(buf, len):
 * Make room for ${len} more bytes and return where they go, or NULL, with the
 * buffer bad.  The caller writes there and adds what it wrote to buf->len.
 */
uint8_t *buf_reserve(struct buf *buf, size_t len);

/* The bytes as a string: a NUL is kept after them.  "" when bad at birth. */
const char *buf_text(struct buf *buf);

#endif /* AGENT_BASE_BUF_H */
