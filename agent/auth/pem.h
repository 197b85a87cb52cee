/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/pem.h - certificates and keys, under the name of a file.
 *
 * What the configuration holds itself is put into memory that has such a
 * name, so that libcurl is only ever given files.  libcurl tells connections,
 * and authorities that it keeps, apart by the names they were made with: so no
 * name is used twice, and a file that has changed gets another one.  What is
 * no regular file must not be given to it: reading a FIFO, it would wait.
 */
#ifndef AGENT_AUTH_PEM_H
#define AGENT_AUTH_PEM_H

#include "agent/base/clock.h"
#include "agent/base/stamp.h"
#include "agent/config/config.h"

#define PEM_LOOK_EVERY CLOCK_SEC /* How often, at most, at a file. */

struct pem {
	char *path;         /* NULL: neither text nor file. */
	int fd;             /* Of the memory; -1: it is a file. */
	const char *file;   /* Its plain name; NULL: it is none. */
	struct stamp stamp; /* Of it, when it had this name. */
	bool odd;           /* It is not a regular file: not to be read. */
	uint64_t looked;    /* When; monotonic microseconds. */
};

/**
 * pem_open(pem, config):
 * Give what ${config}, which must outlive it, says a name.  Return -1 if there
 * is no memory or descriptor; to be closed in any case.
 */
int pem_open(struct pem *pem, const struct config_secret *config);

/**
 * pem_name(pem, now):
 * Return its name at ${now}, monotonic microseconds: another one if it is a
 * file that has changed.  Valid until the next call.
 */
const char *pem_name(struct pem *pem, uint64_t now);

/* Do nothing to what was never opened and has an fd of -1. */
void pem_close(struct pem *pem);

#endif /* AGENT_AUTH_PEM_H */
