/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/admin/viewing.h"

static char warning[] = "f.yml:1:2: <b> has no effect";
static char *warnings[] = { warning };
static char good_name[] = "good";
static char good_url[] = "https://good/write?key=***";
static char bad_name[] = "bad " VIEWING_HOSTILE;
static char bad_url[] = "http://bad/";

/* The destination that is well. */
static void
init_good(struct viewing *viewing)
{
	struct situation *good = &viewing->situations[0];

	viewing->remotes[0] =
	    (struct config_remote){ .name = good_name, .shown_url = good_url };
	*good = (struct situation){
		.remote = &viewing->remotes[0],
		.wall = VIEWING_NOW,
		.ready = true,
		.at = { 7, 4096 },
		.settled = { 7, 2048 },
		.newest = VIEWING_NOW - 1500,
		.read = 1000,
		.series = 20,
		.lag = 1.5,
		.pending = { [KEPT_SAMPLE] = 40 },
		.flying = 1,
		.allowed = 4,
		.delivered = 960,
		.in = 200,
		.out = 198.5,
		.offset = -250,
		.tokens = true,
		.identity = "managed identity 42",
		.expiry = VIEWING_NOW + 3600000,
	};
}

/* The one that is not, and says what a receiver may not. */
static void
init_bad(struct viewing *viewing)
{
	struct situation *bad = &viewing->situations[1];

	viewing->remotes[1] = (struct config_remote){ .name = bad_name,
		.shown_url = bad_url,
		.profile = CONFIG_PROFILE_AZUREMONITOR };
	*bad = (struct situation){
		.remote = &viewing->remotes[1],
		.wall = VIEWING_NOW,
		.ready = true,
		.settled = { 5, 0 },
		.lag = 900,
		.worst = 1200,
		.remaining = 300,
		.troubled = 90 * CLOCK_SEC,
		.next = 5 * CLOCK_SEC,
		.dropped = { [DROP_TOO_OLD] = 17, [DROP_BY_RULE] = 3 },
		.given_up = { [FAIL_REFUSED] = 4 },
		.gaps = 2,
		.last = { .at = VIEWING_NOW - 60000,
		    .what = "receiver is bad; mend it",
		    .status = 500,
		    .said = VIEWING_HOSTILE },
	};
}

void
viewing_init(struct viewing *viewing)
{
	size_t i;

	*viewing = (struct viewing){ 0 };
	init_good(viewing);
	init_bad(viewing);
	for (i = 0; i < 2; i++) {
		situation_judge(&viewing->situations[i]);
		viewing->destinations[i] = (struct overview_destination){
			.situation = &viewing->situations[i],
			.history = &viewing->history,
			.behind = 2048 * (i + 1),
		};
	}
	viewing->config.remotes = viewing->remotes;
	viewing->config.remotes_len = 2;
	viewing->config.warnings = warnings;
	viewing->config.warnings_len = 1;
	viewing->overview = (struct overview){
		.version = "1.2.3",
		.now = VIEWING_NOW,
		.started = VIEWING_NOW - 7200000,
		.ready = true,
		.config = &viewing->config,
		.config_path = "/etc/walship.yml",
		.reloaded = true,
		.reloaded_at = VIEWING_NOW - 7200000,
		.wal_dir = "/data/wal",
		.has_log = true,
		.head = { 7, 8192 },
		.log_bytes = 16384,
		.spool_mode = "fd",
		.held = 3,
		.pinned = 1048576,
		.memory = 4096,
		.destinations = viewing->destinations,
		.len = 2,
	};
}
