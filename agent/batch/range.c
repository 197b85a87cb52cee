/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/batch/range.h"

void
ranges_init(struct ranges *ranges, const struct wal_mark *mark, int64_t highest)
{
	*ranges = (struct ranges){
		.acknowledged = *mark,
		.highest = highest,
	};
}

struct range *
ranges_open(struct ranges *ranges)
{
	struct range *range;

	if (ranges->len == RANGES_MAX ||
	    (range = calloc(1, sizeof(*range))) == NULL)
		return NULL;
	range->newest = range->highest = INT64_MIN;
	if (ranges->last != NULL)
		ranges->last->next = range;
	else
		ranges->first = range;
	ranges->last = range;
	ranges->len++;
	return range;
}

static bool
settled(const struct range *range)
{
	return range->cut && range->unsettled == 0;
}

/* Take off the first range. */
static void
drop_first(struct ranges *ranges)
{
	struct range *first = ranges->first;

	if ((ranges->first = first->next) == NULL)
		ranges->last = NULL;
	ranges->len--;
	free(first);
}

void
ranges_advance(struct ranges *ranges)
{
	struct range *first;

	while ((first = ranges->first) != NULL && settled(first)) {
		ranges->acknowledged = first->end;
		ranges->after = first->after;
		if (first->highest > ranges->highest)
			ranges->highest = first->highest;
		ranges->moved = true;
		drop_first(ranges);
	}
}

/* The last range that was on the wire, or NULL. */
static const struct range *
last_launched(const struct ranges *ranges)
{
	const struct range *range, *last = NULL;

	for (range = ranges->first; range != NULL; range = range->next)
		if ((range->launched || range->planned) &&
		    range->end.inside == 0)
			last = range;
	return last;
}

void
ranges_save(struct ranges *ranges, struct position *position)
{
	if (!ranges->moved)
		return;
	position->begun = true;
	position->mark = ranges->acknowledged;
	position->after = ranges->after;
	position->highest = ranges->highest;
	ranges->moved = false;
}

size_t
ranges_list(
    const struct ranges *ranges, struct position_range *list, size_t max)
{
	const struct range *last = last_launched(ranges), *range;
	size_t len = 0;
	bool done;

	if (last == NULL)
		return 0;
	for (range = ranges->first; range != last->next; range = range->next) {
		if (range->end.inside != 0)
			continue;
		done = settled(range);
		if (done && len > 0 && list[len - 1].done &&
		    list[len - 1].end.segment == range->end.at.segment)
			len--;
		else if (len == max)
			break;
		list[len++] = (struct position_range){
			.end = position_point(&range->end),
			.limit = range->limit,
			.grouped = range->grouped,
			.sent = range->launched,
			.first = range->end.at.first,
			.done = done,
		};
	}
	return len;
}

void
ranges_release(struct ranges *ranges)
{
	while (ranges->first != NULL)
		drop_first(ranges);
}
