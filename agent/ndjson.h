/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ndjson.h - lines of JSON, written fast and without loss.
 *
 * Strings are the bytes they are: escaped are only the quote, the backslash,
 * bytes below 0x20, and U+2028 and U+2029, as Go's encoding/json does.  Floats
 * are the 16 hexadecimal digits of their bits.  What is written is kept in a
 * buffer until it is full or flushed; after an error of writing nothing more
 * is.  A descriptor that does not block is waited for.
 */
#ifndef AGENT_NDJSON_H
#define AGENT_NDJSON_H

#include <stddef.h>
#include <stdint.h>

#include "wal/bytes.h"

#define NDJSON_BUFFER (256u << 10) /* Bytes. */

struct ndjson {
	int fd;
	int error; /* errno of the write that failed; 0: none has. */
	size_t len;
	char data[NDJSON_BUFFER];
};

/* As they stand. */
void ndjson_raw(struct ndjson *out, const void *data, size_t len);
void ndjson_word(struct ndjson *out, const char *word);

/* A string in quotes. */
void ndjson_text(struct ndjson *out, struct wal_text text);

/* A number; the bits of a double. */
void ndjson_uint(struct ndjson *out, uint64_t value);
void ndjson_int(struct ndjson *out, int64_t value);
void ndjson_bits(struct ndjson *out, uint64_t bits);

/* Write out what is kept; -1 if that or an earlier write failed. */
int ndjson_flush(struct ndjson *out);

#endif /* AGENT_NDJSON_H */
