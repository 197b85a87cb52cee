/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/settings.h - what the operator wants of walship.
 *
 * Public settings name where to send, protected ones hold the secrets, or a
 * whole configuration.  They come from the network by the guest agent.
 */
#ifndef PACKAGING_AZURE_EXTENSION_SETTINGS_H
#define PACKAGING_AZURE_EXTENSION_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"

#define SETTINGS_MAX (2u << 20)        /* Bytes of the file. */
#define SETTINGS_TEXT_MAX (256u << 10) /* Bytes of one value. */
#define SETTINGS_LABELS_MAX 32u        /* External labels. */
#define SETTINGS_WARN_AFTER 10u        /* Minutes, by default. */
#define SETTINGS_WARN_AFTER_MAX 80u    /* Azure waits for 90 in all. */
#define SETTINGS_WRONG_MAX 256u        /* Bytes, the NUL included. */

/* What is not given is NULL. */
struct settings {
	char *ingestion_url;
	char *client_id; /* Of an identity, or of an application of Entra. */
	char *tenant_id; /* Of an application. */
	char *cloud;
	char *data_dir;
	char *access;        /* How walship comes to read that. */
	char *configuration; /* All of walship.yml, instead of the above. */
	char *client_secret; /* The application's; or a certificate: */
	char *client_certificate;
	char *client_certificate_password;
	json_t *labels;      /* External ones: an object of strings. */
	bool secret;         /* The configuration came protected. */
	unsigned warn_after; /* Minutes in which samples should arrive. */
	char wrong[SETTINGS_WRONG_MAX]; /* With nothing secret. */
};

/**
 * Append to ${plain} what the protected settings ${text} for the certificate
 * ${thumbprint} hold.  Return what is wrong, or NULL.
 */
typedef const char *settings_open_fn(
    void *arg, const char *text, const char *thumbprint, struct buf *plain);

/**
 * settings_decode(settings, data, len, open, arg):
 * Read the ${len} bytes at ${data} of a file of settings, none if it is empty.
 * Return -1, with settings->wrong, if they cannot be used; to be released in
 * any case.
 */
int settings_decode(struct settings *settings, const void *data, size_t len,
    settings_open_fn *open, void *arg);

/* Whether they say what to do: otherwise what was configured before is kept. */
bool settings_given(const struct settings *settings);

/* Wipe and free. */
void settings_release(struct settings *settings);

#endif /* PACKAGING_AZURE_EXTENSION_SETTINGS_H */
