/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/sequence.h - which settings are meant: the agent
 * numbers them, and they lie in configFolder as NUMBER.settings.
 */
#ifndef PACKAGING_AZURE_EXTENSION_SEQUENCE_H
#define PACKAGING_AZURE_EXTENSION_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#define SEQUENCE_SUFFIX ".settings"
#define SEQUENCE_APPLIED "mrseq" /* In the handler's directory. */

/* Read ${text}, digits alone, as a number; whether it is one. */
bool sequence_read(const char *text, uint32_t *ret);

/**
 * sequence_find(config_folder, given, ret):
 * Store in ${ret} the number of the settings that are meant: ${given}, if that
 * is a number, else that of the file that was changed last.  Return false if
 * there is neither.
 */
bool sequence_find(const char *config_folder, const char *given, uint32_t *ret);

/* Whether the settings ${number} have been applied by who lives there. */
bool sequence_is_applied(const char *directory, uint32_t number);

/* Note that they have been; -1 with errno. */
int sequence_applied(const char *directory, uint32_t number);

#endif /* PACKAGING_AZURE_EXTENSION_SEQUENCE_H */
