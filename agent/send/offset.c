/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/date.h"
#include "agent/send/offset.h"

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

static int
by_size(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* The median of what was seen; 0 if that is too little, or as good as none. */
static int64_t
middle_of(const struct offset *offset)
{
	int64_t sorted[OFFSET_SEEN], middle;

	if (offset->len < OFFSET_LEAST)
		return 0;
	memcpy(sorted, offset->seen, sizeof(sorted));
	qsort(sorted, offset->len, sizeof(*sorted), by_size);
	middle = sorted[offset->len / 2];
	return llabs(middle) > OFFSET_NOISE ? middle : 0;
}

/* Our clock was set: begin again, remembering how theirs went on. */
static void
forget(struct offset *offset)
{
	int64_t steady = offset->base + middle_of(offset);

	if (offset->len == 0)
		return;
	*offset = (struct offset){ .steady = steady, .was_known = true };
}

void
offset_note(struct offset *offset, struct clock *clock, const char *date,
    uint64_t elapsed)
{
	int64_t theirs, ours;

	if (date == NULL || date_read(date, &theirs) != 0)
		return;
	if (was_set(offset, clock))
		forget(offset);
	offset->base = base_of(clock);
	ours = clock_wall(clock) - (int64_t)(elapsed / CLOCK_MSEC / 2);
	offset->seen[offset->next] = theirs + HALF_SECOND - ours;
	offset->next = (offset->next + 1) % OFFSET_SEEN;
	if (offset->len < OFFSET_SEEN)
		offset->len++;
}

int64_t
offset_ms(const struct offset *offset, struct clock *clock)
{
	return was_set(offset, clock) ? 0 : middle_of(offset);
}

void
offset_widen(const struct offset *offset, struct clock *clock,
    struct sift_limits *limits)
{
	struct offset now = *offset;
	int64_t ahead;

	if (was_set(offset, clock))
		forget(&now);
	if (!now.was_known || now.len >= OFFSET_LEAST)
		return;
	ahead = now.steady - base_of(clock);
	if (ahead < 0 && limits->oldest > INT64_MIN - ahead)
		limits->oldest += ahead;
	if (ahead > 0 && limits->newest < INT64_MAX - ahead)
		limits->newest += ahead;
}
