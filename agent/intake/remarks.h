/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/remarks.h - what there is to say of a log while it is read.
 *
 * Everything that goes wrong in it is counted in the meters of its reader, and
 * logged with segment and offset; of what there can be much of, now and then.
 */
#ifndef AGENT_INTAKE_REMARKS_H
#define AGENT_INTAKE_REMARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/intake/gap.h"
#include "agent/meters/meters.h"
#include "agent/series/fit.h"
#include "agent/series/naming.h"
#include "wal/follow.h"
#include "wal/record.h"

/* Of one kind of trouble in the log, a line is logged this often at most. */
#define REMARKS_LOG_PERIOD (10 * CLOCK_SEC)

/* What cannot be read for so long is passed over, if what follows it can be. */
#define REMARKS_PATIENCE (60 * CLOCK_SEC)

/* What it points to must outlive it; zeroed but for that, ready for use. */
struct remarks {
	struct clock *clock;
	struct meters *meters;
	const char *name; /* Of the destination, for the log. */
	uint64_t failing; /* Since then nothing can be read; 0: it can. */
	struct log_gate damaged, unknown, refused;
	struct naming unfit, twins, beyond, merged; /* Series. */
	enum fit fit;                               /* Of the last unfit one. */
};

/* What the reader of the log has to say. */
void remarks_notice(struct remarks *remarks, const struct wal_notice *notice);

/* A gap that was told of before is crossed. */
void remarks_crossed(struct remarks *remarks, const struct gap_report *report);

/**
 * remarks_failing(remarks, error):
 * The log cannot be read, by ${error}.  Return whether it is the disk, and has
 * been so for REMARKS_PATIENCE.
 */
bool remarks_failing(struct remarks *remarks, int error);

/* The record ${entry} does not hold what its type says. */
void remarks_undecodable(
    struct remarks *remarks, const struct wal_entry *entry);

/* The series has labels that cannot be sent. */
void remarks_refused(struct remarks *remarks, const struct wal_series *series);

/* The ${len} labels are those of a series that fits so, badly. */
void remarks_unfit(struct remarks *remarks, enum fit fit,
    const struct wal_label *labels, size_t len);

/* The series with these labels is one with another but for its case. */
void remarks_twin(
    struct remarks *remarks, const struct wal_label *labels, size_t len);

/* There is no room for the series with these labels. */
void remarks_beyond(
    struct remarks *remarks, const struct wal_label *labels, size_t len);

/* The series with these labels is sent as another is that has others. */
void remarks_merged(
    struct remarks *remarks, const struct wal_label *labels, size_t len);

/* Say what was noted of series, if it is time. */
void remarks_say(struct remarks *remarks);

/* ${count} samples of ${entry} have no series; they are counted elsewhere. */
void remarks_unknown(
    struct remarks *remarks, const struct wal_entry *entry, size_t count);

/* Of searches for rules' expressions, ${count} were given up so far, the last
 * of the rule ${rule}, from 0. */
void remarks_limited(struct remarks *remarks, double count, size_t rule);

#endif /* AGENT_INTAKE_REMARKS_H */
