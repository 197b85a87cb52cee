/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of native histograms, types 7 and 9 with integer counts, 8 and 10
 * with float counts (9 and 10 hold such with custom buckets, and are the same
 * byte for byte):
 *
 *   u8 type, then nothing, or be64 ref0, be64 time0,
 *   then { varint ref - ref0, varint time - time0, histogram }
 *
 * and with start times, 12 for integers and 13 for floats, as in samples.c:
 *
 *   u8 type, then nothing, or varint ref, varint time, varint start, histogram,
 *   then { varint ref - previous ref, varint time - first time, start,
 *          histogram }
 *
 * A histogram, with integer or float counts:
 *
 *   u8 hint, varint schema, be64 zero threshold,
 *   uvarint|be64 zero count, uvarint|be64 count, be64 sum,
 *   twice (positive, negative): uvarint n, n x { varint offset, uvarint len },
 *   twice: uvarint n, n x varint difference | be64 count,
 *   if the schema is -53: uvarint n, n x be64 bound
 */
#include <stdlib.h>
#include <string.h>

#include "wal/coarsen.h"
#include "wal/grow.h"
#include "wal/record.h"
#include "wal/start.h"

#define SPAN_SIZE_MIN 2u /* Bytes. */

void
wal_histogram_list_release(struct wal_histogram_list *list)
{
	free(list->histograms);
	free(list->spans);
	free(list->numbers);
	memset(list, 0, sizeof(*list));
}

/* A count of things of at least ${size} bytes each that are all there. */
static size_t
read_count(struct wal_bytes *bytes, size_t size)
{
	uint64_t count = wal_bytes_uvarint(bytes);

	if (count > wal_bytes_left(bytes) / size) {
		wal_bytes_fail(bytes);
		return 0;
	}
	return (size_t)count;
}

static enum wal_status
read_spans(struct wal_bytes *bytes, struct wal_histogram_list *list,
    struct wal_slice *ret)
{
	size_t i, len = read_count(bytes, SPAN_SIZE_MIN);
	struct wal_span *span;

	if ((span = wal_grow(list->spans, &list->spans_cap,
		 list->spans_len + len, sizeof(*span))) == NULL &&
	    len > 0)
		return WAL_NOMEM;
	list->spans = span;
	*ret = (struct wal_slice){ list->spans_len, len };
	for (i = 0; i < len; i++) {
		span = &list->spans[list->spans_len++];
		span->offset = (int32_t)wal_bytes_varint(bytes);
		span->len = (uint32_t)wal_bytes_uvarint(bytes);
	}
	return WAL_OK;
}

/* Read numbers: differences as varints, or doubles. */
static enum wal_status
read_numbers(struct wal_bytes *bytes, struct wal_histogram_list *list,
    bool is_float, struct wal_slice *ret)
{
	size_t i, len = read_count(bytes, is_float ? sizeof(double) : 1);
	uint64_t *number;

	if ((number = wal_grow(list->numbers, &list->numbers_cap,
		 list->numbers_len + len, sizeof(*number))) == NULL &&
	    len > 0)
		return WAL_NOMEM;
	list->numbers = number;
	*ret = (struct wal_slice){ list->numbers_len, len };
	for (i = 0; i < len; i++)
		list->numbers[list->numbers_len++] = is_float
		    ? wal_bytes_be64(bytes)
		    : (uint64_t)wal_bytes_varint(bytes);
	return WAL_OK;
}

static uint64_t
read_number(struct wal_bytes *bytes, bool is_float)
{
	return is_float ? wal_bytes_be64(bytes) : wal_bytes_uvarint(bytes);
}

static enum wal_status
read_histogram(struct wal_bytes *bytes, struct wal_histogram_list *list,
    struct wal_histogram *histogram)
{
	bool is_float = histogram->is_float;

	histogram->hint = wal_bytes_u8(bytes);
	histogram->schema = (int32_t)wal_bytes_varint(bytes);
	histogram->zero_threshold = wal_bytes_be64(bytes);
	histogram->zero_count = read_number(bytes, is_float);
	histogram->count = read_number(bytes, is_float);
	histogram->sum = wal_bytes_be64(bytes);
	histogram->custom_bounds = (struct wal_slice){ 0, 0 };
	if (read_spans(bytes, list, &histogram->positive_spans) != WAL_OK ||
	    read_spans(bytes, list, &histogram->negative_spans) != WAL_OK ||
	    read_numbers(bytes, list, is_float, &histogram->positive_buckets) !=
		WAL_OK ||
	    read_numbers(bytes, list, is_float, &histogram->negative_buckets) !=
		WAL_OK)
		return WAL_NOMEM;
	if (histogram->schema == WAL_SCHEMA_CUSTOM &&
	    read_numbers(bytes, list, true, &histogram->custom_bounds) !=
		WAL_OK)
		return WAL_NOMEM;
	return bytes->bad ? WAL_CORRUPT : WAL_OK;
}

/* Whether the schema can be used, after it was made coarser if too fine. */
static bool
usable(struct wal_histogram_list *list, struct wal_histogram *histogram)
{
	int32_t schema = histogram->schema;

	if (schema == WAL_SCHEMA_CUSTOM ||
	    (schema >= WAL_SCHEMA_MIN && schema <= WAL_SCHEMA_MAX))
		return true;
	return schema > WAL_SCHEMA_MAX && schema <= WAL_SCHEMA_FINEST &&
	    wal_coarsen(list, histogram, WAL_SCHEMA_MAX);
}

/* Read one histogram, whose times and ref are known, onto the list. */
static enum wal_status
take(struct wal_bytes *bytes, struct wal_histogram_list *list,
    struct wal_histogram *next)
{
	struct wal_histogram *histogram;
	enum wal_status st;

	if ((st = read_histogram(bytes, list, next)) != WAL_OK)
		return st;
	if (!usable(list, next)) {
		list->skipped++;
		return WAL_OK;
	}
	if ((histogram = wal_grow(list->histograms, &list->cap, list->len + 1,
		 sizeof(*histogram))) == NULL)
		return WAL_NOMEM;
	list->histograms = histogram;
	list->histograms[list->len++] = *next;
	return WAL_OK;
}

static enum wal_status
read_v1(struct wal_bytes *bytes, struct wal_histogram_list *list, bool is_float)
{
	uint64_t ref = wal_bytes_be64(bytes), time = wal_bytes_be64(bytes);
	struct wal_histogram next = { .is_float = is_float };
	enum wal_status st;

	if (bytes->bad)
		return WAL_CORRUPT;
	while (wal_bytes_left(bytes) > 0) {
		next.ref = ref + (uint64_t)wal_bytes_varint(bytes);
		next.time = (int64_t)(time + (uint64_t)wal_bytes_varint(bytes));
		if ((st = take(bytes, list, &next)) != WAL_OK)
			return st;
	}
	return WAL_OK;
}

static enum wal_status
read_v2(struct wal_bytes *bytes, struct wal_histogram_list *list, bool is_float)
{
	struct wal_histogram next = { .is_float = is_float };
	uint64_t first_time;
	int64_t first_start;
	enum wal_status st;

	next.ref = (uint64_t)wal_bytes_varint(bytes);
	next.time = wal_bytes_varint(bytes);
	next.start = first_start = wal_bytes_varint(bytes);
	first_time = (uint64_t)next.time;
	st = take(bytes, list, &next);
	while (st == WAL_OK && wal_bytes_left(bytes) > 0) {
		next.ref += (uint64_t)wal_bytes_varint(bytes);
		next.time =
		    (int64_t)(first_time + (uint64_t)wal_bytes_varint(bytes));
		next.start = wal_start_read(bytes, first_start, next.start);
		st = take(bytes, list, &next);
	}
	return st;
}

enum wal_status
wal_decode_histograms(
    const uint8_t *data, size_t len, struct wal_histogram_list *list)
{
	struct wal_bytes bytes = { data, data + len, false };
	uint8_t type = wal_bytes_u8(&bytes);
	bool is_float = type == WAL_FLOAT_HISTOGRAMS ||
	    type == WAL_CUSTOM_FLOAT_HISTOGRAMS ||
	    type == WAL_FLOAT_HISTOGRAMS_V2;
	bool v2 = type == WAL_HISTOGRAMS_V2 || type == WAL_FLOAT_HISTOGRAMS_V2;
	enum wal_status st;

	list->len = list->spans_len = list->numbers_len = list->skipped = 0;
	if (!is_float && !v2 && type != WAL_HISTOGRAMS &&
	    type != WAL_CUSTOM_HISTOGRAMS)
		return WAL_CORRUPT;
	if (wal_bytes_left(&bytes) == 0)
		return WAL_OK;
	st = v2 ? read_v2(&bytes, list, is_float)
		: read_v1(&bytes, list, is_float);
	if (st != WAL_OK)
		list->len = 0;
	return st;
}
