/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/plan.h - the ranges that an earlier life had on the wire.
 *
 * They are cut again as they were, one after the other, as long as the records
 * of the log end where they end.
 */
#ifndef AGENT_BATCH_PLAN_H
#define AGENT_BATCH_PLAN_H

#include <stddef.h>

#include "agent/position/position.h"

/* Zeroed, it is empty. */
struct plan {
	struct position_range *ranges;
	size_t next, len; /* The range that is cut next, and their number. */
};

/* Take over the plan in ${position}; -1 if there is no memory. */
int plan_init(struct plan *plan, const struct position *position);

void plan_release(struct plan *plan);

/* The range in which the next record is; NULL if none is planned. */
const struct position_range *plan_range(const struct plan *plan);

/* That range is cut. */
void plan_advance(struct plan *plan);

/* The log is not as it was: what comes is cut as if it were new. */
void plan_forget(struct plan *plan);

/* Append what is left of it to ${list}, which has ${len} of ${max}. */
size_t plan_list(const struct plan *plan, struct position_range *list,
    size_t len, size_t max);

#endif /* AGENT_BATCH_PLAN_H */
