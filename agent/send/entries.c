/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/send/entries.h"
#include "wal/bytes.h"
#include "wal/grow.h"

/* The fields of a TimeSeries, as their tags; each is bytes. */
#define TAG_LABEL 0x0au
#define TAG_SAMPLE 0x12u
#define TAG_EXEMPLAR 0x1au
#define TAG_HISTOGRAM 0x22u

/* How a field is packed: the low three bits of its tag. */
#define WIRE_VARINT 0u
#define WIRE_64 1u
#define WIRE_BYTES 2u

/* The number of the field that holds the time of an entry. */
static const uint64_t time_fields[KEPT_KINDS] = {
	[KEPT_SAMPLE] = 2,
	[KEPT_EXEMPLAR] = 3,
	[KEPT_HISTOGRAM] = 15,
};

/* The time in the packed entry ${text}; zero is left out of it. */
static int64_t
time_of(struct wal_text text, enum kept_kind kind)
{
	const uint8_t *start = (const uint8_t *)text.data;
	struct wal_bytes bytes = { start, start + text.len, false };
	uint64_t tag, value, time = 0;

	while (wal_bytes_left(&bytes) > 0) {
		tag = wal_bytes_uvarint(&bytes);
		switch (tag & 7) {
		case WIRE_VARINT:
			value = wal_bytes_uvarint(&bytes);
			if (tag >> 3 == time_fields[kind])
				time = value;
			break;
		case WIRE_64:
			(void)wal_bytes_be64(&bytes);
			break;
		case WIRE_BYTES:
			(void)wal_bytes_text(&bytes);
			break;
		default:
			wal_bytes_fail(&bytes);
			break;
		}
	}
	assert(!bytes.bad);
	return (int64_t)time;
}

/* Add the next field of the last group, an entry, at ${bytes}. */
static int
read_entry(struct entries *entries, struct wal_bytes *bytes)
{
	const uint8_t *start = bytes->at;
	uint8_t tag = wal_bytes_u8(bytes);
	enum kept_kind kind = tag == TAG_SAMPLE ? KEPT_SAMPLE
	    : tag == TAG_EXEMPLAR               ? KEPT_EXEMPLAR
						: KEPT_HISTOGRAM;
	struct wal_text text = wal_bytes_text(bytes);
	struct entry *list;

	list = wal_grow(entries->list, &entries->cap, entries->len + 1,
	    sizeof(*entries->list));
	if (list == NULL)
		return -1;
	entries->list = list;
	list[entries->len++] = (struct entry){
		.field = start,
		.field_len = (size_t)(bytes->at - start),
		.time = time_of(text, kind),
		.group = (uint32_t)entries->groups_len - 1,
		.kind = kind,
	};
	return 0;
}

/* Add the TimeSeries ${series} and all in it. */
static int
read_group(struct entries *entries, struct wal_text series)
{
	const uint8_t *start = (const uint8_t *)series.data;
	struct wal_bytes bytes = { start, start + series.len, false };
	struct entry_group *groups;

	groups = wal_grow(entries->groups, &entries->groups_cap,
	    entries->groups_len + 1, sizeof(*entries->groups));
	if (groups == NULL)
		return -1;
	entries->groups = groups;
	while (wal_bytes_left(&bytes) > 0 && *bytes.at == TAG_LABEL) {
		(void)wal_bytes_u8(&bytes);
		(void)wal_bytes_text(&bytes);
	}
	groups[entries->groups_len++] = (struct entry_group){
		.labels = start,
		.labels_len = (size_t)(bytes.at - start),
	};
	while (wal_bytes_left(&bytes) > 0)
		if (read_entry(entries, &bytes) != 0)
			return -1;
	assert(!bytes.bad);
	return 0;
}

static bool
same_labels(const struct entry_group *a, const struct entry_group *b)
{
	return a->labels_len == b->labels_len &&
	    memcmp(a->labels, b->labels, a->labels_len) == 0;
}

/* Number the series: groups of the same labels are of one. */
static int
number_series(struct entries *entries)
{
	uint64_t seed = hash_seed();
	size_t size = 16, at, i;
	struct entry_group *group;
	uint32_t *table; /* Groups by their labels, plus 1. */

	while (size < 2 * entries->groups_len)
		size *= 2;
	if ((table = calloc(size, sizeof(*table))) == NULL)
		return -1;
	for (i = 0; i < entries->groups_len; i++) {
		group = &entries->groups[i];
		at = hash_bytes(seed, group->labels, group->labels_len) &
		    (size - 1);
		while (table[at] != 0 &&
		    !same_labels(group, &entries->groups[table[at] - 1]))
			at = (at + 1) & (size - 1);
		if (table[at] == 0) {
			table[at] = (uint32_t)i + 1;
			group->series = entries->series++;
		} else {
			group->series = entries->groups[table[at] - 1].series;
		}
	}
	free(table);
	return 0;
}

/* Give each entry its place. */
static int
number_places(struct entries *entries)
{
	uint32_t *starts, *next, i, sum = 0, count;
	struct entry *entry;

	starts = calloc((size_t)entries->series + 1, sizeof(*starts));
	next = calloc((size_t)entries->series + 1, sizeof(*next));
	entries->starts = starts;
	if (starts == NULL || next == NULL) {
		free(next);
		return -1;
	}
	for (i = 0; i < entries->len; i++)
		next[entries->groups[entries->list[i].group].series]++;
	for (i = 0; i < entries->series; i++) {
		count = next[i];
		starts[i] = next[i] = sum;
		sum += count;
	}
	starts[i] = sum;
	for (i = 0; i < entries->len; i++) {
		entry = &entries->list[i];
		entry->place = next[entries->groups[entry->group].series]++;
	}
	free(next);
	return 0;
}

int
entries_read(struct entries *entries, const uint8_t *plain, size_t len)
{
	struct wal_bytes bytes = { plain, plain + len, false };

	while (wal_bytes_left(&bytes) > 0) {
		(void)wal_bytes_u8(&bytes); /* There are time series only. */
		if (read_group(entries, wal_bytes_text(&bytes)) != 0)
			return -1;
	}
	assert(!bytes.bad);
	if (number_series(entries) != 0)
		return -1;
	return number_places(entries);
}

void
entries_release(struct entries *entries)
{
	free(entries->list);
	free(entries->groups);
	free(entries->starts);
	*entries = (struct entries){ 0 };
}
