/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/doubles.h - what was left out since its series has another entry of
 * its time (agent/batch/twice.h): counted, and their metrics named once.
 */
#ifndef AGENT_BATCH_DOUBLES_H
#define AGENT_BATCH_DOUBLES_H

#include <stdint.h>

#include "agent/batch/kept.h"
#include "agent/batch/twice.h"
#include "agent/meters/meters.h"
#include "agent/series/naming.h"

/* Zeroed is ready for use. */
struct doubles {
	uint32_t counts[KEPT_KINDS]; /* Since it was said. */
	struct naming naming;
};

/**
 * doubles_add(doubles, twice, kept):
 * ${kept} was left out, since ${twice} has an entry of its time.  That of a
 * sample of the same value is no loss, and not noted: Prometheus writes such
 * whenever a target shows a time of its own again.
 */
void doubles_add(struct doubles *doubles, const struct twice *twice,
    const struct kept *kept);

/**
 * doubles_say(doubles, remote, meters, now):
 * Count in ${meters} what was left out for ${remote}, and log it if it is
 * time, at ${now} in monotonic microseconds.
 */
void doubles_say(struct doubles *doubles, const char *remote,
    struct meters *meters, uint64_t now);

#endif /* AGENT_BATCH_DOUBLES_H */
