/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/state.h - what is remembered outside the handler's
 * directory, and so outlives an update of the handler: a small file a fact.
 */
#ifndef PACKAGING_AZURE_EXTENSION_STATE_H
#define PACKAGING_AZURE_EXTENSION_STATE_H

#include <stdbool.h>

#include "packaging/azure/extension/files.h"

#define STATE_FOLDER "/var/lib/walship-extension"
#define STATE_TEXT_MAX 1024u /* Bytes that one of them holds. */

/* Make the folder below ${root}, for root alone; -1 with errno. */
int state_make_folder(const char *root);

/* Take the folder away, unless something is in it. */
void state_remove_folder(const char *root);

/* Store in ${ret} the path of ${name} below ${root}; -1 with errno. */
int state_path(const char *root, const char *name, struct path *ret);

/* Whether ${name} was noted. */
bool state_has(const char *root, const char *name);

/* Note ${name}, with ${text}; -1 with errno. */
int state_set(const char *root, const char *name, const char *text);

/* ${name} is noted no more. */
void state_clear(const char *root, const char *name);

#endif /* PACKAGING_AZURE_EXTENSION_STATE_H */
