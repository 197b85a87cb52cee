/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/entries.h"

#define HEADER 7u /* Bytes that a record takes besides its own. */

void
entries_begin(struct entries *entries, unsigned int type)
{
	compose_release(&entries->record);
	compose_u8(&entries->record, (uint8_t)type);
}

/* How many names there are in ${labels}. */
static uint64_t
count_labels(const char *labels)
{
	uint64_t count = *labels != '\0';

	for (; *labels != '\0'; labels++)
		count += *labels == ',';
	return count;
}

static void
put_labels(struct compose *record, const char *labels)
{
	size_t len;

	compose_uvarint(record, count_labels(labels));
	while (*labels != '\0') {
		len = strcspn(labels, "=,");
		compose_uvarint(record, len);
		while (len-- > 0)
			compose_u8(record, (uint8_t)*labels++);
		labels++; /* Name and value end with a character each, */
		if (labels[-1] == '\0')
			break; /* but for the last value. */
	}
}

void
entries_more_series(struct entries *entries, uint64_t ref, const char *labels)
{
	compose_be64(&entries->record, ref);
	put_labels(&entries->record, labels);
}

void
entries_series(struct entries *entries, uint64_t ref, const char *labels)
{
	entries_begin(entries, WAL_SERIES);
	entries_more_series(entries, ref, labels);
}

/* Begin a record of ${type} that has a first ref and time, and an entry. */
static struct compose *
begin_with(
    struct entries *entries, unsigned int type, uint64_t ref, int64_t time)
{
	entries_begin(entries, type);
	compose_be64(&entries->record, ref);
	compose_be64(&entries->record, (uint64_t)time);
	compose_varint(&entries->record, 0);
	compose_varint(&entries->record, 0);
	return &entries->record;
}

void
entries_samples(
    struct entries *entries, uint64_t ref, int64_t time, double value)
{
	compose_double(begin_with(entries, WAL_SAMPLES, ref, time), value);
}

void
entries_more_samples(
    struct entries *entries, int64_t ref_delta, int64_t time_delta)
{
	compose_varint(&entries->record, ref_delta);
	compose_varint(&entries->record, time_delta);
	compose_double(&entries->record, 0);
}

void
entries_samples_v2(struct entries *entries, uint64_t ref, int64_t time,
    int64_t start, double value)
{
	entries_begin(entries, WAL_SAMPLES_V2);
	compose_varint(&entries->record, (int64_t)ref);
	compose_varint(&entries->record, time);
	compose_varint(&entries->record, start);
	compose_double(&entries->record, value);
}

void
entries_exemplar(struct entries *entries, uint64_t ref, int64_t time,
    double value, const char *labels)
{
	compose_double(begin_with(entries, WAL_EXEMPLARS, ref, time), value);
	put_labels(&entries->record, labels);
}

void
entries_metadata(struct entries *entries, uint64_t ref, uint8_t type,
    const char *unit, const char *help)
{
	entries_begin(entries, WAL_METADATA);
	compose_uvarint(&entries->record, ref);
	compose_u8(&entries->record, type);
	compose_uvarint(&entries->record, 2);
	compose_text(&entries->record, "UNIT");
	compose_text(&entries->record, unit);
	compose_text(&entries->record, "HELP");
	compose_text(&entries->record, help);
}

/* Put a span, after how many there are of them. */
static void
put_span(struct compose *record, int64_t offset, uint64_t len)
{
	compose_varint(record, offset);
	compose_uvarint(record, len);
}

void
entries_histogram(struct entries *entries, uint64_t ref, int64_t time)
{
	struct compose *r = begin_with(entries, WAL_HISTOGRAMS, ref, time);

	compose_u8(r, 2);
	compose_varint(r, -4);
	compose_double(r, 0.5);
	compose_uvarint(r, UINT64_MAX);
	compose_uvarint(r, 9);
	compose_double(r, 1.0);
	compose_uvarint(r, 2);
	put_span(r, -3, 1);
	put_span(r, 2, 1);
	compose_uvarint(r, 1);
	put_span(r, 0, 1);
	compose_uvarint(r, 2);
	compose_varint(r, 5);
	compose_varint(r, -1);
	compose_uvarint(r, 1);
	compose_varint(r, 7);
}

void
entries_float_histogram(struct entries *entries, uint64_t ref, int64_t time)
{
	struct compose *r =
	    begin_with(entries, WAL_FLOAT_HISTOGRAMS, ref, time);

	compose_u8(r, 3);
	compose_varint(r, 0);
	compose_double(r, 1.0);
	compose_double(r, 0.5);
	compose_double(r, 1.0);
	compose_double(r, 0.5);
	compose_uvarint(r, 1);
	put_span(r, 1, 2);
	compose_uvarint(r, 0);
	compose_uvarint(r, 2);
	compose_double(r, 1.0);
	compose_double(r, 0.5);
	compose_uvarint(r, 0);
}

void
entries_custom_histogram(struct entries *entries, uint64_t ref, int64_t time)
{
	struct compose *r =
	    begin_with(entries, WAL_CUSTOM_HISTOGRAMS, ref, time);

	compose_u8(r, 0);
	compose_varint(r, WAL_SCHEMA_CUSTOM);
	compose_double(r, 0);
	compose_uvarint(r, 0);
	compose_uvarint(r, 2);
	compose_double(r, 1.0);
	compose_uvarint(r, 1);
	put_span(r, 0, 2);
	compose_uvarint(r, 0);
	compose_uvarint(r, 2);
	compose_varint(r, 1);
	compose_varint(r, 0);
	compose_uvarint(r, 0);
	compose_uvarint(r, 2);
	compose_double(r, 0.5);
	compose_double(r, 1.0);
}

struct wal_entry
entries_take(const struct entries *entries)
{
	size_t len = entries->record.len;

	return (struct wal_entry){
		.type = entries->record.data[0],
		.data = entries->record.data,
		.len = len,
		.end = { entries->segment, 1000 + len + HEADER },
		.stored = len + HEADER,
		.packed = len,
		.checkpoint = entries->checkpoint,
		.fresh = !entries->checkpoint,
	};
}

void
entries_release(struct entries *entries)
{
	compose_release(&entries->record);
}
