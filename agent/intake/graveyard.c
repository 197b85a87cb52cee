/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/intake/graveyard.h"

struct grave {
	struct grave *next; /* Buried later; or NULL. */
	struct refmap *refs;
	struct finals *finals;
};

struct graveyard {
	struct clock *clock;
	struct timer *timer;  /* The next turn; disarmed if it is empty. */
	struct grave *graves; /* The oldest first. */
};

static void
free_oldest(struct graveyard *graveyard)
{
	struct grave *grave = graveyard->graves;

	graveyard->graves = grave->next;
	refmap_free(grave->refs);
	finals_free(grave->finals);
	free(grave);
}

static void
take_turn(void *arg)
{
	struct graveyard *graveyard = arg;
	unsigned int i;

	for (i = 0; i < GRAVEYARD_SLICES && graveyard->graves != NULL; i++)
		if (!refmap_tidy(graveyard->graves->refs))
			free_oldest(graveyard);
	if (graveyard->graves != NULL)
		timer_set(graveyard->timer, clock_monotonic(graveyard->clock));
}

struct graveyard *
graveyard_new(struct clock *clock)
{
	struct graveyard *graveyard;

	if ((graveyard = calloc(1, sizeof(*graveyard))) == NULL)
		return NULL;
	graveyard->clock = clock;
	graveyard->timer = timer_new(clock, take_turn, graveyard);
	if (graveyard->timer == NULL) {
		free(graveyard);
		return NULL;
	}
	return graveyard;
}

void
graveyard_free(struct graveyard *graveyard)
{
	if (graveyard == NULL)
		return;
	while (graveyard->graves != NULL)
		free_oldest(graveyard);
	timer_free(graveyard->timer);
	free(graveyard);
}

void
graveyard_bury(
    struct graveyard *graveyard, struct refmap *refs, struct finals *finals)
{
	struct grave *grave = NULL, **last;

	if (graveyard != NULL && refs != NULL)
		grave = calloc(1, sizeof(*grave));
	if (grave == NULL) {
		refmap_free(refs);
		finals_free(finals);
		return;
	}
	*grave = (struct grave){ .refs = refs, .finals = finals };
	refmap_clear(refs);
	for (last = &graveyard->graves; *last != NULL; last = &(*last)->next)
		;
	*last = grave;
	timer_set(graveyard->timer, clock_monotonic(graveyard->clock));
}
