/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/reloader.h - put the configuration file's new content into effect.
 *
 * A file with a fault changes nothing.  What cannot change without a restart
 * is named, and all else takes effect.  Prometheus's own configuration, if that
 * is named, is followed as it changes; one that cannot be read leaves its
 * labels as they were.  A configuration whose labels want facts of the machine
 * waits for them, the one before staying in effect; while there was none, what
 * is new begins where the waiting began.  How the last time went is in
 * walship_config_last_reload_successful, and when one last went well in
 * walship_config_last_reload_success_timestamp_seconds.
 */
#ifndef AGENT_RELOADER_H
#define AGENT_RELOADER_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/config/config.h"
#include "agent/fleet.h"
#include "agent/machine.h"

/* All of it must outlive the reloader. */
struct reloader_options {
	const char *path; /* Of the configuration file. */
	sd_event *event;  /* See filewatch_new. */
	struct clock *clock;
	struct stats *stats;
	struct fleet *fleet;
	struct machine *machine; /* Knows facts; NULL: nobody does. */

	void (*failed)(void *arg); /* Out of memory: the fleet is not whole. */
	void *arg;
};

struct reloader;

/**
 * reloader_new(options, config):
 * Have the fleet be as ${config}, the content of the file, says; of it a share
 * is kept.  NULL if there is no memory.
 */
struct reloader *reloader_new(
    const struct reloader_options *options, struct config *config);

/* Do nothing to NULL. */
void reloader_free(struct reloader *reloader);

/* What can be seen of it. */
struct reloader_view {
	const struct config *config; /* In force; the reloader's. */
	bool success;                /* The last time went well. */
	int64_t success_at;          /* ms since 1970: when one did, last. */
	bool begun;                  /* It is in effect; else it waits. */
};

struct reloader_view reloader_look(const struct reloader *reloader);

/**
 * reloader_reload(reloader, report):
 * Read the file, and put what it says into effect.  Append to ${report}, in
 * lines, what came of it, or all that is wrong; the log has the same.  Return
 * whether it took effect.
 */
bool reloader_reload(struct reloader *reloader, struct buf *report);

/* The machine's facts have become known, or others. */
void reloader_settle(struct reloader *reloader);

/* Whether a configuration is in effect; else append to ${why} what lacks. */
bool reloader_ready(const struct reloader *reloader, struct buf *why);

#endif /* AGENT_RELOADER_H */
