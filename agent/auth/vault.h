/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/vault.h - a secret in memory of its own.
 *
 * The memory is part of no core dump, and wiped before it is used again.  The
 * first vault also has the kernel write no core of this process at all: what
 * sends a secret makes copies of it on the way.
 */
#ifndef AGENT_AUTH_VAULT_H
#define AGENT_AUTH_VAULT_H

#include <stddef.h>

/* Zeroed, it is closed. */
struct vault {
	char *text;
	size_t size; /* Bytes of memory. */
};

/* Make room for ${max} bytes of text; -1 if there is no memory. */
int vault_open(struct vault *vault, size_t max);

/* Keep ${text}, which must not be too long, in place of what was kept. */
void vault_put(struct vault *vault, const char *text);

/* Wipe what is kept; the text is then "". */
void vault_wipe(struct vault *vault);

/* Wipe and free.  Do nothing if it is closed. */
void vault_close(struct vault *vault);

#endif /* AGENT_AUTH_VAULT_H */
