/* SPDX-License-Identifier: Apache-2.0 */
/* agent/prometheus/sight.h - whether the log can be read by who we are. */
#ifndef AGENT_PROMETHEUS_SIGHT_H
#define AGENT_PROMETHEUS_SIGHT_H

#include <limits.h>

/* What to do about a log that may not be read. */
#define SIGHT_LET_READ \
	"give this user the right to read it, as walship-setup does: by " \
	"Prometheus's group, or by an ACL with --access acl"

#define SIGHT_USER_MAX 64u /* Bytes of a user's name, its NUL included. */

/* Why not. */
struct sight_fault {
	const char *what;
	char path[PATH_MAX]; /* At which that was seen. */
	int error;           /* An errno. */
	const char *advice;
};

/**
 * sight_check(data_dir, wal_dir, ret):
 * Whether Prometheus's data directory and the log in it, if there is one yet,
 * can be read.  Return -1, with ${ret}, if not.
 */
int sight_check(
    const char *data_dir, const char *wal_dir, struct sight_fault *ret);

/* Write into ${ret} the name of the user we are, or its number. */
void sight_user(char ret[SIGHT_USER_MAX]);

#endif /* AGENT_PROMETHEUS_SIGHT_H */
