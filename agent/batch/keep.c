/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/batch/encode.h"
#include "agent/batch/keep.h"
#include "agent/position/share.h"
#include "wal/record.h"

/* Bytes that a part of an exemplar or histogram takes when packed, at most. */
#define LABEL_ROOM 14u /* Of a label, beyond its text. */
#define SPAN_ROOM 16u
#define NUMBER_ROOM 10u
#define FIXED_ROOM 160u /* All the rest. */

void
keep_release(struct keep *keep)
{
	free(keep->kept);
	wal_sample_list_release(&keep->sample_list);
	wal_exemplar_list_release(&keep->exemplar_list);
	wal_histogram_list_release(&keep->histogram_list);
	memset(keep, 0, sizeof(*keep));
}

/* Room for what may be kept of ${len} entries. */
static enum wal_status
reserve(struct keep *keep, size_t len)
{
	struct kept *grown;

	if (len <= keep->cap)
		return WAL_OK;
	if ((grown = reallocarray(keep->kept, len, sizeof(*grown))) == NULL)
		return WAL_NOMEM;
	keep->kept = grown;
	keep->cap = len;
	return WAL_OK;
}

/* Note that an entry of a series of such a fate is not kept. */
static void
leave_out(struct keep *keep, enum final_result fate)
{
	keep->dropped += fate == FINAL_DROPPED;
	keep->refused += fate == FINAL_REFUSED;
	keep->unfit += fate == FINAL_UNFIT;
	keep->beyond += fate == FINAL_BEYOND;
}

/* Add an entry of ${ref} at ${time} that takes ${room} bytes, if it may be. */
static struct kept *
add(struct keep *keep, uint64_t ref, int64_t time, size_t room,
    struct kept_record *ret)
{
	struct final *final;
	struct kept *kept;

	if (time < keep->since)
		return NULL;
	if ((final = refmap_meet(keep->refs, ref, keep->segment)) == NULL) {
		keep->unknown++;
		return NULL;
	}
	if (final_fate(final) != FINAL_OK) {
		leave_out(keep, final_fate(final));
		return NULL;
	}
	if (keep->settled && share_has(&keep->former.share, final))
		return NULL;
	if (time < keep->skip) {
		keep->skipped++;
		return NULL;
	}
	kept = &keep->kept[ret->len++];
	kept->final = final;
	kept->time = time;
	ret->plain += final->packed_len + ENCODE_SAMPLE_ROOM + room;
	return kept;
}

static enum wal_status
keep_samples(
    struct keep *keep, const struct wal_entry *entry, struct kept_record *ret)
{
	const struct wal_sample *sample, *end;
	struct kept *kept;
	enum wal_status st;

	st = wal_decode_samples(entry->data, entry->len, &keep->sample_list);
	if (st != WAL_OK ||
	    (st = reserve(keep, keep->sample_list.len)) != WAL_OK)
		return st;
	sample = keep->sample_list.samples;
	end = sample + keep->sample_list.len;
	for (; sample < end; sample++) {
		kept = add(keep, sample->ref, sample->time, 0, ret);
		if (kept == NULL)
			continue;
		kept->kind = KEPT_SAMPLE;
		kept->value = sample->value;
	}
	return WAL_OK;
}

/* Bytes that ${exemplar} takes when packed, at most. */
static size_t
exemplar_room(
    const struct wal_exemplar_list *list, const struct wal_exemplar *exemplar)
{
	const struct wal_label *label = list->pool.labels + exemplar->first;
	size_t i, room = FIXED_ROOM;

	for (i = 0; i < exemplar->count; i++, label++)
		room += label->name.len + label->value.len + LABEL_ROOM;
	return room;
}

static enum wal_status
keep_exemplars(
    struct keep *keep, const struct wal_entry *entry, struct kept_record *ret)
{
	const struct wal_exemplar_list *list = &keep->exemplar_list;
	const struct wal_exemplar *exemplar;
	struct kept *kept;
	enum wal_status st;
	size_t i, room;

	st =
	    wal_decode_exemplars(entry->data, entry->len, &keep->exemplar_list);
	if (st != WAL_OK || (st = reserve(keep, list->len)) != WAL_OK)
		return st;
	for (i = 0; i < list->len; i++) {
		exemplar = &list->exemplars[i];
		if ((room = exemplar_room(list, exemplar)) > ENCODE_FIELD_MAX) {
			keep->large++;
			continue;
		}
		kept = add(keep, exemplar->ref, exemplar->time, room, ret);
		if (kept == NULL)
			continue;
		kept->kind = KEPT_EXEMPLAR;
		kept->index = (uint32_t)i;
	}
	ret->exemplars = list;
	return WAL_OK;
}

/* Bytes that ${histogram} takes when packed, at most. */
static size_t
histogram_room(const struct wal_histogram *histogram)
{
	return FIXED_ROOM +
	    SPAN_ROOM *
	    (histogram->positive_spans.len + histogram->negative_spans.len) +
	    NUMBER_ROOM *
	    (histogram->positive_buckets.len + histogram->negative_buckets.len);
}

/* Whether ${histogram} has a place in a request; else note why not. */
static bool
sendable(struct keep *keep, const struct wal_histogram *histogram)
{
	if (histogram->schema == WAL_SCHEMA_CUSTOM)
		keep->custom++;
	else if (histogram_room(histogram) > ENCODE_FIELD_MAX)
		keep->large++;
	else
		return true;
	return false;
}

static enum wal_status
keep_histograms(
    struct keep *keep, const struct wal_entry *entry, struct kept_record *ret)
{
	const struct wal_histogram_list *list = &keep->histogram_list;
	const struct wal_histogram *histogram;
	struct kept *kept;
	enum wal_status st;
	size_t i;

	st = wal_decode_histograms(
	    entry->data, entry->len, &keep->histogram_list);
	if (st != WAL_OK || (st = reserve(keep, list->len)) != WAL_OK)
		return st;
	for (i = 0; i < list->len; i++) {
		histogram = &list->histograms[i];
		if (!sendable(keep, histogram))
			continue;
		kept = add(keep, histogram->ref, histogram->time,
		    histogram_room(histogram), ret);
		if (kept == NULL)
			continue;
		kept->kind = KEPT_HISTOGRAM;
		kept->index = (uint32_t)i;
	}
	ret->histograms = list;
	keep->strange = list->skipped;
	return WAL_OK;
}

void
keep_reach(struct keep *keep, const struct wal_mark *mark)
{
	keep->settled = share_covers(&keep->former, position_point(mark));
}

enum wal_status
keep_entry(
    struct keep *keep, const struct wal_entry *entry, struct kept_record *ret)
{
	enum wal_status st = WAL_OK;

	*ret = (struct kept_record){ .stored = entry->stored };
	keep->unknown = keep->dropped = keep->refused = 0;
	keep->unfit = keep->beyond = keep->skipped = 0;
	keep->custom = keep->large = keep->strange = 0;
	keep->kind = KEPT_SAMPLE;
	keep->segment = entry->end.segment;
	switch (wal_type_kind(entry->type)) {
	case WAL_KIND_SAMPLES:
		st = keep_samples(keep, entry, ret);
		break;
	case WAL_KIND_EXEMPLARS:
		keep->kind = KEPT_EXEMPLAR;
		if (keep->exemplars)
			st = keep_exemplars(keep, entry, ret);
		break;
	case WAL_KIND_HISTOGRAMS:
		keep->kind = KEPT_HISTOGRAM;
		if (keep->histograms)
			st = keep_histograms(keep, entry, ret);
		break;
	default:
		break;
	}
	ret->kept = keep->kept;
	return st;
}

void
keep_account(struct keep *keep)
{
	struct stat **dropped = keep->meters->kinds[keep->kind].dropped;

	stat_add(dropped[DROP_UNKNOWN_SERIES], (double)keep->unknown);
	stat_add(dropped[DROP_BY_RULE], (double)keep->dropped);
	stat_add(dropped[DROP_REFUSED_SERIES], (double)keep->refused);
	stat_add(dropped[DROP_LABEL_LIMITS], (double)keep->unfit);
	stat_add(dropped[DROP_SERIES_LIMIT], (double)keep->beyond);
	stat_add(dropped[DROP_MAX_LAG], (double)keep->skipped);
	stat_add(dropped[DROP_LARGE], (double)keep->large);
	stat_add(dropped[DROP_CUSTOM_BUCKETS], (double)keep->custom);
	stat_add(dropped[DROP_UNKNOWN_SCHEMA], (double)keep->strange);
}
