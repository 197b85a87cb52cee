/* SPDX-License-Identifier: Apache-2.0 */
/* agent/ship/news.h - what is said, now and then, when there is nothing to read. */
#ifndef AGENT_SHIP_NEWS_H
#define AGENT_SHIP_NEWS_H

#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"

#define NEWS_PERIOD (60 * CLOCK_SEC) /* Between two lines of a kind. */

/* Zeroed is ready for use. */
struct news {
	struct log_gate waiting, failing;
	uint64_t failed; /* Monotonic: when it could not be read, last. */
	int error;       /* By what. */
	uint64_t since;  /* It has been failing; 0: it is not. */
};

/* ${remote} has no log at ${wal_dir} yet, at ${now} in monotonic us. */
void news_waiting(
    struct news *news, const char *remote, const char *wal_dir, uint64_t now);

/* It cannot read it, because of errno, in ${segment}. */
void news_failing(struct news *news, const char *remote, const char *wal_dir,
    uint64_t segment, uint64_t now);

/* It can read it. */
void news_reading(struct news *news, const char *remote, uint64_t now);

#endif /* AGENT_SHIP_NEWS_H */
