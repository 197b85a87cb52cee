/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/date.h"
#include "agent/ship/offset.h"

/* Between the beginning and the end of the second that a Date names. */
#define HALF_SECOND 500

/* Our clock, less monotonic time, in milliseconds. */
static int64_t
base_of(struct clock *clock)
{
	return clock_wall(clock) -
	    (int64_t)(clock_monotonic(clock) / CLOCK_MSEC);
}

/* Whether our clock was set since the last Date. */
static bool
was_set(const struct offset *offset, struct clock *clock)
{
	return llabs(base_of(clock) - offset->base) > OFFSET_STEP;
}

void
offset_note(struct offset *offset, struct clock *clock, const char *date,
    uint64_t elapsed)
{
	int64_t theirs, ours;

	if (date == NULL || date_read(date, &theirs) != 0)
		return;
	if (was_set(offset, clock))
		*offset = (struct offset){ 0 };
	offset->base = base_of(clock);
	ours = clock_wall(clock) - (int64_t)(elapsed / CLOCK_MSEC / 2);
	offset->seen[offset->next] = theirs + HALF_SECOND - ours;
	offset->next = (offset->next + 1) % OFFSET_SEEN;
	if (offset->len < OFFSET_SEEN)
		offset->len++;
}

static int
by_size(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

int64_t
offset_ms(const struct offset *offset, struct clock *clock)
{
	int64_t sorted[OFFSET_SEEN], middle;

	if (offset->len < OFFSET_LEAST || was_set(offset, clock))
		return 0;
	memcpy(sorted, offset->seen, sizeof(sorted));
	qsort(sorted, offset->len, sizeof(*sorted), by_size);
	middle = sorted[offset->len / 2];
	return llabs(middle) > OFFSET_NOISE ? middle : 0;
}
