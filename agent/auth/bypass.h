/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/bypass.h - hosts that no proxy is needed for.
 *
 * As NO_PROXY is read by Prometheus: entries with commas between, each
 * perhaps with a port: an address or a network, 10.0.0.0/8; a name, which
 * stands for all below it too; one that begins with a dot or *., for those
 * alone; or * for all.  This machine never needs one.
 */
#ifndef AGENT_AUTH_BYPASS_H
#define AGENT_AUTH_BYPASS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * bypass_holds(list, host, port):
 * Whether ${host}, in small letters and without brackets, is this machine or
 * among those of ${list}, when asked at ${port}.
 */
bool bypass_holds(const char *list, const char *host, uint16_t port);

#endif /* AGENT_AUTH_BYPASS_H */
