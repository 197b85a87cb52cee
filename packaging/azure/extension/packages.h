/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/packages.h - the package of walship that the
 * handler brings along, and this system's package manager.
 */
#ifndef PACKAGING_AZURE_EXTENSION_PACKAGES_H
#define PACKAGING_AZURE_EXTENSION_PACKAGES_H

#include "packaging/azure/extension/files.h"
#include "packaging/azure/extension/outcome.h"

#define PACKAGES_FOLDER "packages" /* In the handler's directory. */

struct packages_manager;

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
 * packages_install(manager, file, seconds, outcome):
 * Have ${file} installed, higher or lower than what is there; nothing is done
 * if it is.  Others that keep the manager busy are waited for, all in all for
 * ${seconds}.  Return 1 if it was not there before at all, 0 if so, or -1.
 */
int packages_install(const struct packages_manager *manager, const char *file,
    unsigned seconds, struct outcome *outcome);

/* Have walship removed, but not what it keeps; -1 if that failed. */
int packages_remove(const struct packages_manager *manager, unsigned seconds,
    struct outcome *outcome);

#endif /* PACKAGING_AZURE_EXTENSION_PACKAGES_H */
