/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/overview.h - the whole agent at one moment, for who asks.
 *
 * Whoever shows it, as JSON or as a page, does so from this alone.  Text in it
 * may come from outside: it is escaped where it goes.
 */
#ifndef AGENT_ADMIN_OVERVIEW_H
#define AGENT_ADMIN_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/config/config.h"
#include "agent/ship/history.h"
#include "agent/ship/situation.h"

/* A destination, and its last hour. */
struct overview_destination {
	const struct situation *situation;
	const struct history *history;
	uint64_t behind; /* Bytes of log that it still has to deliver, about. */
};

/* Times are milliseconds since 1970. */
struct overview {
	const char *version;
	int64_t now, started;
	bool ready;

	const struct config *config; /* In force. */
	const char *config_path;
	bool reloaded;       /* The last time that it was read went well. */
	int64_t reloaded_at; /* When it did so last. */

	const char *wal_dir;
	bool has_log;
	struct wal_position head; /* Where it ends, if there is one. */
	uint64_t log_bytes;       /* Of all of it that is in the directory. */

	const char *spool_mode; /* "link", "fd"; "off": nothing is held. */
	uint64_t held, pinned;  /* Segments; bytes. */
	uint64_t memory;        /* Bytes, as limits.memory counts them. */

	struct overview_destination *destinations;
	size_t len;
};

/* The worst of how its destinations are. */
enum situation_level overview_level(const struct overview *overview);

/* How much of the backlog of ${situation} is done, 0 to 1. */
double overview_progress(const struct situation *situation);

#endif /* AGENT_ADMIN_OVERVIEW_H */
