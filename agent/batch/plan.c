/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/batch/plan.h"

int
plan_init(struct plan *plan, const struct position *position)
{
	size_t len = position->ranges_len;

	*plan = (struct plan){ 0 };
	/* Of a checkpoint, of which there may be another by now, no plan holds. */
	if (len == 0 || position->mark.inside != 0)
		return 0;
	if ((plan->ranges = calloc(len, sizeof(*plan->ranges))) == NULL)
		return -1;
	memcpy(plan->ranges, position->ranges, len * sizeof(*plan->ranges));
	plan->len = len;
	return 0;
}

void
plan_release(struct plan *plan)
{
	free(plan->ranges);
	*plan = (struct plan){ 0 };
}

const struct position_range *
plan_range(const struct plan *plan)
{
	return plan->next < plan->len ? &plan->ranges[plan->next] : NULL;
}

void
plan_advance(struct plan *plan)
{
	plan->next++;
}

void
plan_forget(struct plan *plan)
{
	plan->next = plan->len;
}

size_t
plan_list(const struct plan *plan, struct position_range *list, size_t len,
    size_t max)
{
	size_t i;

	for (i = plan->next; i < plan->len && len < max; i++)
		list[len++] = plan->ranges[i];
	return len;
}
