/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/outcome.h - how a command of the handler ended.
 *
 * The guest agent shows the exit status and the last words to the operator, so
 * that both say what is to be done.  Nothing secret is put here.
 */
#ifndef PACKAGING_AZURE_EXTENSION_OUTCOME_H
#define PACKAGING_AZURE_EXTENSION_OUTCOME_H

#define OUTCOME_MAX 1024u /* Bytes of a message, its NUL included. */

/* Exit statuses; those above 50 are Azure's own for extensions. */
enum {
	OUTCOME_OK = 0,
	OUTCOME_FAILED = 1,
	OUTCOME_UNSUPPORTED = 51, /* No package for this system. */
	OUTCOME_LACKING = 52,     /* A dependency, or room on the disk. */
	OUTCOME_SETTINGS = 53,    /* Missing, or not to be used. */
	OUTCOME_LOCKED = 56,      /* Others keep the package manager busy. */
};

struct outcome {
	int code;
	char message[OUTCOME_MAX];
};

/* Note why it failed, with exit status ${code}; always -1. */
int outcome_fail(struct outcome *outcome, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* PACKAGING_AZURE_EXTENSION_OUTCOME_H */
