/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/send/trip.h"

/* ${usec} as milliseconds. */
static int64_t
ms(uint64_t usec)
{
	return (int64_t)(usec / CLOCK_MSEC);
}

struct trip_limits
trip_limits_of(const struct config_remote *remote, int64_t wall, int64_t before)
{
	struct trip_limits limits = {
		.times = SIFT_NO_LIMITS,
		.old = DROP_TOO_OLD,
		.bytes_max = remote->max_bytes_per_send,
	};

	if (remote->queue.sample_age_limit > 0)
		limits.times.oldest = wall - ms(remote->queue.sample_age_limit);
	if (remote->future_limit > 0)
		limits.times.newest = wall + ms(remote->future_limit);
	if (before > limits.times.oldest) {
		limits.times.oldest = before;
		limits.old = DROP_MAX_LAG;
	}
	return limits;
}

int
trip_begin(struct trip *trip, struct batch *batch, struct meters *meters)
{
	*trip = (struct trip){
		.batch = batch,
		.meters = meters,
		.entries = batch_entries(batch),
	};
	if (parts_init(&trip->parts) == 0)
		return 0;
	trip->batch = NULL;
	return -1;
}

/* Free the request. */
static void
unload(struct trip *trip)
{
	if (!trip->whole)
		free(trip->load.body);
	trip->load = (struct sifted){ 0 };
	trip->whole = false;
	free(trip->target);
	trip->target = NULL;
	trip->followed = 0;
}

void
trip_end(struct trip *trip)
{
	unload(trip);
	parts_release(&trip->parts);
	*trip = (struct trip){ 0 };
}

/* The batch has so many entries fewer. */
static void
take_off(struct batch *batch, const uint32_t counts[KEPT_KINDS])
{
	batch->samples -= counts[KEPT_SAMPLE];
	batch->exemplars -= counts[KEPT_EXEMPLAR];
	batch->histograms -= counts[KEPT_HISTOGRAM];
}

/* The first part is done with. */
static void
next_part(struct trip *trip)
{
	unload(trip);
	parts_next(&trip->parts);
}

/* Whether the first part is all of the batch. */
static bool
is_all(const struct trip *trip)
{
	const struct sift_choice *choice = &trip->parts.list[0].choice;

	return choice->kinds == KINDS_ALL && choice->first == 0 &&
	    choice->end == UINT32_MAX && choice->oldest == INT64_MIN &&
	    choice->newest == INT64_MAX;
}

/* Make the request of what there is of the first part within ${limits}. */
static int
pick(struct trip *trip, const struct sift_limits *limits)
{
	struct batch *batch = trip->batch;
	struct sift_choice *choice = &trip->parts.list[0].choice;
	const uint32_t counts[] = {
		[KEPT_SAMPLE] = batch->samples,
		[KEPT_EXEMPLAR] = batch->exemplars,
		[KEPT_HISTOGRAM] = batch->histograms,
	};
	bool all = is_all(trip);

	if (all && batch->newest < limits->oldest) {
		memcpy(trip->load.old, counts, sizeof(counts));
		return 0;
	}
	if (all && batch->oldest >= limits->oldest &&
	    batch->newest <= limits->newest) {
		trip->whole = true;
		trip->load.body = batch->body;
		trip->load.len = batch->body_len;
		memcpy(trip->load.counts, counts, sizeof(counts));
		return 0;
	}
	if (sift(batch->body, batch->body_len, choice, limits, &trip->load) !=
	    0)
		return -1;
	/* What is left out now is counted, and no part of it any more. */
	if (choice->oldest < limits->oldest)
		choice->oldest = limits->oldest;
	if (choice->newest > limits->newest)
		choice->newest = limits->newest;
	return 0;
}

/* Count what was left out for its time. */
static void
drop_untimely(struct trip *trip, const struct trip_limits *limits)
{
	const struct sifted *load = &trip->load;
	struct kind_meters *meters = trip->meters->kinds;
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++) {
		stat_add(meters[i].dropped[limits->old], load->old[i]);
		stat_add(meters[i].dropped[DROP_FUTURE], load->future[i]);
		trip->untimely += load->old[i] + load->future[i];
		trip->entries -= load->old[i] + load->future[i];
	}
	take_off(trip->batch, load->old);
	take_off(trip->batch, load->future);
	if (trip->batch->oldest < limits->times.oldest)
		trip->batch->oldest = limits->times.oldest;
}

/* Know where the middle of the request is. */
static int
survey(struct trip *trip)
{
	const struct sift_limits limits = SIFT_NO_LIMITS;
	struct sifted load;

	if (!trip->whole)
		return 0;
	if (sift(trip->batch->body, trip->batch->body_len,
		&trip->parts.list[0].choice, &limits, &load) != 0)
		return -1;
	trip->load = load;
	trip->whole = false;
	return 0;
}

static int
halve(struct trip *trip)
{
	return survey(trip) != 0 ? -1 : parts_halve(&trip->parts, &trip->load);
}

/* The request is too large: cut it, or give it up. */
static int
cut(struct trip *trip)
{
	if (trip_entries(trip) > 1)
		return halve(trip);
	trip_give_up(trip, FAIL_LARGE);
	return 0;
}

/* Whether the first part, and all others, were refused, and nothing accepted. */
static bool
is_duplicate(const struct trip *trip)
{
	const struct parts *parts = &trip->parts;
	unsigned int i = 0;

	while (i < parts->len && parts->list[i].aside)
		i++;
	return i == parts->len && !trip->taken;
}

enum trip_state
trip_load(struct trip *trip, const struct trip_limits *limits)
{
	while (trip->parts.len > 0) {
		unload(trip);
		if (pick(trip, &limits->times) != 0)
			return TRIP_NOMEM;
		drop_untimely(trip, limits);
		if (trip_entries(trip) == 0) {
			next_part(trip);
			continue;
		}
		if (is_duplicate(trip)) {
			trip_give_up(trip, FAIL_DUPLICATE);
			continue;
		}
		trip->parts.list[0].aside = false;
		if (limits->bytes_max == 0 ||
		    trip->load.len <= limits->bytes_max)
			return TRIP_READY;
		if (cut(trip) != 0)
			return TRIP_NOMEM;
	}
	return TRIP_OVER;
}

uint32_t
trip_entries(const struct trip *trip)
{
	const uint32_t *counts = trip->load.counts;

	return counts[KEPT_SAMPLE] + counts[KEPT_EXEMPLAR] +
	    counts[KEPT_HISTOGRAM];
}

bool
trip_mixed(const struct trip *trip)
{
	const uint32_t *counts = trip->load.counts;

	return (counts[KEPT_SAMPLE] > 0) + (counts[KEPT_EXEMPLAR] > 0) +
	    (counts[KEPT_HISTOGRAM] > 0) >
	    1;
}

unsigned int
trip_requests(const struct trip *trip)
{
	return trip->judged + trip->parts.len + 2;
}

struct verdict_history
trip_history(const struct trip *trip, bool bounded)
{
	return (struct verdict_history){
		.suspect = trip->batch->suspect,
		.mixed = trip_mixed(trip),
		.divisible = trip_entries(trip) > 1,
		.requests = trip_requests(trip),
		.search_max = bounded ? verdict_search_max(trip->entries) : 0,
	};
}

void
trip_count_attempt(struct trip *trip)
{
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		stat_add(trip->meters->kinds[i].total, trip->load.counts[i]);
}

void
trip_doubt(struct trip *trip)
{
	trip->batch->suspect = true;
	if (is_all(trip))
		trip->batch->repeated = true;
}

void
trip_again(struct trip *trip)
{
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		stat_add(trip->meters->kinds[i].retried, trip->load.counts[i]);
	unload(trip);
}

void
trip_follow(struct trip *trip, char *target)
{
	free(trip->target);
	trip->target = target;
	trip->followed++;
}

/* The request is settled, in whatever way. */
static void
settle(struct trip *trip)
{
	trip->judged++;
	stat_add(trip->meters->bytes, (double)trip->load.len);
	take_off(trip->batch, trip->load.counts);
	next_part(trip);
}

void
trip_accepted(struct trip *trip)
{
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		stat_add(
		    trip->meters->kinds[i].delivered, trip->load.counts[i]);
	trip->taken = true;
	settle(trip);
}

/* Count ${count} entries of ${kind} as given up. */
static void
count_given_up(struct trip *trip, enum kept_kind kind, uint32_t count,
    enum fail_reason reason)
{
	struct kind_meters *meters = &trip->meters->kinds[kind];

	stat_add(meters->failed, count);
	stat_add(meters->given_up[reason], count);
}

void
trip_give_up(struct trip *trip, enum fail_reason reason)
{
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		count_given_up(trip, i, trip->load.counts[i], reason);
	settle(trip);
}

/* Whether the request is as small as it should be before more is known. */
static bool
waits_for_others(const struct trip *trip)
{
	return trip->batch->repeated && !trip->taken &&
	    trip_entries(trip) <= trip->entries / TRIP_PIECES;
}

int
trip_halve(struct trip *trip)
{
	if (halve(trip) != 0)
		return -1;
	trip->judged++;
	return 0;
}

int
trip_search(struct trip *trip)
{
	if (!waits_for_others(trip) || !parts_put_aside(&trip->parts))
		return trip_halve(trip);
	trip->judged++;
	return 0;
}

int
trip_divide(struct trip *trip)
{
	uint32_t *counts = trip->load.counts;
	uint32_t only[KEPT_KINDS] = { 0 };

	if (counts[KEPT_EXEMPLAR] == 0)
		return parts_divide(&trip->parts, KIND_BIT(KEPT_SAMPLE));
	only[KEPT_EXEMPLAR] = counts[KEPT_EXEMPLAR];
	count_given_up(
	    trip, KEPT_EXEMPLAR, counts[KEPT_EXEMPLAR], FAIL_REFUSED);
	take_off(trip->batch, only);
	counts[KEPT_EXEMPLAR] = 0;
	trip->parts.list[0].choice.kinds &= ~KIND_BIT(KEPT_EXEMPLAR);
	return 0;
}

bool
trip_failed(struct trip *trip, uint64_t accepted, uint64_t now)
{
	if (parts_suspected(&trip->parts, now) && survey(trip) != 0)
		return false;
	return parts_failed(&trip->parts, &trip->load, accepted, now);
}
