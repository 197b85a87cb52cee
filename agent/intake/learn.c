/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/intake/learn.h"

void
learn_release(struct learn *learn)
{
	wal_series_list_release(&learn->series);
}

enum wal_status
learn_one(struct learn *learn, const struct wal_series *series,
    uint64_t segment, struct wal_label *labels)
{
	bool was_beyond = refmap_is_beyond(learn->refs, series->ref);
	enum final_result result = refmap_learn(
	    learn->refs, series->ref, segment, labels, series->count);
	enum fit fit = finals_fit(learn->finals);

	/* Of those that share the series, one says so. */
	if (fit != FIT_WELL && result != FINAL_ELSEWHERE)
		remarks_unfit(learn->remarks, fit, labels, series->count);
	if (finals_twin(learn->finals))
		remarks_twin(learn->remarks, labels, series->count);
	if (finals_merged(learn->finals))
		remarks_merged(learn->remarks, labels, series->count);
	switch (result) {
	case FINAL_OK:
	case FINAL_DROPPED:
	case FINAL_ELSEWHERE:
	case FINAL_UNFIT:
		break;
	case FINAL_BEYOND:
		if (!was_beyond)
			remarks_beyond(learn->remarks, labels, series->count);
		break;
	case FINAL_REFUSED:
		remarks_refused(learn->remarks, series);
		break;
	case FINAL_NOMEM:
		return WAL_NOMEM;
	}
	return WAL_OK;
}

enum wal_status
learn_listed(struct learn *learn, const struct wal_series_list *list,
    const struct wal_series *series, uint64_t segment)
{
	return learn_one(
	    learn, series, segment, list->pool.labels + series->first);
}

enum wal_status
learn_entry(struct learn *learn, const struct wal_entry *entry)
{
	struct wal_series_list *list = &learn->series;
	enum wal_status st;
	size_t i;

	st = wal_decode_series(entry->data, entry->len, list);
	for (i = 0; st == WAL_OK && i < list->len; i++)
		st = learn_listed(
		    learn, list, &list->series[i], entry->end.segment);
	return st;
}
