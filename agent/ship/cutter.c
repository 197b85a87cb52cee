/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/cutter.h"
#include "agent/base/clock.h"

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
	encoder_init(&cutter->encoder);
}

void
cutter_release(struct cutter *cutter)
{
	ranges_release(&cutter->ranges);
	encoder_release(&cutter->encoder);
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
	cutter->deadline = CLOCK_NEVER;
	ranges_advance(&cutter->ranges);
	return CUT_TAKEN;
}

enum cut_result
cutter_cut(struct cutter *cutter)
{
	return cutter->trying ? CUT_TAKEN : cut(cutter);
}

void
cutter_idle(struct cutter *cutter)
{
	if (cutter->range != NULL && cutter->batches == 0)
		(void)cutter_cut(cutter);
}

static enum cut_result
open_range(struct cutter *cutter)
{
	if (cutter->range != NULL)
		return CUT_TAKEN;
	if ((cutter->range = ranges_open(&cutter->ranges)) == NULL)
		return CUT_NOMEM;
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
	return entries(cutter->batch) >= cutter->entries_max ||
	    encoder_len(&cutter->encoder) >= CUTTER_PLAIN_MAX;
}

/* Whether all of ${record} may go into the batch being filled. */
static bool
fits(const struct cutter *cutter, const struct kept_record *record)
{
	return cutter->batch == NULL || entries(cutter->batch) == 0 ||
	    (record->len <= cutter->entries_max - entries(cutter->batch) &&
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
	return CUT_TAKEN;
}

enum cut_result
cutter_take(
    struct cutter *cutter, const struct kept_record *record, uint64_t now)
{
	enum cut_result result;

	cutter->trying = true;
	if (cutter->taken == 0 && !fits(cutter, record) &&
	    (result = cut(cutter)) != CUT_TAKEN)
		return result;
	if ((result = open_range(cutter)) != CUT_TAKEN)
		return result;
	while (cutter->taken < record->len) {
		result = take_entry(cutter, record, now);
		if (result != CUT_TAKEN)
			return result;
		cutter->taken++;
	}
	cutter->trying = false;
	cutter->taken = 0;
	cutter->range->end = record->end;
	cutter->range_bytes += record->stored;

	/* Failing for want of memory, it is tried again with what is next. */
	if ((cutter->batch != NULL && full(cutter)) || cutter->batches > 1 ||
	    cutter->range_bytes >= CUTTER_RANGE_MAX)
		(void)cut(cutter);
	return CUT_TAKEN;
}

uint64_t
cutter_deadline(const struct cutter *cutter)
{
	return cutter->trying ? CLOCK_NEVER : cutter->deadline;
}

void
cutter_settled(struct cutter *cutter, struct range *range)
{
	range->unsettled--;
	ranges_advance(&cutter->ranges);
}
