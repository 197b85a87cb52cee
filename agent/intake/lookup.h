/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/lookup.h - series that are not known, looked up in a checkpoint.
 *
 * However many refs are unknown, a checkpoint is read for them once.
 */
#ifndef AGENT_INTAKE_LOOKUP_H
#define AGENT_INTAKE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/intake/learn.h"
#include "agent/intake/roll.h"

/* Zeroed but for the first, none is under way, and none was asked. */
struct lookup {
	struct learn *learn; /* To learn what is found with; not owned. */
	struct roll roll;
	uint64_t number; /* The checkpoint that was asked last. */
	bool asked;      /* There was one. */
};

/* Begin to ask the ${checkpoint} of ${wal_dir}; false if it was asked. */
bool lookup_begin(
    struct lookup *lookup, const char *wal_dir, uint64_t checkpoint);

/* Whether one is under way. */
bool lookup_under_way(const struct lookup *lookup);

/* Read on; return whether there is more to read. */
bool lookup_step(struct lookup *lookup);

/* What was asked was of another log. */
void lookup_forget(struct lookup *lookup);

void lookup_release(struct lookup *lookup);

#endif /* AGENT_INTAKE_LOOKUP_H */
