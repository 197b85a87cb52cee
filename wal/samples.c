/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A samples record:
 *
 *   u8 2, then nothing, or be64 ref0, be64 time0,
 *   then { varint ref - ref0, varint time - time0, be64 value }
 *
 * and one with start times, which has no header of its own:
 *
 *   u8 11, then nothing, or varint ref, varint time, varint start, be64 value,
 *   then { varint ref - previous ref, varint time - first time, start,
 *          be64 value }
 *
 * with start as in wal/start.h.  Sums wrap around at 64 bits, as in Go.
 */
#include <stdlib.h>
#include <string.h>

#include "wal/grow.h"
#include "wal/record.h"
#include "wal/start.h"

#define SAMPLE_SIZE_MIN 10u /* Bytes: two deltas of one, and the value. */

void
wal_sample_list_release(struct wal_sample_list *list)
{
	free(list->samples);
	memset(list, 0, sizeof(*list));
}

static int64_t
add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* Room for every sample that the bytes left can hold. */
static enum wal_status
reserve(const struct wal_bytes *bytes, struct wal_sample_list *list)
{
	struct wal_sample *grown;

	if ((grown = wal_grow(list->samples, &list->cap,
		 wal_bytes_left(bytes) / SAMPLE_SIZE_MIN + 1,
		 sizeof(*grown))) == NULL)
		return WAL_NOMEM;
	list->samples = grown;
	return WAL_OK;
}

static enum wal_status
decode_v1(struct wal_bytes *bytes, struct wal_sample_list *list)
{
	struct wal_sample *sample = list->samples;
	uint64_t ref = wal_bytes_be64(bytes);
	int64_t time = (int64_t)wal_bytes_be64(bytes);

	while (wal_bytes_left(bytes) >= SAMPLE_SIZE_MIN) {
		sample->ref = ref + (uint64_t)wal_bytes_varint(bytes);
		sample->time = add(time, wal_bytes_varint(bytes));
		sample->start = 0;
		sample->value = wal_bytes_be64(bytes);
		sample++;
	}
	if (bytes->bad || wal_bytes_left(bytes) > 0)
		return WAL_CORRUPT;
	list->len = (size_t)(sample - list->samples);
	return WAL_OK;
}

static enum wal_status
decode_v2(struct wal_bytes *bytes, struct wal_sample_list *list)
{
	struct wal_sample *first = list->samples, *sample = first;

	sample->ref = (uint64_t)wal_bytes_varint(bytes);
	sample->time = wal_bytes_varint(bytes);
	sample->start = wal_bytes_varint(bytes);
	sample->value = wal_bytes_be64(bytes);

	/* A sample that fits into fewer bytes is not whole. */
	while (wal_bytes_left(bytes) > SAMPLE_SIZE_MIN) {
		sample++;
		sample->ref =
		    sample[-1].ref + (uint64_t)wal_bytes_varint(bytes);
		sample->time = add(first->time, wal_bytes_varint(bytes));
		sample->start =
		    wal_start_read(bytes, first->start, sample[-1].start);
		sample->value = wal_bytes_be64(bytes);
	}
	if (bytes->bad || wal_bytes_left(bytes) > 0)
		return WAL_CORRUPT;
	list->len = (size_t)(sample - first) + 1;
	return WAL_OK;
}

enum wal_status
wal_decode_samples(
    const uint8_t *data, size_t len, struct wal_sample_list *list)
{
	struct wal_bytes bytes = { data, data + len, false };
	uint8_t type = wal_bytes_u8(&bytes);

	list->len = 0;
	if (type != WAL_SAMPLES && type != WAL_SAMPLES_V2)
		return WAL_CORRUPT;
	if (wal_bytes_left(&bytes) == 0)
		return WAL_OK;
	if (reserve(&bytes, list) != WAL_OK)
		return WAL_NOMEM;
	return type == WAL_SAMPLES ? decode_v1(&bytes, list)
				   : decode_v2(&bytes, list);
}
