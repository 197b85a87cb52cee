/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/intake/gap.h"

bool
gap_is_server(const char *data_dir)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/chunks_head", data_dir);

	return len > 0 && (size_t)len < sizeof(path) && access(path, F_OK) == 0;
}

void
gap_init(struct gap *gap, const char *data_dir, const struct position *position,
    bool again)
{
	bool inside = position->begun && position->mark.inside != 0;

	*gap = (struct gap){
		.data_dir = data_dir,
		.furthest = position->furthest,
		.since = position->since,
		.highest = position->highest,
		.wanted = position->checkpoint || inside,
		.after = position->after,
		.doubtful = again && (!position->begun || inside),
	};
}

/* Those of the next checkpoint are wanted that were not read. */
static void
want(struct gap *gap)
{
	gap->wanted = gap_is_server(gap->data_dir);
	gap->after = gap->highest;
}

void
gap_meet(struct gap *gap, const struct wal_mark *mark)
{
	want(gap);
	/* Of one in a checkpoint it was known from the start. */
	if (mark->inside == 0)
		gap->doubtful =
		    position_compare(position_point(mark), gap->furthest) < 0;
	gap->open = true;
	gap->recovered = 0;
	gap->first = INT64_MAX;
}

void
gap_restart(struct gap *gap)
{
	want(gap);
	gap->doubtful = true;
}

bool
gap_wants(const struct gap *gap, const struct wal_entry *entry)
{
	return entry->fresh || (entry->missed && gap->wanted);
}

int64_t
gap_since(const struct gap *gap, const struct wal_entry *entry)
{
	if (!entry->checkpoint || gap->after < gap->since)
		return gap->since;
	return gap->after < INT64_MAX ? gap->after + 1 : INT64_MAX;
}

void
gap_date(struct kept_record *record, int64_t now)
{
	int64_t newest = INT64_MIN;
	size_t i;

	for (i = 0; i < record->len; i++)
		if (record->kept[i].time > newest &&
		    record->kept[i].time <= now)
			newest = record->kept[i].time;
	record->newest = newest;
}

/* The first time in ${record}. */
static int64_t
first_of(const struct kept_record *record)
{
	int64_t first = INT64_MAX;
	size_t i;

	for (i = 0; i < record->len; i++)
		if (record->kept[i].time < first)
			first = record->kept[i].time;
	return first;
}

bool
gap_pass(struct gap *gap, const struct wal_entry *entry,
    const struct kept_record *record, struct gap_report *ret)
{
	int64_t first;

	if (!entry->checkpoint)
		gap->wanted = false; /* One met later repeats what was read. */
	if (record->len == 0)
		return false;
	if (record->newest > gap->highest)
		gap->highest = record->newest;
	if (gap->open && (first = first_of(record)) < gap->first)
		gap->first = first;
	if (entry->checkpoint)
		gap->recovered += record->len;
	if (entry->checkpoint || !gap->open)
		return false;
	gap->open = false;
	*ret = (struct gap_report){
		.recovered = gap->recovered,
		.after = gap->after,
		.before = gap->first,
	};
	return true;
}
