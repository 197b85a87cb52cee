/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "agent/intake/remarks.h"

/* Whether a line about ${gate}'s trouble may be logged now. */
static bool
may_log(struct remarks *remarks, struct log_gate *gate, uint64_t *ret_hidden)
{
	return log_gate_open(gate, clock_monotonic(remarks->clock),
	    REMARKS_LOG_PERIOD, ret_hidden);
}

static void
damaged(struct remarks *remarks, const struct wal_notice *notice)
{
	uint64_t hidden;

	stat_inc(remarks->meters->damaged);
	if (may_log(remarks, &remarks->damaged, &hidden))
		log_warn("the log is damaged here, skipping over it",
		    LOG_STR("remote", remarks->name),
		    LOG_STR("in", notice->checkpoint ? "checkpoint" : "wal"),
		    LOG_UINT("segment", notice->at.segment),
		    LOG_UINT("offset", notice->at.offset),
		    LOG_STR("err", notice->reason), LOG_UINT("unsaid", hidden));
}

void
remarks_notice(struct remarks *remarks, const struct wal_notice *notice)
{
	const char *name = remarks->name;

	switch (notice->kind) {
	case WAL_DAMAGED:
		damaged(remarks, notice);
		break;
	case WAL_TORN:
		stat_inc(remarks->meters->torn);
		log_info("a segment ends within a record, as after an unclean "
			 "stop of Prometheus",
		    LOG_STR("remote", name),
		    LOG_UINT("segment", notice->at.segment),
		    LOG_UINT("offset", notice->at.offset),
		    LOG_UINT("bytes", notice->count));
		break;
	case WAL_GAP:
		stat_add(remarks->meters->gap, (double)notice->count);
		log_error("segments were deleted before they were read: "
			  "samples are lost to this destination, but for "
			  "those that a server's checkpoint still holds",
		    LOG_STR("remote", name),
		    LOG_UINT("from_segment", notice->at.segment),
		    LOG_UINT("segments", notice->count));
		break;
	case WAL_RESTARTED:
		stat_inc(remarks->meters->restarts);
		log_warn(
		    "the log is not the one that was read, as after a "
		    "repair or with a new data directory: reading it again",
		    LOG_STR("remote", name),
		    LOG_UINT("segment", notice->at.segment),
		    LOG_STR("err", notice->reason));
		break;
	case WAL_REPEATED:
		log_warn("a segment was rewritten, and what was read last is "
			 "not in it: its samples may be sent twice",
		    LOG_STR("remote", name),
		    LOG_UINT("segment", notice->at.segment));
		break;
	case WAL_UNREADABLE:
		stat_inc(remarks->meters->damaged);
		log_error("a checkpoint cannot be read: series known only to "
			  "it will be missing",
		    LOG_STR("remote", name),
		    LOG_UINT("checkpoint", notice->at.segment),
		    LOG_ERRNO((int)notice->count));
		break;
	case WAL_UNKNOWN: /* For who remembers series to say. */
		break;
	}
}

void
remarks_crossed(struct remarks *remarks, const struct gap_report *report)
{
	int64_t span = 0;

	if (report->after != INT64_MIN && report->before > report->after)
		span = report->before - report->after;
	stat_add(remarks->meters->gap_seconds, (double)span / 1000);
	log_warn("reading goes on after the segments that were deleted",
	    LOG_STR("remote", remarks->name),
	    LOG_UINT("samples_recovered", report->recovered),
	    LOG_NUM("seconds_missing", (double)span / 1000),
	    LOG_INT("from_ms", report->after),
	    LOG_INT("to_ms", report->before));
}

bool
remarks_failing(struct remarks *remarks, int error)
{
	uint64_t now = clock_monotonic(remarks->clock);

	stat_inc(remarks->meters->read_failures);
	if (remarks->failing == 0)
		remarks->failing = now;
	return error == EIO && now - remarks->failing >= REMARKS_PATIENCE;
}

void
remarks_undecodable(struct remarks *remarks, const struct wal_entry *entry)
{
	stat_inc(remarks->meters->undecodable);
	damaged(remarks,
	    &(struct wal_notice){
		.kind = WAL_DAMAGED,
		.at = { entry->end.segment, entry->end.offset - entry->stored },
		.checkpoint = entry->checkpoint,
		.reason = "record does not decode",
	    });
}

void
remarks_refused(struct remarks *remarks, const struct wal_series *series)
{
	uint64_t hidden;

	stat_inc(remarks->meters->refused_series);
	if (may_log(remarks, &remarks->refused, &hidden))
		log_warn("a series has no labels, or too many or too "
			 "long ones: its samples will be dropped",
		    LOG_STR("remote", remarks->name),
		    LOG_UINT("ref", series->ref),
		    LOG_UINT("labels", series->count),
		    LOG_UINT("unsaid", hidden));
}

void
remarks_unfit(struct remarks *remarks, enum fit fit,
    const struct wal_label *labels, size_t len)
{
	stat_inc(remarks->meters->unfit_series);
	remarks->fit = fit;
	naming_add(&remarks->unfit, labels, len);
	remarks_say(remarks);
}

void
remarks_twin(
    struct remarks *remarks, const struct wal_label *labels, size_t len)
{
	stat_inc(remarks->meters->twin_series);
	naming_add(&remarks->twins, labels, len);
	remarks_say(remarks);
}

void
remarks_beyond(
    struct remarks *remarks, const struct wal_label *labels, size_t len)
{
	stat_inc(remarks->meters->beyond_series);
	naming_add(&remarks->beyond, labels, len);
	remarks_say(remarks);
}

void
remarks_merged(
    struct remarks *remarks, const struct wal_label *labels, size_t len)
{
	stat_inc(remarks->meters->merged_series);
	naming_add(&remarks->merged, labels, len);
	remarks_say(remarks);
}

void
remarks_say(struct remarks *remarks)
{
	uint64_t now, series;
	const char *names;

	if (remarks->unfit.series == 0 && remarks->twins.series == 0 &&
	    remarks->beyond.series == 0 && remarks->merged.series == 0)
		return;
	now = clock_monotonic(remarks->clock);
	names = naming_line(&remarks->unfit, now, &series);
	if (names != NULL)
		log_warn("series are beyond what the receiver takes of labels, "
			 "and are dropped or cut as label_limits says; relabel "
			 "them",
		    LOG_STR("remote", remarks->name), LOG_STR("metrics", names),
		    LOG_UINT("series", series),
		    LOG_STR("has", fit_word(remarks->fit)));
	names = naming_line(&remarks->twins, now, &series);
	if (names != NULL)
		log_warn("series differ from others by nothing but small and "
			 "capital letters: the receiver takes them for one, "
			 "and drops samples of either; relabel them",
		    LOG_STR("remote", remarks->name), LOG_STR("metrics", names),
		    LOG_UINT("series", series));
	names = naming_line(&remarks->merged, now, &series);
	if (names != NULL)
		log_warn("series that differ in the log are sent as one, so "
			 "that their samples are mixed; have "
			 "write_relabel_configs and external_labels leave them "
			 "a label that tells them apart",
		    LOG_STR("remote", remarks->name), LOG_STR("metrics", names),
		    LOG_UINT("series", series));
	names = naming_line(&remarks->beyond, now, &series);
	if (names != NULL)
		log_warn("no room for new series: their samples are dropped; "
			 "raise limits.max_series or limits.memory, or have "
			 "Prometheus scrape less",
		    LOG_STR("remote", remarks->name), LOG_STR("metrics", names),
		    LOG_UINT("series", series));
}

void
remarks_unknown(
    struct remarks *remarks, const struct wal_entry *entry, size_t count)
{
	uint64_t hidden;

	if (count > 0 && may_log(remarks, &remarks->unknown, &hidden))
		log_warn("samples of series that the log does not describe "
			 "were dropped",
		    LOG_STR("remote", remarks->name),
		    LOG_UINT("segment", entry->end.segment),
		    LOG_UINT("samples", count), LOG_UINT("unsaid", hidden));
}

void
remarks_limited(struct remarks *remarks, double count, size_t rule)
{
	struct stat *limited = remarks->meters->relabel_limited;
	char key[48]; /* As check-config names it. */

	(void)snprintf(key, sizeof(key), "write_relabel_configs[%zu]", rule);
	if (count > stat_value(limited))
		log_warn("expressions of write_relabel_configs took too many "
			 "steps for some labels, which counted as no match; "
			 "write them without repetitions in repetitions",
		    LOG_STR("remote", remarks->name), LOG_STR("rule", key),
		    LOG_NUM("searches", count - stat_value(limited)));
	stat_set(limited, count);
}
