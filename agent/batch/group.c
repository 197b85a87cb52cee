/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/batch/group.h"
#include "agent/batch/pack.h"
#include "wal/grow.h"

#define TABLE_MIN 1024u /* Slots; a power of two, as all their numbers. */

void
group_init(struct group *group, struct finals *finals)
{
	*group = (struct group){ .finals = finals };
	buf_init(&group->fields, GROUP_FIELDS_MAX + ENCODE_PLAIN_MAX);
}

void
group_release(struct group *group)
{
	free(group->entries);
	free(group->series);
	free(group->table);
	twice_release(&group->twice);
	buf_release(&group->fields);
	group_init(group, group->finals);
}

bool
group_full(const struct group *group)
{
	return group->len >= GROUP_MAX || group->fields.len >= GROUP_FIELDS_MAX;
}

bool
group_empty(const struct group *group)
{
	return group->encoded == group->series_len;
}

/* Where ${final} is in the table, or would be. */
static uint32_t *
find(const struct group *group, const struct final *final)
{
	uint64_t hash =
	    (uint64_t)(uintptr_t) final * UINT64_C(0x9e3779b97f4a7c15);
	size_t mask = group->table_cap - 1, slot = (size_t)(hash >> 32) & mask;

	while (group->table[slot] != 0 &&
	    group->series[group->table[slot] - 1].final != final)
		slot = (slot + 1) & mask;
	return &group->table[slot];
}

/* Make the table large enough for one series more. */
static int
reserve_table(struct group *group)
{
	size_t cap = group->table_cap == 0 ? TABLE_MIN : 2 * group->table_cap;
	uint32_t *table;
	size_t i;

	if (2 * (group->series_len + 1) <= group->table_cap)
		return 0;
	if ((table = calloc(cap, sizeof(*table))) == NULL)
		return -1;
	free(group->table);
	group->table = table;
	group->table_cap = cap;
	for (i = 0; i < group->series_len; i++)
		*find(group, group->series[i].final) = (uint32_t)i + 1;
	return 0;
}

/* The series of ${final}, a new one if there is none; NULL: no memory. */
static struct group_series *
series_of(struct group *group, struct final *final)
{
	struct group_series *series;
	uint32_t *slot;

	series = wal_grow(group->series, &group->series_cap,
	    group->series_len + 1, sizeof(*series));
	if (series != NULL)
		group->series = series;
	if (series == NULL || reserve_table(group) != 0)
		return NULL;
	slot = find(group, final);
	if (*slot != 0)
		return &group->series[*slot - 1];
	series = &group->series[group->series_len++];
	*series = (struct group_series){ .final = final };
	finals_keep(final);
	*slot = (uint32_t)group->series_len;
	return series;
}

/* Pack the entry ${kept} of ${record}, if it is not a sample. */
static int
pack(struct group *group, const struct kept_record *record,
    const struct kept *kept)
{
	const struct wal_exemplar *exemplar;

	switch (kept->kind) {
	case KEPT_SAMPLE:
		break;
	case KEPT_EXEMPLAR:
		exemplar = &record->exemplars->exemplars[kept->index];
		pack_exemplar(&group->fields, exemplar,
		    record->exemplars->pool.labels + exemplar->first);
		break;
	case KEPT_HISTOGRAM:
		pack_histogram(&group->fields, record->histograms,
		    &record->histograms->histograms[kept->index]);
		break;
	}
	return group->fields.bad ? -1 : 0;
}

/* Note an entry of ${series}, unless it is an exemplar, of which it may well
 * have several of one time. */
static int
note(struct group *group, const struct group_series *series,
    enum kept_kind kind, int64_t time, uint64_t value)
{
	if (kind == KEPT_EXEMPLAR)
		return 0;
	if (twice_reserve(&group->twice) != 0)
		return -1;
	twice_note(&group->twice, series->final, time,
	    kind == KEPT_SAMPLE ? value : TWICE_OTHER);
	return 0;
}

/* Note the entries that ${series} has. */
static int
note_all(struct group *group, struct group_series *series)
{
	const struct group_entry *entry;
	uint32_t at;

	for (at = series->first; at != 0; at = entry->next) {
		entry = &group->entries[at - 1];
		if (note(group, series, entry->kind, entry->time,
			entry->value) != 0)
			return -1;
	}
	series->noted = true;
	return 0;
}

/* Whether ${time} is later than all that ${series} has, as is known at once. */
static bool
is_later(
    const struct group *group, const struct group_series *series, int64_t time)
{
	return !series->noted &&
	    (series->last == 0 || time > group->entries[series->last - 1].time);
}

/* Whether ${series} has an entry of the time of ${kept}, 1 or 0, of which one
 * more is noted then; -1: no memory. */
static int
meets(struct group *group, struct group_series *series, const struct kept *kept)
{
	int result = 0;

	if (!series->noted && note_all(group, series) != 0)
		return -1;
	if (kept->kind != KEPT_EXEMPLAR)
		result = twice_has(&group->twice, series->final, kept->time);
	return result == 0
	    ? note(group, series, kept->kind, kept->time, kept->value)
	    : result;
}

/* Add ${kept} at the end of its series; ${value} is as in a group_entry. */
static void
append(struct group *group, struct group_series *series,
    const struct kept *kept, uint64_t value)
{
	struct group_entry *entry = &group->entries[group->len++];

	entry->time = kept->time;
	entry->value = value;
	entry->next = 0;
	entry->kind = kept->kind;
	if (series->last != 0)
		group->entries[series->last - 1].next = (uint32_t)group->len;
	else
		series->first = (uint32_t)group->len;
	series->last = (uint32_t)group->len;
	series->count++;
	if (group->len == 1 || kept->time < group->oldest)
		group->oldest = kept->time;
}

int
group_add(struct group *group, const struct kept_record *record, size_t i)
{
	const struct kept *kept = &record->kept[i];
	size_t fields = group->fields.len;
	struct group_entry *entries;
	struct group_series *series;
	int result = -1;

	entries = wal_grow(
	    group->entries, &group->cap, group->len + 1, sizeof(*entries));
	if (entries == NULL)
		return -1;
	group->entries = entries;
	if ((kept->kind == KEPT_SAMPLE || pack(group, record, kept) == 0) &&
	    (series = series_of(group, kept->final)) != NULL &&
	    (is_later(group, series, kept->time) ||
		(result = meets(group, series, kept)) == 0)) {
		append(group, series, kept,
		    kept->kind == KEPT_SAMPLE ? kept->value : fields);
		return 0;
	}
	group->fields.bad = false;
	group->fields.len = fields;
	return result;
}

struct group_series *
group_next(struct group *group)
{
	return &group->series[group->encoded];
}

/* The length of the packed field at ${field}: tag, length, content. */
static size_t
field_len(const uint8_t *field)
{
	size_t at = 1, len = 0;
	unsigned int shift = 0;

	do
		len |= (size_t)(field[at] & 0x7f) << shift;
	while (shift += 7, (field[at++] & 0x80) != 0);
	return at + len;
}

/* Append the field of ${entry} to ${out}, if there is room for it. */
static bool
put(const struct group *group, const struct group_entry *entry, struct buf *out)
{
	const uint8_t *field;
	size_t len;

	if (entry->kind == KEPT_SAMPLE) {
		if (out->max - out->len < ENCODE_SAMPLE_ROOM)
			return false;
		encoder_put_sample(out, entry->time, entry->value);
		return true;
	}
	field = group->fields.data + entry->value;
	len = field_len(field);
	if (out->max - out->len < len)
		return false;
	buf_put(out, field, len);
	return true;
}

/* Note ${entry} in ${part}. */
static void
count(struct group_part *part, const struct group_entry *entry)
{
	if (part->samples + part->exemplars + part->histograms == 0)
		part->oldest = part->newest = entry->time;
	if (entry->time < part->oldest)
		part->oldest = entry->time;
	if (entry->time > part->newest)
		part->newest = entry->time;
	part->samples += entry->kind == KEPT_SAMPLE;
	part->exemplars += entry->kind == KEPT_EXEMPLAR;
	part->histograms += entry->kind == KEPT_HISTOGRAM;
}

/* As many entries of one kind as fit into one time series, at most ${max}. */
int
group_encode(struct group *group, struct encoder *encoder, uint32_t max,
    struct group_part *ret)
{
	struct group_series *series = group_next(group);
	struct buf *out = encoder_field(encoder);
	enum kept_kind kind = group->entries[series->first - 1].kind;
	struct group_part part = { 0 };
	uint32_t at = series->first, n = 0;
	const struct group_entry *entry;

	for (; at != 0 && n < max; at = entry->next, n++) {
		entry = &group->entries[at - 1];
		if (entry->kind != kind || !put(group, entry, out))
			break;
		count(&part, entry);
	}
	if (encoder_add_field(encoder, series->final) != 0)
		return -1;
	*ret = part;
	series->first = at;
	series->count -= n;
	if (at == 0) {
		finals_release(group->finals, series->final);
		group->encoded++;
	}
	return 0;
}

void
group_clear(struct group *group)
{
	for (; group->encoded < group->series_len; group->encoded++)
		finals_release(group->finals, group_next(group)->final);
	if (group->table != NULL)
		memset(
		    group->table, 0, group->table_cap * sizeof(*group->table));
	group->len = group->series_len = group->encoded = 0;
	twice_clear(&group->twice);
	buf_reset(&group->fields);
}
