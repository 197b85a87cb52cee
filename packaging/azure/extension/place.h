/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/place.h - settings, put into effect as files.
 *
 * walship itself checks what it is to be given before anything is replaced.  A
 * walship.yml that someone else wrote is kept beside it.
 */
#ifndef PACKAGING_AZURE_EXTENSION_PLACE_H
#define PACKAGING_AZURE_EXTENSION_PLACE_H

#include <stdbool.h>

#include "packaging/azure/extension/files.h"
#include "packaging/azure/extension/outcome.h"
#include "packaging/azure/extension/settings.h"

#define PLACE_FOLDER "/etc/walship"
#define PLACE_NAME "walship.yml"
#define PLACE_CONFIG PLACE_FOLDER "/" PLACE_NAME
#define PLACE_FOREIGN PLACE_CONFIG ".before-extension"
#define PLACE_CHECK "/usr/share/walship/check-config" /* As the unit would. */
#define PLACE_FITTED "fitted" /* Noted: the unit has its drop-in by us. */

/* Whether there is a walship.yml below ${root}. */
bool place_is_configured(const char *root);

/**
 * place_apply(root, settings, outcome):
 * Make the files below ${root} those that ${settings} ask for; if these ask for
 * nothing, those that there are will do.  walship's user is given access to
 * Prometheus's data.  Return 1 if something changed, 0 if not, or -1; what
 * walship refuses changes nothing.
 */
int place_apply(
    const char *root, const struct settings *settings, struct outcome *outcome);

/**
 * place_remove(root):
 * Remove what place_apply wrote, and nothing else; what was there before it is
 * put back.  A walship.yml that was changed since stays, and it is logged.
 */
void place_remove(const char *root);

#endif /* PACKAGING_AZURE_EXTENSION_PLACE_H */
