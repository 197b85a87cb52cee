/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/watch.h - what becomes of walship once it was
 * enabled, told to the guest agent for as long as it is.
 */
#ifndef PACKAGING_AZURE_EXTENSION_WATCH_H
#define PACKAGING_AZURE_EXTENSION_WATCH_H

#include <stdint.h>
#include <time.h>

#include "packaging/azure/extension/handler.h"
#include "packaging/azure/extension/health.h"

#define WATCH_FIRST 5u  /* Seconds between looks, while samples may arrive. */
#define WATCH_LATER 60u /* The same once they have, or should have. */

struct watch {
	struct handler *handler;
	uint32_t sequence; /* Of the settings that were applied. */
	unsigned minutes;  /* In which samples should arrive. */
	time_t applied;
	struct health_memory memory;
	enum status_kind kind; /* What was told last, and the words. */
	char message[STATUS_MESSAGE_MAX];
};

/* Watch from now on for the settings ${sequence}, as health_judge does. */
void watch_init(struct watch *watch, struct handler *handler, uint32_t sequence,
    unsigned minutes);

/**
 * watch_look(watch, now):
 * Ask walship at the second ${now} of a clock that never goes back, and write
 * status and heartbeat.  Return in how many seconds to look again.
 */
unsigned watch_look(struct watch *watch, uint64_t now);

/* Look again and again, until the process is ended. */
void watch_run(struct watch *watch) __attribute__((noreturn));

#endif /* PACKAGING_AZURE_EXTENSION_WATCH_H */
