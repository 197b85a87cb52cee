/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/bytes.h - a bounded reader of Prometheus's primitive encodings.
 *
 * Every read checks that its bytes are there.  The first that fails sets
 * ${bad}, and from then on every read gives zero and moves nothing: so a
 * decoder is a straight list of reads with one look at ${bad} at its end.
 *
 *   be64     8 bytes, the highest first; a float is its IEEE 754 bits so
 *   uvarint  7 bits a byte, the lowest first, bit 7 set on all but the last
 *   varint   a signed number, zigzag, as a uvarint
 *   text     uvarint length in bytes, then the bytes
 */
#ifndef WAL_BYTES_H
#define WAL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wal_bytes {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

/* A string inside a record, valid as long as the record; not terminated. */
struct wal_text {
	const char *data;
	size_t len; /* Bytes. */
};

static inline size_t
wal_bytes_left(const struct wal_bytes *bytes)
{
	return (size_t)(bytes->end - bytes->at);
}

/* Nothing more may be read; the rest is gone. */
static inline void
wal_bytes_fail(struct wal_bytes *bytes)
{
	bytes->bad = true;
	bytes->at = bytes->end;
}

static inline uint8_t
wal_bytes_u8(struct wal_bytes *bytes)
{
	if (bytes->at == bytes->end) {
		wal_bytes_fail(bytes);
		return 0;
	}
	return *bytes->at++;
}

static inline uint64_t
wal_bytes_be64(struct wal_bytes *bytes)
{
	uint64_t value;

	if (wal_bytes_left(bytes) < sizeof(value)) {
		wal_bytes_fail(bytes);
		return 0;
	}
	__builtin_memcpy(&value, bytes->at, sizeof(value));
	bytes->at += sizeof(value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

/* A number that needs more than 64 bits, or 10 bytes, is refused. */
static inline uint64_t
wal_bytes_uvarint(struct wal_bytes *bytes)
{
	uint64_t value = 0;
	unsigned int shift;
	uint8_t byte;

	for (shift = 0; shift < 70; shift += 7) {
		byte = wal_bytes_u8(bytes);
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return bytes->bad ? 0 : value;
	}
	wal_bytes_fail(bytes);
	return 0;
}

static inline int64_t
wal_bytes_varint(struct wal_bytes *bytes)
{
	uint64_t value = wal_bytes_uvarint(bytes);

	return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

static inline struct wal_text
wal_bytes_text(struct wal_bytes *bytes)
{
	struct wal_text text = { "", 0 };
	uint64_t len = wal_bytes_uvarint(bytes);

	if (len > wal_bytes_left(bytes)) {
		wal_bytes_fail(bytes);
		return text;
	}
	text.data = (const char *)bytes->at;
	text.len = (size_t)len;
	bytes->at += len;
	return text;
}

#endif /* WAL_BYTES_H */
