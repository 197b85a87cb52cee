/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/extras.h - headers of an entry whose values may be in files. */
#ifndef AGENT_AUTH_EXTRAS_H
#define AGENT_AUTH_EXTRAS_H

#include "agent/auth/secret.h"
#include "agent/base/buf.h"

struct extra {
	struct secret value;
	struct buf line; /* "Name: value" */
};

struct extras {
	const struct config_extra *config;
	struct extra *list; /* One for each of those. */
	size_t len;
};

/**
 * extras_init(extras, remote):
 * Take the http_headers of ${remote}, which must outlive it.  Return -1 if
 * there is no memory; to be released in any case.
 */
int extras_init(struct extras *extras, const struct config_remote *remote);

/**
 * extras_lines(extras, now, lines):
 * Set the first of ${lines}, as many as there are, to the headers at ${now},
 * monotonic microseconds; valid until the next call.  Return NULL, or why one
 * cannot be had.
 */
const char *extras_lines(
    struct extras *extras, uint64_t now, const char **lines);

/* They may not have been accepted: read files anew. */
void extras_refused(struct extras *extras);

/* Wipe and free what it holds. */
void extras_release(struct extras *extras);

#endif /* AGENT_AUTH_EXTRAS_H */
