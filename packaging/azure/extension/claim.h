/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/claim.h - whose the package of walship is: the
 * operator's, or ours, to be removed with the extension.
 *
 * What is going to be installed is noted before, and what is there after: so
 * a kill between the two leaves nothing behind that nobody removes.  Versions
 * are noted, since the operator may install another, which is then his.
 */
#ifndef PACKAGING_AZURE_EXTENSION_CLAIM_H
#define PACKAGING_AZURE_EXTENSION_CLAIM_H

#include <stdbool.h>

#define CLAIM_NAME "installed" /* Of what is noted: a version a line. */

/**
 * claim_intend(root, there, wanted):
 * The version ${wanted} is going to be installed in place of ${there}, "" if
 * none is: it will be ours, unless ${there} is the operator's.  Return -1 with
 * errno if that cannot be noted below ${root}.
 */
int claim_intend(const char *root, const char *there, const char *wanted);

/* Now the version ${there} is installed, "" if none is; -1 with errno. */
int claim_settle(const char *root, const char *there);

/* Whether the version ${there} is ours. */
bool claim_holds(const char *root, const char *there);

#endif /* PACKAGING_AZURE_EXTENSION_CLAIM_H */
