/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/compose.h - walship.yml, made of settings.
 */
#ifndef PACKAGING_AZURE_EXTENSION_COMPOSE_H
#define PACKAGING_AZURE_EXTENSION_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"
#include "packaging/azure/extension/settings.h"

#define COMPOSE_MAX (1u << 20) /* Bytes of a configuration. */

/* Names of files with the application's secrets, beside walship.yml. */
#define COMPOSE_SECRET "extension-secret"
#define COMPOSE_CERTIFICATE "extension-certificate"
#define COMPOSE_PASSWORD "extension-password"

/**
 * compose(settings, data_dir, out):
 * Append to ${out} the configuration that ${settings} ask for, of a Prometheus
 * whose data are in ${data_dir}, with a first line by which it is known, and
 * by which it can be told whether someone changed it.
 */
void compose(
    const struct settings *settings, const char *data_dir, struct buf *out);

/* Whether the ${len} bytes at ${data} are such a configuration. */
bool compose_is_ours(const void *data, size_t len);

/**
 * compose_is_in(data, len, text):
 * Whether they are ${text}, or that and the keys which walship-setup adds at the
 * end for the unit (packaging/setup/configuration.sh).
 */
bool compose_is_in(const void *data, size_t len, struct buf *text);

/* Whether they are one that nobody has changed since. */
bool compose_is_unchanged(const void *data, size_t len);

#endif /* PACKAGING_AZURE_EXTENSION_COMPOSE_H */
