/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/secret.h - a secret that is given, or kept in a file.
 *
 * A file is looked at, at most once a second, whether it has changed, and then
 * read anew; white space around what it holds does not count.  It is read at
 * once: it should lie on a local disk.  What is let go is wiped.
 */
#ifndef AGENT_AUTH_SECRET_H
#define AGENT_AUTH_SECRET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "agent/auth/file.h"
#include "agent/base/clock.h"
#include "agent/base/stamp.h"
#include "agent/config/config.h"

#define SECRET_MAX 65536u           /* Bytes of a secret. */
#define SECRET_LOOK_EVERY CLOCK_SEC /* How often, at most, at a file. */

struct secret {
	const struct config_secret *config;
	char *value; /* What the file held; NULL: nothing yet. */
	struct stamp stamp;
	uint64_t looked; /* When; monotonic microseconds. */
	bool stale;      /* Not to be believed any more. */
	char error[FILE_ERROR_MAX];
};

/* The secret ${config}, which must outlive it. */
void secret_init(struct secret *secret, const struct config_secret *config);

/* Wipe and free what it holds. */
void secret_release(struct secret *secret);

/**
 * secret_get(secret, now):
 * Return the secret at ${now}, monotonic microseconds, "" if there is none to
 * have; valid until the next call.  NULL, with secret->error saying why and
 * what to do, but nothing secret, if it cannot be had.
 */
const char *secret_get(struct secret *secret, uint64_t now);

/* It was not accepted: read its file anew, changed or not. */
void secret_refused(struct secret *secret);

#endif /* AGENT_AUTH_SECRET_H */
