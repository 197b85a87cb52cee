/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/packages.h - the package of walship that the
 * handler brings along, and this system's package manager.
 */
#ifndef PACKAGING_AZURE_EXTENSION_PACKAGES_H
#define PACKAGING_AZURE_EXTENSION_PACKAGES_H

#include <stdbool.h>

#include "packaging/azure/extension/files.h"
#include "packaging/azure/extension/outcome.h"

#define PACKAGES_FOLDER "packages" /* In the handler's directory. */

#define PACKAGES_VERSION_MAX 128u /* Bytes of a version, and its NUL. */

struct packages_manager;

struct packages_found {
	char there[PACKAGES_VERSION_MAX];   /* Of what is; "": nothing. */
	bool whole;                         /* It is not left half way. */
	char carried[PACKAGES_VERSION_MAX]; /* Of the file. */
};

/* That of this system; NULL if none is known. */
const struct packages_manager *packages_manager(void);

/**
 * packages_find(manager, folder, machine, ret, outcome):
 * Store in ${ret} the path of the one package in ${folder} that ${manager}
 * takes on a ${machine}, as uname(2) calls it.  Return -1 if there is none.
 */
int packages_find(const struct packages_manager *manager, const char *folder,
    const char *machine, struct path *ret, struct outcome *outcome);

/**
 * packages_look(manager, file, ret, outcome):
 * Fill ${ret} by what is installed and, unless ${file} is NULL, by what that
 * holds.  Return -1 if ${file} cannot be read.
 */
int packages_look(const struct packages_manager *manager, const char *file,
    struct packages_found *ret, struct outcome *outcome);

/**
 * packages_install(manager, file, found, seconds, outcome):
 * Have ${file} installed, higher or lower than what is there, both of which
 * ${found} says.  Others that keep the manager busy are waited for, all in all
 * for ${seconds}.  Return -1 if it cannot be.
 */
int packages_install(const struct packages_manager *manager, const char *file,
    const struct packages_found *found, unsigned seconds,
    struct outcome *outcome);

/* Have walship removed, but not what it keeps; -1 if that failed. */
int packages_remove(const struct packages_manager *manager, unsigned seconds,
    struct outcome *outcome);

#endif /* PACKAGING_AZURE_EXTENSION_PACKAGES_H */
