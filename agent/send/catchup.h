/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/catchup.h - how fast a backlog is sent.
 *
 * A receiver that comes back finds all that was missed waiting, from many
 * hosts at once.  So what is older than CATCHUP_AGE goes at so many times the
 * rate at which the log grows, by the times of its samples; only what would
 * grow too old by waiting goes at once.  A backlog begins at a moment by
 * chance.  Times are monotonic microseconds unless they are said to be in ms.
 */
#ifndef AGENT_SEND_CATCHUP_H
#define AGENT_SEND_CATCHUP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/backoff.h"
#include "agent/batch/kept.h"
#include "agent/batch/window.h"
#include "agent/config/config.h"

#define CATCHUP_AGE INT64_C(60000)     /* ms: a batch is backlog above. */
#define CATCHUP_SPAN INT64_C(60000)    /* ms of samples to measure a rate. */
#define CATCHUP_JUMP INT64_C(120000)   /* ms between two: measured anew. */
#define CATCHUP_MARGIN INT64_C(120000) /* ms left to a batch: no waiting. */

struct catchup {
	uint32_t factor;   /* Of the live rate; 0: no limit. */
	int64_t age_limit; /* ms; 0: none. */
	uint64_t spread;   /* A backlog begins up to so much later. */
	struct backoff chance;

	int64_t since, latest; /* ms: of samples counted... */
	uint64_t count;        /* ... so far. */
	double rate;           /* Entries per ms; 0: not known. */
	uint64_t read;         /* Entries, in all. */

	bool begun;    /* A backlog is being sent. */
	uint64_t next; /* Nothing of it before. */
};

/* Go on by ${remote}; zeroed before the first.  ${random} is any number. */
void catchup_tune(struct catchup *catchup, const struct config_remote *remote,
    uint64_t random);

/* ${record} was read. */
void catchup_read(struct catchup *catchup, const struct kept_record *record);

/**
 * catchup_until(catchup, batch, wall, now):
 * Before which ${batch}, of which a request could be made, must not be sent, at
 * ${wall} ms since 1970 of the receiver's clock; 0 if it may be.
 */
uint64_t catchup_until(struct catchup *catchup, const struct batch *batch,
    int64_t wall, uint64_t now);

/* So many ${entries} of ${batch} were accepted. */
void catchup_spend(struct catchup *catchup, const struct batch *batch,
    uint32_t entries, int64_t wall, uint64_t now);

#endif /* AGENT_SEND_CATCHUP_H */
