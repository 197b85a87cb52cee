/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/wal/compose.h - the bytes of a record, put together by hand. */
#ifndef TESTS_UNIT_WAL_COMPOSE_H
#define TESTS_UNIT_WAL_COMPOSE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct compose {
	uint8_t *data;
	size_t len;
	size_t cap;
};

static inline void
compose_u8(struct compose *record, uint8_t value)
{
	if (record->len == record->cap) {
		record->cap = 2 * record->cap + 64;
		record->data = realloc(record->data, record->cap);
		if (record->data == NULL)
			abort();
	}
	record->data[record->len++] = value;
}

static inline void
compose_be64(struct compose *record, uint64_t value)
{
	int shift;

	for (shift = 56; shift >= 0; shift -= 8)
		compose_u8(record, (uint8_t)(value >> shift));
}

static inline void
compose_uvarint(struct compose *record, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		compose_u8(record, (uint8_t)(value | 0x80));
	compose_u8(record, (uint8_t)value);
}

static inline void
compose_varint(struct compose *record, int64_t value)
{
	compose_uvarint(
	    record, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static inline void
compose_text(struct compose *record, const char *text)
{
	compose_uvarint(record, strlen(text));
	while (*text != '\0')
		compose_u8(record, (uint8_t)*text++);
}

static inline void
compose_double(struct compose *record, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	compose_be64(record, bits);
}

static inline void
compose_release(struct compose *record)
{
	free(record->data);
	*record = (struct compose){ 0 };
}

#endif /* TESTS_UNIT_WAL_COMPOSE_H */
