/* SPDX-License-Identifier: Apache-2.0 */
/* agent/admin/listen.h - from "host:port" to a listening socket. */
#ifndef AGENT_ADMIN_LISTEN_H
#define AGENT_ADMIN_LISTEN_H

#include <stdbool.h>

#include "agent/base/buf.h"

/**
 * listen_open(address, why):
 * Listen on ${address}: an IPv4 address, an IPv6 address in brackets,
 * "localhost", which is 127.0.0.1, or nothing, which is every address of the
 * machine; then a colon and a port, of which 0 is any that is free.  Names
 * are not looked up.  Return the descriptor, non-blocking and close-on-exec,
 * which the caller closes; or -1, with the reason appended to ${why}.
 */
int listen_open(const char *address, struct buf *why);

/* Append the address that ${fd} is bound to, in the form above. */
void listen_put_bound(int fd, struct buf *out);

/* Whether only this machine can reach the address that ${fd} is bound to. */
bool listen_is_loopback(int fd);

#endif /* AGENT_ADMIN_LISTEN_H */
