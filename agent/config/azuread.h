/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/azuread.h - who an entry is to Microsoft Entra.
 *
 * azuread has Prometheus's keys and checks, and of its five ways to be someone
 * exactly one is given.  Beyond Prometheus: of a managed identity also
 * object_id, resource_id and source, and secrets in files.
 */
#ifndef AGENT_CONFIG_AZUREAD_H
#define AGENT_CONFIG_AZUREAD_H

#include <stdbool.h>

#include "agent/config/config.h"
#include "agent/config/schema.h"

#define AZUREAD_TEXT_MAX 1024u /* Bytes of an id, a tenant or a scope. */

enum azuread_method {
	AZUREAD_MANAGED_IDENTITY = 1,
	AZUREAD_WORKLOAD_IDENTITY,
	AZUREAD_OAUTH,
	AZUREAD_CERTIFICATE,
	AZUREAD_SDK, /* The environment, workload and managed identity. */
};

enum azuread_cloud { AZUREAD_PUBLIC, AZUREAD_GOVERNMENT, AZUREAD_CHINA };

/* Whom a managed identity's tokens are had from. */
enum azuread_source {
	AZUREAD_AUTO, /* Whatever there is; see agent/auth/managed.h. */
	AZUREAD_IMDS, /* An Azure VM's own service. */
	AZUREAD_ARC,  /* The agent of a machine that Azure Arc connects. */
	AZUREAD_APPSERVICE,
};

/* A text that is not given is NULL, and never empty. */
struct config_azuread {
	enum azuread_method method;
	enum azuread_cloud cloud;
	char *scope; /* NULL: that of the cloud. */

	char *client_id;            /* A UUID; of each method but SDK. */
	char *tenant_id;            /* Of each but a managed identity. */
	char *object_id;            /* A UUID; of a managed identity. */
	char *resource_id;          /* Likewise; from /subscriptions/ on. */
	enum azuread_source source; /* Likewise. */

	struct config_secret client_secret; /* OAUTH: one of the two. */

	char *certificate_path;     /* CERTIFICATE: PEM, or PFX. */
	char *certificate_key_path; /* Perhaps: PEM. */
	struct config_secret certificate_password; /* Perhaps. */
	bool send_certificate_chain;

	char *token_file_path; /* WORKLOAD_IDENTITY; NULL: its default. */
};

/* A schema_read_fn into a struct config_remote. */
void azuread_read(const struct schema_at *at, void *target);

/**
 * azuread_scope(azuread):
 * The scope that tokens are asked for, "/.default" at its end if it is that of
 * a cloud; lives as long as ${azuread}.
 */
const char *azuread_scope(const struct config_azuread *azuread);

/**
 * azuread_resolve(azuread, path):
 * Have relative names of files begin where the configuration ${path} lies.
 * Return -1 if there is no memory.  Do nothing to NULL.
 */
int azuread_resolve(struct config_azuread *azuread, const char *path);

/* Wipe and free.  Do nothing to NULL. */
void azuread_free(struct config_azuread *azuread);

#endif /* AGENT_CONFIG_AZUREAD_H */
