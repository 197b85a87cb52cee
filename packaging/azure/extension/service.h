/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/service.h - walship under systemd, and the unit
 * that watches it for the guest agent.
 *
 * The watcher's unit lies in /run, so that nothing starts it at a boot before
 * the agent has enabled the extension again.
 */
#ifndef PACKAGING_AZURE_EXTENSION_SERVICE_H
#define PACKAGING_AZURE_EXTENSION_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "packaging/azure/extension/outcome.h"

#define SERVICE_WATCH "walship-extension.service"
#define SERVICE_UNITS "/run/systemd/system"

/* Start walship at each boot, and now; anew if ${changed}. */
int service_start(bool changed, struct outcome *outcome);

/* Stop it, if it is there at all, and do not start it at a boot. */
int service_stop(struct outcome *outcome);

/**
 * service_watch(root, program, sequence, minutes, outcome):
 * Have ${program} watch walship for the settings ${sequence}, which should
 * bring samples through within ${minutes}.  One that does so goes on.
 */
int service_watch(const char *root, const char *program, uint32_t sequence,
    unsigned minutes, struct outcome *outcome);

/* Nobody is to watch it any more. */
void service_unwatch(const char *root);

#endif /* PACKAGING_AZURE_EXTENSION_SERVICE_H */
