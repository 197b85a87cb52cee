/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/intake.h - from the log's records to a destination's samples.
 *
 * Reads the log for one destination: learns the series, and gives what of
 * each record is to be sent.  What goes wrong in the log is counted and
 * logged here, with segment and offset, and reading goes on.
 */
#ifndef AGENT_INTAKE_INTAKE_H
#define AGENT_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/batch/kept.h"
#include "agent/config/config.h"
#include "agent/intake/graveyard.h"
#include "agent/meters/meters.h"
#include "agent/position/place.h"
#include "agent/position/position.h"
#include "agent/series/families.h"
#include "agent/series/labelset.h"
#include "wal/follow.h"

/* All of it must outlive the intake. */
struct intake_options {
	struct clock *clock;
	struct labelsets *sets;
	struct meters *meters;
	const char *name; /* Of the destination, for the log. */
	const char *wal_dir;
	const char *data_dir;             /* That it is in, of Prometheus. */
	struct wal_keeper *keeper;        /* Of more of the log, or NULL. */
	const struct wal_label *external; /* Labels to add. */
	size_t external_len;
	const struct config_rule *rules; /* Relabelling. */
	size_t rules_len;
	uint32_t share_index, share_count; /* See finals_share. */
	enum config_label_limits label_limits;
	struct room *room;               /* For series; NULL: any. */
	struct graveyard *graveyard;     /* For its own; see graveyard_bury. */
	const struct position *position; /* To begin at; copied. */
	bool again;            /* An earlier life began there already. */
	struct place *place;   /* Beside which the series are kept for the next
				life; NULL: they are not. */
	struct legacy *legacy; /* What was known before, taken over if it
				  serves; or NULL. */
	struct families *families; /* To learn what metrics are; or NULL. */
	bool exemplars;            /* Send exemplars too. */
	bool histograms;           /* Send native histograms too. */
};

enum intake_result {
	INTAKE_RECORD, /* A record, perhaps with nothing to send. */
	INTAKE_KNOWN,  /* One from before the beginning: only learned from. */
	INTAKE_END,    /* All there is was read. */
	INTAKE_WAIT,   /* The disk is at work: again soon. */
	INTAKE_FAILED, /* errno says why; again later. */
	INTAKE_NOMEM,  /* Something of the log was lost: give up. */
};

struct intake;

/* NULL if there is no memory. */
struct intake *intake_new(const struct intake_options *options);

/* Do nothing to NULL. */
void intake_free(struct intake *intake);

/**
 * intake_leave(intake, ret):
 * Between two records, and nothing but intake_free after it: leave its series
 * to whoever reads on, if all before where it stands was read, and they are fit
 * for that; else there are none in ${ret}.
 * With them goes what is known of metrics: then the intake's owner must forget
 * it.  Return whether they are left.
 */
bool intake_leave(struct intake *intake, struct legacy *ret);

/* The destination is called ${name} now, which must outlive the intake. */
void intake_rename(struct intake *intake, const char *name);

/**
 * intake_next(intake, ret):
 * Read the next record; what of it is to be sent goes to ${ret}, and is valid
 * until the next call.
 */
enum intake_result intake_next(struct intake *intake, struct kept_record *ret);

/* Give nothing from before that time, in ms since 1970, but count it. */
void intake_skip(struct intake *intake, int64_t before);

/**
 * intake_tidy(intake, acknowledged):
 * Between two records, at the end of the log: go on forgetting series that
 * are dead, by checkpoints below the segment ${acknowledged}, in bounded
 * steps.  Return whether there is more to do of it.
 */
bool intake_tidy(struct intake *intake, uint64_t acknowledged);

/**
 * intake_keep(intake, acknowledged, last):
 * Between two records: keep the series for the next life if it is time for
 * that, or for the ${last} time, on the worker; ${acknowledged} is where that
 * would go on, and saved.  Return whether that is under way.
 */
bool intake_keep(
    struct intake *intake, const struct wal_mark *acknowledged, bool last);

/**
 * intake_ready(intake, why):
 * Whether reading has come to what was written after the start; if not, append
 * to ${why} how far it is.
 */
bool intake_ready(const struct intake *intake, struct buf *why);

/* Whether there is no log yet. */
bool intake_waiting(const struct intake *intake);

/* Before where the series are known from their snapshot; false: nowhere. */
bool intake_known(const struct intake *intake, struct wal_mark *ret);

/* Where reading stands. */
struct wal_position intake_position(const struct intake *intake);

/* How many bytes of memory the series take that only this intake has. */
size_t intake_bytes(const struct intake *intake);

/**
 * intake_abandon(intake, ret):
 * Close the segment that is being read, as wal_follow_let_go does, and store in
 * ${ret} where reading goes on.
 */
void intake_abandon(struct intake *intake, struct wal_mark *ret);

/* The series that what it gives is of; they live as long as the intake. */
struct finals *intake_finals(const struct intake *intake);

/* Bring the meters of what is known up to date. */
void intake_measure(struct intake *intake);

#endif /* AGENT_INTAKE_INTAKE_H */
