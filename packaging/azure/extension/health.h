/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/health.h - whether samples arrive, as walship
 * itself says: the JSON of "walship status --json".
 */
#ifndef PACKAGING_AZURE_EXTENSION_HEALTH_H
#define PACKAGING_AZURE_EXTENSION_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packaging/azure/extension/outcome.h"
#include "packaging/azure/extension/status.h"

#define HEALTH_MAX (512u << 10) /* Bytes of what it says. */
#define HEALTH_WHY_MAX 1024u    /* Bytes of a reason, and its NUL. */

struct health {
	unsigned receivers;       /* There are; 0: walship cannot be asked. */
	unsigned reached;         /* Have acknowledged samples, and go on to. */
	char why[HEALTH_WHY_MAX]; /* What is wrong with the first that has not;
				     "" if nothing is. */
};

/* What is remembered from one look to the next; zeroed is ready for use. */
struct health_memory {
	uint64_t since; /* Monotonic second at which all was well last. */
	bool reached;   /* It has been. */
};

/* Read the ${len} bytes at ${data}, which may be anything. */
void health_decode(struct health *health, const char *data, size_t len);

/* Ask the walship that is configured by the file ${config}. */
void health_ask(struct health *health, const char *config);

/**
 * health_judge(health, memory, now, minutes, message):
 * What to report at the monotonic second ${now}, with the reason in the
 * STATUS_MESSAGE_MAX bytes at ${message}: samples should arrive, and what
 * stops them should pass, within ${minutes}.
 */
enum status_kind health_judge(const struct health *health,
    struct health_memory *memory, uint64_t now, unsigned minutes,
    char *message);

#endif /* PACKAGING_AZURE_EXTENSION_HEALTH_H */
