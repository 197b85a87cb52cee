/* SPDX-License-Identifier: Apache-2.0 */
/* agent/base/host.h - what tells this host from others that are set up alike. */
#ifndef AGENT_BASE_HOST_H
#define AGENT_BASE_HOST_H

#include <stdint.h>

#define HOST_MACHINE_ID "/etc/machine-id"

/**
 * host_number(path):
 * A number of this host's own, the same in each of its lives: made of its name
 * and of what ${path}, its HOST_MACHINE_ID, holds.  Of both, since machines
 * made of one image can have either of them alike.
 */
uint32_t host_number(const char *path);

#endif /* AGENT_BASE_HOST_H */
