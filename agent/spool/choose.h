/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/choose.h - which way segments are held.
 *
 * The best that works, found out with a segment in its place, never by what
 * file systems look like: of one that is mounted twice, links from one place to
 * the other are refused.  What it is is logged once, and why it is no better
 * one, and what to change.
 */
#ifndef AGENT_SPOOL_CHOOSE_H
#define AGENT_SPOOL_CHOOSE_H

#include <stdbool.h>

#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/config/config.h"
#include "agent/spool/way.h"

/* All of it must outlive the chooser, and the way that is chosen. */
struct chooser_options {
	struct clock *clock;
	struct worker *worker;
	struct stats *stats;
	const struct config *config;
	const char *wal_dir;
};

struct chooser {
	struct chooser_options options;
	struct spool_way *way; /* Chosen, and not taken yet. */
	bool chosen;
};

/**
 * chooser_init(chooser, options):
 * Choose as the configuration says, if there is a segment to try it with yet.
 * Return -1, said, if the way that is asked for is not to be had.
 */
int chooser_init(
    struct chooser *chooser, const struct chooser_options *options);

/**
 * chooser_choose(chooser, file):
 * The way that was chosen, which becomes the caller's, or one that is chosen
 * now by the segment ${file}.  NULL: segments are not held, which was said.
 * Unless it is by descriptors, what systemd kept of those is given up.
 */
struct spool_way *chooser_choose(void *chooser, const char *file);

/* Give up all that systemd kept, which is said if it is lost by that. */
void chooser_discard(void);

/* Free a way that nobody took. */
void chooser_release(struct chooser *chooser);

#endif /* AGENT_SPOOL_CHOOSE_H */
