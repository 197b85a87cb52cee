/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/watch.h - what becomes of walship once it was
 * enabled, told to the guest agent for as long as it is.
 */
#ifndef PACKAGING_AZURE_EXTENSION_WATCH_H
#define PACKAGING_AZURE_EXTENSION_WATCH_H

#include <stdint.h>

#include "packaging/azure/extension/handler.h"

#define WATCH_FIRST 5u  /* Seconds between looks, until samples arrive. */
#define WATCH_LATER 60u /* The same from then on. */

/**
 * watch(handler, sequence, minutes):
 * Write status and heartbeat for the settings ${sequence} again and again, by
 * what health_judge says of ${minutes}, until SIGTERM.  Return the exit status.
 */
int watch(struct handler *handler, uint32_t sequence, unsigned minutes);

#endif /* PACKAGING_AZURE_EXTENSION_WATCH_H */
