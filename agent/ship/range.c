/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/ship/range.h"

struct range *
ranges_open(struct ranges *ranges)
{
	struct range *range;

	if ((range = calloc(1, sizeof(*range))) == NULL)
		return NULL;
	if (ranges->last != NULL)
		ranges->last->next = range;
	else
		ranges->first = range;
	ranges->last = range;
	return range;
}

void
ranges_advance(struct ranges *ranges)
{
	struct range *first;

	while ((first = ranges->first) != NULL && first->cut &&
	    first->unsettled == 0) {
		ranges->acknowledged = first->end;
		ranges->moved = true;
		if ((ranges->first = first->next) == NULL)
			ranges->last = NULL;
		free(first);
	}
}

void
ranges_release(struct ranges *ranges)
{
	struct range *range, *next;

	for (range = ranges->first; range != NULL; range = next) {
		next = range->next;
		free(range);
	}
	memset(ranges, 0, sizeof(*ranges));
}
