/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/ship/cutter.h"

void
cutter_init(struct cutter *cutter, struct window *window, uint32_t entries_max,
    uint64_t patience)
{
	*cutter = (struct cutter){
		.window = window,
		.entries_max = entries_max,
		.patience = patience,
		.deadline = CLOCK_NEVER,
	};
	ranges_init(&cutter->ranges, &(struct wal_mark){ 0 }, INT64_MIN);
	encoder_init(&cutter->encoder);
}

int
cutter_resume(struct cutter *cutter, const struct position *position)
{
	size_t len = position->ranges_len;

	ranges_init(&cutter->ranges, &position->mark, position->highest);
	cutter->furthest = position->furthest;
	/* Of a checkpoint, of which there may be another by now, no plan holds. */
	if (len == 0 || position->mark.inside != 0)
		return 0;
	if ((cutter->plan = calloc(len, sizeof(*cutter->plan))) == NULL)
		return -1;
	memcpy(cutter->plan, position->ranges, len * sizeof(*cutter->plan));
	cutter->plan_len = len;
	return 0;
}

void
cutter_release(struct cutter *cutter)
{
	free(cutter->plan);
	ranges_release(&cutter->ranges);
	encoder_release(&cutter->encoder);
}

/* The range, cut in an earlier life, in which the next record is; or NULL. */
static const struct position_range *
plan(const struct cutter *cutter)
{
	return cutter->planned < cutter->plan_len
	    ? &cutter->plan[cutter->planned]
	    : NULL;
}

/* The log is not as it was: what comes is cut as if it were new. */
static void
forget_plan(struct cutter *cutter)
{
	cutter->planned = cutter->plan_len;
}

/* The batch being filled is whole, and may fly when its turn comes. */
static enum cut_result
close_batch(struct cutter *cutter)
{
	struct batch *batch = cutter->batch;

	if (batch == NULL)
		return CUT_TAKEN;
	if (encoder_finish(&cutter->encoder, &batch->body, &batch->body_len) !=
	    0)
		return CUT_NOMEM;
	window_close(batch);
	cutter->batch = NULL;
	return CUT_TAKEN;
}

static enum cut_result
cut(struct cutter *cutter)
{
	enum cut_result result;

	if (cutter->range == NULL)
		return CUT_TAKEN;
	if ((result = close_batch(cutter)) != CUT_TAKEN)
		return result;
	cutter->range->cut = true;
	cutter->range = NULL;
	cutter->due = false;
	cutter->deadline = CLOCK_NEVER;
	ranges_advance(&cutter->ranges);
	return CUT_TAKEN;
}

enum cut_result
cutter_cut(struct cutter *cutter)
{
	if (cutter->trying)
		return CUT_TAKEN;
	forget_plan(cutter);
	return cut(cutter);
}

void
cutter_idle(struct cutter *cutter)
{
	if (cutter->range != NULL && cutter->batches == 0 &&
	    plan(cutter) == NULL)
		(void)cutter_cut(cutter);
}

static enum cut_result
open_range(struct cutter *cutter)
{
	if (cutter->range != NULL)
		return CUT_TAKEN;
	if (cutter->ranges.len == RANGES_MAX)
		return CUT_FULL;
	if ((cutter->range = ranges_open(&cutter->ranges)) == NULL)
		return CUT_NOMEM;
	cutter->range->limit = cutter->entries_max;
	cutter->range->launched = plan(cutter) != NULL;
	if (plan(cutter) != NULL && plan(cutter)->limit > 0)
		cutter->range->limit = plan(cutter)->limit;
	cutter->range_bytes = 0;
	cutter->batches = 0;
	return CUT_TAKEN;
}

static enum cut_result
open_batch(struct cutter *cutter, int64_t time, uint64_t now)
{
	if ((cutter->batch = window_open(cutter->window)) == NULL)
		return CUT_FULL;
	cutter->batch->range = cutter->range;
	cutter->batch->oldest = cutter->batch->newest = time;
	cutter->range->unsettled++;
	if (cutter->batches++ == 0)
		cutter->deadline = now + cutter->patience;
	return CUT_TAKEN;
}

/* How much is in ${batch}. */
static uint32_t
entries(const struct batch *batch)
{
	return batch->samples + batch->exemplars + batch->histograms;
}

/* Whether nothing more may go into the batch. */
static bool
full(const struct cutter *cutter)
{
	return entries(cutter->batch) >= cutter->range->limit ||
	    encoder_len(&cutter->encoder) >= CUTTER_PLAIN_MAX;
}

/* Whether all of ${record} may go into the batch being filled. */
static bool
fits(const struct cutter *cutter, const struct kept_record *record)
{
	return cutter->batch == NULL || entries(cutter->batch) == 0 ||
	    (record->len <= cutter->range->limit - entries(cutter->batch) &&
		record->plain + encoder_len(&cutter->encoder) <=
		    CUTTER_PLAIN_MAX);
}

/* Encode ${kept} of ${record}, and count it in the batch; -1: no memory. */
static int
encode(struct cutter *cutter, const struct kept_record *record,
    const struct kept *kept)
{
	struct encoder *encoder = &cutter->encoder;
	const struct wal_exemplar *exemplar;
	int result = -1;

	switch (kept->kind) {
	case KEPT_SAMPLE:
		result =
		    encoder_add(encoder, kept->final, kept->time, kept->value);
		cutter->batch->samples += result == 0;
		break;
	case KEPT_EXEMPLAR:
		exemplar = &record->exemplars->exemplars[kept->index];
		result = encoder_add_exemplar(encoder, kept->final, exemplar,
		    record->exemplars->pool.labels + exemplar->first);
		cutter->batch->exemplars += result == 0;
		break;
	case KEPT_HISTOGRAM:
		result = encoder_add_histogram(encoder, kept->final,
		    record->histograms,
		    &record->histograms->histograms[kept->index]);
		cutter->batch->histograms += result == 0;
		break;
	}
	return result;
}

/* Whether an earlier life may have sent what is in ${record}. */
static bool
suspicious(const struct cutter *cutter, const struct kept_record *record)
{
	return record->doubtful ||
	    (record->end.inside == 0 &&
		position_compare(
		    position_point(&record->end), cutter->furthest) <= 0);
}

/* Take the next entry of ${record}. */
static enum cut_result
take_entry(
    struct cutter *cutter, const struct kept_record *record, uint64_t now)
{
	const struct kept *kept = &record->kept[cutter->taken];
	enum cut_result result = CUT_TAKEN;
	struct batch *batch;

	if (cutter->batch != NULL && full(cutter))
		result = close_batch(cutter);
	if (result == CUT_TAKEN && cutter->batch == NULL)
		result = open_batch(cutter, kept->time, now);
	if (result != CUT_TAKEN)
		return result;
	if (encode(cutter, record, kept) != 0)
		return CUT_NOMEM;

	batch = cutter->batch;
	window_hold(cutter->window, batch, kept->final);
	if (kept->time < batch->oldest)
		batch->oldest = kept->time;
	if (kept->time > batch->newest)
		batch->newest = kept->time;
	if (suspicious(cutter, record))
		batch->suspect = true;
	return CUT_TAKEN;
}

/* Before the first entry of ${record}: cut what it must not belong to. */
static enum cut_result
part(struct cutter *cutter, const struct kept_record *record)
{
	if (cutter->taken > 0)
		return CUT_TAKEN;
	if (plan(cutter) != NULL &&
	    position_compare(position_point(&record->end), plan(cutter)->end) >
		0) {
		forget_plan(cutter);
		cutter->due = true;
	}
	if (cutter->due || (plan(cutter) == NULL && !fits(cutter, record)))
		return cut(cutter);
	return CUT_TAKEN;
}

/* Take all entries of ${record}, or pass over them if they were settled. */
static enum cut_result
take_entries(
    struct cutter *cutter, const struct kept_record *record, uint64_t now)
{
	bool done = plan(cutter) != NULL && plan(cutter)->done;
	int64_t *newest = &cutter->range->newest;
	enum cut_result result;

	while (cutter->taken < record->len) {
		int64_t time = record->kept[cutter->taken].time;

		if (!done &&
		    (result = take_entry(cutter, record, now)) != CUT_TAKEN)
			return result;
		if (time > *newest)
			*newest = time;
		cutter->taken++;
	}
	return CUT_TAKEN;
}

/* Whether the range ends with the last record. */
static bool
complete(struct cutter *cutter)
{
	if (plan(cutter) != NULL)
		return position_compare(position_point(&cutter->range->end),
			   plan(cutter)->end) == 0;
	return (cutter->batch != NULL && full(cutter)) || cutter->batches > 1 ||
	    cutter->range_bytes >= CUTTER_RANGE_MAX;
}

enum cut_result
cutter_take(
    struct cutter *cutter, const struct kept_record *record, uint64_t now)
{
	enum cut_result result;

	cutter->trying = true;
	if ((result = part(cutter, record)) != CUT_TAKEN ||
	    (result = open_range(cutter)) != CUT_TAKEN)
		return result;
	cutter->range->end = record->end;
	if ((result = take_entries(cutter, record, now)) != CUT_TAKEN)
		return result;
	cutter->trying = false;
	cutter->taken = 0;
	cutter->range_bytes += record->stored;

	/* Failing for want of memory, it is tried again before what is next. */
	if (complete(cutter)) {
		if (plan(cutter) != NULL)
			cutter->planned++;
		cutter->due = true;
		(void)cut(cutter);
	}
	return CUT_TAKEN;
}

uint64_t
cutter_deadline(const struct cutter *cutter)
{
	return cutter->trying ? CLOCK_NEVER : cutter->deadline;
}

size_t
cutter_list(
    const struct cutter *cutter, struct position_range *list, size_t max)
{
	size_t i, len = ranges_list(&cutter->ranges, list, max);

	/* Where the one being filled is to end, the plan says. */
	if (plan(cutter) != NULL && cutter->range != NULL && len > 0)
		len--;
	for (i = cutter->planned; i < cutter->plan_len && len < max; i++)
		list[len++] = cutter->plan[i];
	return len;
}

void
cutter_settled(struct cutter *cutter, struct range *range)
{
	range->unsettled--;
	ranges_advance(&cutter->ranges);
}
