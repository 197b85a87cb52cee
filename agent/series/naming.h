/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/naming.h - which metrics have series of which something is to be
 * said: each metric once, a few in a line, and a line now and then.
 */
#ifndef AGENT_SERIES_NAMING_H
#define AGENT_SERIES_NAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/series/final.h"
#include "wal/record.h"

#define NAMING_PERIOD (60 * CLOCK_SEC) /* Between two lines. */
#define NAMING_LINE 8u                 /* Names in a line... */
#define NAMING_TEXT 100u               /* ... of so many bytes, then cut. */
#define NAMING_SAID 256u               /* Names that are remembered. */

/* Zeroed is ready for use. */
struct naming {
	struct log_gate gate;
	uint64_t series;            /* Since the last line. */
	uint32_t said[NAMING_SAID]; /* Hashes of names, and how many. */
	size_t said_len;
	char names[NAMING_LINE * (NAMING_TEXT + 2)]; /* For the next line. */
	size_t names_len;
	unsigned int count; /* Of them. */
};

/* A series with these ${len} labels is to be said something of. */
void naming_add(
    struct naming *naming, const struct wal_label *labels, size_t len);

/* The same of ${final}, which is sent. */
void naming_add_final(struct naming *naming, const struct final *final);

/**
 * naming_line(naming, now, ret_series):
 * If it is time for a line, at ${now} in monotonic microseconds, and there is
 * something to say, return the names that are new, with commas between, and
 * store in ${ret_series} how many series there were since the last line.  Else
 * NULL.  Valid until the next series.
 */
const char *naming_line(
    struct naming *naming, uint64_t now, uint64_t *ret_series);

#endif /* AGENT_SERIES_NAMING_H */
