/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/proof.h - how an application proves to Entra that it is it.
 *
 * By a secret, by what it signs with a certificate, or by a token that another
 * has given it, as Kubernetes does.  Files are read anew each time.
 */
#ifndef AGENT_AUTH_PROOF_H
#define AGENT_AUTH_PROOF_H

#include <stddef.h>

#include "agent/auth/secret.h"
#include "agent/auth/token.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/config/azuread.h"

#define PROOF_MAX 131072u /* Bytes of a proof. */

/* Where Kubernetes puts the token, unless AZURE_FEDERATED_TOKEN_FILE says. */
#define PROOF_TOKEN_FILE "/var/run/secrets/azure/tokens/azure-identity-token"

struct proof {
	const struct config_azuread *azuread;
	struct clock *clock;
	struct config_secret token_config;
	struct secret client_secret, password, token;
	struct buf shown; /* What was put last: nobody else may see it. */
	enum token_failure failure; /* Why none could be put, and ... */
	char error[FILE_ERROR_MAX]; /* ... what to do. */
};

/**
 * proof_init(proof, azuread, clock):
 * Of the application ${azuread}, whose method is OAUTH, CERTIFICATE or
 * WORKLOAD_IDENTITY; both must outlive it.  Its fields may be NULL: then
 * proof_put says that they are missing.
 */
void proof_init(struct proof *proof, const struct config_azuread *azuread,
    struct clock *clock);

/* Wipe and free what it holds. */
void proof_release(struct proof *proof);

/* Wipe what was put last. */
void proof_forget(struct proof *proof);

/**
 * proof_put(proof, url, out):
 * Append its fields to the form ${out}, which is to be posted to ${url}.
 * Return -1 with proof->failure and proof->error if that cannot be done.
 */
int proof_put(struct proof *proof, const char *url, struct buf *out);

#endif /* AGENT_AUTH_PROOF_H */
