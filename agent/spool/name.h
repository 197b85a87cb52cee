/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/name.h - what a held segment is called.
 *
 * "<generation>-<segment>", both decimal and without leading zeros: the name of
 * its file in spool.dir and, after "wal-", of its descriptor in systemd's store.
 * The generation is that in which the segment was met first.
 */
#ifndef AGENT_SPOOL_NAME_H
#define AGENT_SPOOL_NAME_H

#include <stdbool.h>
#include <stdint.h>

#define SPOOL_NAME_MAX 48u /* Bytes of a name, with its NUL. */

struct spool_name {
	uint64_t generation;
	uint64_t number; /* Of the segment. */
};

/* Write ${name} to the SPOOL_NAME_MAX bytes at ${out}. */
void spool_name_format(const struct spool_name *name, char *out);

/* Whether ${text} is what spool_name_format makes; if so, of ${ret}. */
bool spool_name_parse(const char *text, struct spool_name *ret);

#endif /* AGENT_SPOOL_NAME_H */
