/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/works.h - the parts of a destination, for who looks at several.
 */
#ifndef AGENT_SHIP_WORKS_H
#define AGENT_SHIP_WORKS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/batch/cutter.h"
#include "agent/batch/window.h"
#include "agent/config/config.h"
#include "agent/intake/intake.h"
#include "agent/meters/meters.h"
#include "agent/send/outlet.h"
#include "agent/ship/news.h"

/* They are the destination's, and are what they are for one turn. */
struct works {
	struct clock *clock;
	const struct config_remote *remote;
	struct meters *meters;
	const struct window *window;
	const struct cutter *cutter;
	struct intake *intake;
	const struct outlet *outlet;
	const struct news *news;
	int64_t before; /* What is of before then, in ms, is not sent. */
	uint64_t read;  /* Entries, in all. */
	bool stopping;
};

/* Bring the meters up to date that nothing counts on the way. */
void works_measure(const struct works *works);

#endif /* AGENT_SHIP_WORKS_H */
