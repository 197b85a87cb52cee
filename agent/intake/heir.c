/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/intake/heir.h"

/* Refs in pages are walked over by bucket, of which there are more. */
#define BUCKETS_A_PAGE 4u

/* Take ${ref}, last met in segment ${met}, with the labels ${set}. */
static void
take(struct heir *heir, uint64_t ref, uint64_t met, uint32_t set)
{
	struct wal_label_list *list = &heir->labels;

	if (labelsets_labels(heir->sets, set, list) != 0 ||
	    heir->learn(heir->arg, ref, met, list->labels, list->len) != 0)
		heir->starved = true;
}

/* The log came to a ref that was not taken: in what segment it soon says. */
static void
answer(void *arg, uint64_t ref)
{
	struct heir *heir = arg;
	uint32_t set = refmap_labels(heir->legacy.refs, ref);

	if (set != LABELSET_NONE)
		take(heir, ref, 0, set);
}

/* One of the refs that are walked over. */
static void
visit(void *arg, const struct labelsets *sets, uint64_t ref, uint64_t met,
    uint32_t set)
{
	struct heir *heir = arg;

	(void)sets;
	if (refmap_labels(heir->refs, ref) == LABELSET_NONE)
		take(heir, ref, met, set);
}

void
heir_begin(struct heir *heir, struct legacy *legacy)
{
	heir->legacy = *legacy;
	*legacy = (struct legacy){ 0 };
	/* They take much memory, and nobody needs them. */
	refmap_orphan(heir->legacy.refs);
	finals_free(heir->legacy.finals);
	heir->legacy.finals = NULL;
	refmap_note_redefined(heir->refs, refmap_redefined(heir->legacy.refs));
	refmap_ask(heir->refs, answer, heir);
}

bool
heir_expects(const struct heir *heir)
{
	return heir->legacy.refs != NULL;
}

enum heir_result
heir_step(struct heir *heir)
{
	unsigned int i;
	bool more = true;

	if (!heir_expects(heir))
		return HEIR_DONE;
	refmap_ask(heir->refs, NULL, NULL);
	for (i = 0; i < HEIR_STEP * BUCKETS_A_PAGE && more; i++)
		more = refmap_walk(heir->legacy.refs, &heir->at, visit, heir);
	refmap_ask(heir->refs, answer, heir);
	if (heir->starved) {
		heir->starved = false;
		heir->at = 0;
		return HEIR_NOMEM;
	}
	if (more)
		return HEIR_MORE;
	heir_release(heir);
	return HEIR_DONE;
}

enum heir_result
heir_go_on(struct heir *heir, struct clock *clock)
{
	enum heir_result result;
	uint64_t begun;

	if (!heir_expects(heir))
		return HEIR_DONE;
	begun = clock_monotonic(clock);
	do
		result = heir_step(heir);
	while (
	    result == HEIR_MORE && clock_monotonic(clock) - begun < HEIR_TURN);
	return result;
}

void
heir_release(struct heir *heir)
{
	if (heir_expects(heir)) {
		refmap_ask(heir->refs, NULL, NULL);
		legacy_release(&heir->legacy, heir->graveyard);
	}
	free(heir->labels.labels);
	heir->labels = (struct wal_label_list){ 0 };
	heir->at = 0;
}
