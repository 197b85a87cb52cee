/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/resume.h - where a destination begins to read.
 *
 * Where its place says that an earlier life came to; if it is new, where the
 * configuration says; and if its place is damaged, with all there is, for
 * nothing may be lost.
 */
#ifndef AGENT_INTAKE_RESUME_H
#define AGENT_INTAKE_RESUME_H

#include <stdint.h>

#include "agent/config/config.h"
#include "agent/position/place.h"
#include "wal/log.h"

/* How a destination came to where it begins. */
enum resume_how {
	RESUME_NEW,   /* As the configuration says. */
	RESUME_CLEAN, /* At its place, after a clean stop. */
	RESUME_HARD,  /* At its place: what the log holds may have been sent. */
	RESUME_LOST,  /* With all there is: its place is of no use. */
};

/**
 * resume(place, config, log, wall):
 * Put into ${place}, for its destination is to begin at ${wall} milliseconds
 * since 1970, the position in ${log} at which it does; return how that was
 * found.
 */
enum resume_how resume(struct place *place, const struct config *config,
    const struct wal_log *log, int64_t wall);

/* Log how the destination ${name} came to begin at ${place}, if not as new. */
void resume_say(
    enum resume_how how, const struct place *place, const char *name);

#endif /* AGENT_INTAKE_RESUME_H */
