/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/pem.h - certificates and keys, under the name of a file.
 *
 * What the configuration holds itself is put into memory that has such a
 * name, so that libcurl is only ever given files.  No name is used twice.
 */
#ifndef AGENT_AUTH_PEM_H
#define AGENT_AUTH_PEM_H

#include "agent/config/config.h"

struct pem {
	char *path; /* NULL: neither text nor file. */
	int fd;     /* Of the memory; -1: it is a file. */
};

/**
 * pem_open(pem, config):
 * Give what ${config} says a name.  Return -1 if there is no memory or
 * descriptor; to be closed in any case.
 */
int pem_open(struct pem *pem, const struct config_secret *config);

/* Do nothing to what was never opened and has an fd of -1. */
void pem_close(struct pem *pem);

#endif /* AGENT_AUTH_PEM_H */
