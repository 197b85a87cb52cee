/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/batch/cutter.h"
#include "agent/base/clock.h"

void
cutter_init(struct cutter *cutter, const struct cutter_options *options)
{
	*cutter = (struct cutter){
		.options = *options,
		.deadline = CLOCK_NEVER,
	};
	ranges_init(&cutter->ranges, &(struct wal_mark){ 0 }, INT64_MIN);
	encoder_init(&cutter->encoder);
	group_init(&cutter->group, options->finals);
}

int
cutter_resume(struct cutter *cutter, const struct position *position)
{
	ranges_init(&cutter->ranges, &position->mark, position->highest);
	cutter->furthest = position->furthest;
	return plan_init(&cutter->plan, position);
}

/* When a range is to be cut whose first sample came at ${now}. */
static uint64_t
deadline_from(const struct cutter_options *options, uint64_t now)
{
	uint64_t patience = options->patience;

	if (!options->phased)
		return now + patience;
	return now + patience -
	    (now + patience - options->phase % patience) % patience;
}

void
cutter_tune(
    struct cutter *cutter, const struct cutter_options *options, uint64_t now)
{
	uint64_t deadline = deadline_from(options, now);

	cutter->options = *options;
	if (cutter->deadline != CLOCK_NEVER && cutter->deadline > deadline)
		cutter->deadline = deadline;
}

void
cutter_release(struct cutter *cutter)
{
	plan_release(&cutter->plan);
	group_release(&cutter->group);
	twice_release(&cutter->twice);
	ranges_release(&cutter->ranges);
	encoder_release(&cutter->encoder);
}

/* The range, cut in an earlier life, in which the next record is; or NULL. */
static const struct position_range *
planned(const struct cutter *cutter)
{
	return plan_range(&cutter->plan);
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

/* A new batch for ${time}. */
static enum cut_result
open_batch(struct cutter *cutter, int64_t time)
{
	struct batch *batch = window_open(cutter->options.window);

	if (batch == NULL)
		return CUT_FULL;
	batch->range = cutter->range;
	batch->suspect = cutter->range->suspect;
	/* Of its later batches it is not known whether they were sent. */
	batch->repeated =
	    batch->suspect && cutter->range->launched && cutter->batches == 0;
	batch->oldest = batch->newest = time;
	if (cutter->batches == 0)
		cutter->twice.first = batch->id;
	cutter->range->unsettled++;
	cutter->batches++;
	cutter->batch = batch;
	return CUT_TAKEN;
}

/* Put up the time limit of the range, if this is its first entry. */
static void
set_deadline(struct cutter *cutter, uint64_t now)
{
	if (cutter->deadline == CLOCK_NEVER)
		cutter->deadline = deadline_from(&cutter->options, now);
}

/* How much more may go into the batch. */
static uint32_t
room(const struct cutter *cutter)
{
	return batch_entries(cutter->batch) < cutter->range->limit &&
		encoder_len(&cutter->encoder) < CUTTER_PLAIN_MAX
	    ? cutter->range->limit - batch_entries(cutter->batch)
	    : 0;
}

static void
note_time(struct batch *batch, int64_t oldest, int64_t newest)
{
	if (oldest < batch->oldest)
		batch->oldest = oldest;
	if (newest > batch->newest)
		batch->newest = newest;
}

/* Have the next series, or what fits of it, in a batch. */
static enum cut_result
empty_series(struct cutter *cutter)
{
	struct group_series *series = group_next(&cutter->group);
	struct batch *batch = cutter->batch;
	enum cut_result result;
	struct group_part part;

	if (batch != NULL && batch_entries(batch) > 0 &&
	    series->count > room(cutter)) {
		result = close_batch(cutter);
		return result == CUT_TAKEN ? CUT_MORE : result;
	}
	if (batch == NULL &&
	    (result = open_batch(cutter, cutter->group.oldest)) != CUT_TAKEN)
		return result;
	batch = cutter->batch;
	window_hold(cutter->options.window, batch, series->final);
	if (group_encode(
		&cutter->group, &cutter->encoder, room(cutter), &part) != 0)
		return CUT_NOMEM;
	if (batch_entries(batch) == 0)
		batch->oldest = batch->newest = part.oldest;
	batch->samples += part.samples;
	batch->exemplars += part.exemplars;
	batch->histograms += part.histograms;
	note_time(batch, part.oldest, part.newest);
	return CUT_TAKEN;
}

static enum cut_result
empty_group(struct cutter *cutter)
{
	enum cut_result result;

	while (!group_empty(&cutter->group))
		if ((result = empty_series(cutter)) != CUT_TAKEN)
			return result;
	group_clear(&cutter->group);
	return CUT_TAKEN;
}

/* Whether what is gathered is of as much time as it may be. */
static bool
is_long(const struct cutter *cutter)
{
	int64_t span = cutter->options.span;

	return span > 0 && !group_empty(&cutter->group) &&
	    cutter->range->newest - cutter->group.oldest >= span;
}

/* Whether the range had better gather more than be cut. */
static bool
may_wait(const struct cutter *cutter)
{
	return cutter->stalled && cutter->range != NULL && !cutter->due &&
	    planned(cutter) == NULL && cutter->range->grouped &&
	    !is_long(cutter);
}

/* End the range; if it takes several calls, nothing more is added between. */
static enum cut_result
cut(struct cutter *cutter)
{
	enum cut_result result;

	if (cutter->range == NULL)
		return CUT_TAKEN;
	cutter->due = true;
	if ((result = empty_group(cutter)) != CUT_TAKEN ||
	    (result = close_batch(cutter)) != CUT_TAKEN)
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
	if (!cutter->due)
		plan_forget(&cutter->plan);
	return cut(cutter);
}

void
cutter_idle(struct cutter *cutter)
{
	if (cutter->range != NULL && planned(cutter) == NULL &&
	    !(may_wait(cutter) && !group_empty(&cutter->group)) &&
	    (cutter->batches == 0 || cutter->range->grouped))
		(void)cutter_cut(cutter);
}

/* Begin a range, as planned, or as is best now. */
static enum cut_result
open_range(struct cutter *cutter)
{
	const struct position_range *plan = planned(cutter);
	struct range *range;

	if (cutter->range != NULL)
		return CUT_TAKEN;
	if (cutter->ranges.len == RANGES_MAX)
		return CUT_FULL;
	if ((range = ranges_open(&cutter->ranges)) == NULL)
		return CUT_NOMEM;
	range->planned = plan != NULL;
	range->launched = plan != NULL && plan->sent;
	range->grouped =
	    plan != NULL ? plan->grouped : cutter->behind || cutter->stalled;
	range->limit = range->grouped ? cutter->options.grouped_max
				      : cutter->options.entries_max;
	if (plan != NULL && plan->limit > 0)
		range->limit = plan->limit;
	if (!range->grouped)
		group_release(&cutter->group);
	cutter->range = range;
	cutter->range_bytes = 0;
	cutter->batches = 0;
	twice_clear(&cutter->twice);
	return CUT_TAKEN;
}

/* Whether all of ${record} may go into the batch being filled. */
static bool
fits(const struct cutter *cutter, const struct kept_record *record)
{
	return cutter->batch == NULL || batch_entries(cutter->batch) == 0 ||
	    (record->len <= room(cutter) &&
		record->plain + encoder_len(&cutter->encoder) <=
		    CUTTER_PLAIN_MAX);
}

/* Have the entry ${kept} of ${record} in a batch. */
static enum cut_result
batch_entry(struct cutter *cutter, const struct kept_record *record,
    const struct kept *kept)
{
	enum cut_result result = CUT_TAKEN;

	if (cutter->batch != NULL && room(cutter) == 0)
		result = close_batch(cutter);
	if (result == CUT_TAKEN && cutter->batch == NULL)
		result = open_batch(cutter, kept->time);
	if (result != CUT_TAKEN)
		return result;
	if (encoder_add_kept(&cutter->encoder, record, kept) != 0)
		return CUT_NOMEM;
	cutter->batch->samples += kept->kind == KEPT_SAMPLE;
	cutter->batch->exemplars += kept->kind == KEPT_EXEMPLAR;
	cutter->batch->histograms += kept->kind == KEPT_HISTOGRAM;
	window_hold(cutter->options.window, cutter->batch, kept->final);
	note_time(cutter->batch, kept->time, kept->time);
	if (cutter->range->suspect)
		cutter->batch->suspect = true;
	return CUT_TAKEN;
}

/* Have ${kept} of ${record} in a batch, unless there is one like it. */
static enum cut_result
batch_first(struct cutter *cutter, const struct kept_record *record,
    const struct kept *kept)
{
	enum cut_result result;
	int has = twice_meets(&cutter->twice, cutter->options.finals, kept,
	    cutter->range->newest);

	if (has < 0 || twice_reserve(&cutter->twice) != 0)
		return CUT_NOMEM;
	if (has > 0) {
		doubles_add(&cutter->doubles, &cutter->twice, kept);
		return CUT_TAKEN;
	}
	result = batch_entry(cutter, record, kept);
	if (result == CUT_TAKEN && kept->kind != KEPT_EXEMPLAR)
		twice_note(&cutter->twice, kept->final, kept->time,
		    kept->kind == KEPT_SAMPLE ? kept->value : TWICE_OTHER);
	return result;
}

/* Have it gathered likewise. */
static enum cut_result
gather_first(struct cutter *cutter, const struct kept_record *record)
{
	int result = group_add(&cutter->group, record, cutter->taken);

	if (result > 0)
		doubles_add(&cutter->doubles, &cutter->group.twice,
		    &record->kept[cutter->taken]);
	return result < 0 ? CUT_NOMEM : CUT_TAKEN;
}

/* Take the next entry of ${record}. */
static enum cut_result
take_entry(
    struct cutter *cutter, const struct kept_record *record, uint64_t now)
{
	const struct kept *kept = &record->kept[cutter->taken];
	enum cut_result result = cutter->range->grouped
	    ? gather_first(cutter, record)
	    : batch_first(cutter, record, kept);

	if (result == CUT_TAKEN)
		set_deadline(cutter, now);
	return result;
}

/* Take the next entry of ${record}, or pass over it if it was settled. */
static enum cut_result
take_or_pass(
    struct cutter *cutter, const struct kept_record *record, uint64_t now)
{
	bool done = planned(cutter) != NULL && planned(cutter)->done;
	const struct kept *kept = &record->kept[cutter->taken];
	struct range *range = cutter->range;
	enum cut_result result;

	if (!done && (result = take_entry(cutter, record, now)) != CUT_TAKEN)
		return result;
	if (kept->time > range->newest)
		range->newest = kept->time;
	cutter->taken++;
	return CUT_TAKEN;
}

/* Whether a record that ends at ${end} can be of the range ${plan}. */
static bool
follows_plan(const struct position_range *plan, const struct wal_mark *end)
{
	const struct wal_content *first = &end->at.first;

	if (end->inside != 0 ||
	    position_compare(position_point(end), plan->end) > 0)
		return false;
	return end->at.segment != plan->end.segment ||
	    (first->len == plan->first.len && first->crc == plan->first.crc);
}

/* Before the first entry of ${record}: cut what it must not belong to. */
static enum cut_result
part(struct cutter *cutter, const struct kept_record *record)
{
	if (cutter->taken > 0)
		return CUT_TAKEN;
	if (planned(cutter) != NULL &&
	    !follows_plan(planned(cutter), &record->end)) {
		plan_forget(&cutter->plan);
		cutter->due = cutter->range != NULL;
	}
	if (cutter->due ||
	    (planned(cutter) == NULL && cutter->range != NULL &&
		!cutter->range->grouped && !fits(cutter, record)))
		return cut(cutter);
	return CUT_TAKEN;
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

/* Whether the range ends with the last record. */
static bool
complete(const struct cutter *cutter)
{
	const struct range *range = cutter->range;

	if (planned(cutter) != NULL)
		return position_compare(position_point(&range->end),
			   planned(cutter)->end) == 0;
	if (cutter->range_bytes >= CUTTER_RANGE_MAX)
		return true;
	if (range->grouped)
		return group_full(&cutter->group) || is_long(cutter);
	return (cutter->batch != NULL && room(cutter) == 0) ||
	    cutter->batches > 1;
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
	cutter->range->after = record->after;
	if (suspicious(cutter, record))
		cutter->range->suspect = true;
	while (cutter->taken < record->len)
		if ((result = take_or_pass(cutter, record, now)) != CUT_TAKEN)
			return result;
	cutter->trying = false;
	cutter->taken = 0;
	cutter->range_bytes += record->stored;
	if (record->newest > cutter->range->highest)
		cutter->range->highest = record->newest;

	/* What this leaves to do is done before what is next. */
	if (complete(cutter)) {
		if (planned(cutter) != NULL)
			plan_advance(&cutter->plan);
		(void)cut(cutter);
	}
	return CUT_TAKEN;
}

uint64_t
cutter_deadline(const struct cutter *cutter)
{
	if (cutter->trying || may_wait(cutter))
		return CLOCK_NEVER;
	return cutter->due ? 0 : cutter->deadline;
}

size_t
cutter_list(
    const struct cutter *cutter, struct position_range *list, size_t max)
{
	size_t len = ranges_list(&cutter->ranges, list, max);

	/* Where the one being filled is to end, the plan says. */
	if (planned(cutter) != NULL && cutter->range != NULL && !cutter->due &&
	    len > 0)
		len--;
	return plan_list(&cutter->plan, list, len, max);
}

bool
cutter_planned(const struct cutter *cutter)
{
	return planned(cutter) != NULL;
}

size_t
cutter_gathered(const struct cutter *cutter, int64_t *ret_oldest)
{
	*ret_oldest = cutter->group.oldest;
	return cutter->group.len;
}

void
cutter_settled(struct cutter *cutter, struct range *range)
{
	range->unsettled--;
	ranges_advance(&cutter->ranges);
}
