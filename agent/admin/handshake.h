/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/handshake.h - libmicrohttpd's TLS, each connection having that of
 * the web configuration that is in force when it comes.
 */
#ifndef AGENT_ADMIN_HANDSHAKE_H
#define AGENT_ADMIN_HANDSHAKE_H

#include <microhttpd.h>
#include <stdbool.h>

#include "agent/admin/webfile.h"

#define HANDSHAKE_OPTIONS 2u /* Of libmicrohttpd. */

/* Whether what is said to who is let in by ${web} is encrypted; NULL: no. */
bool handshake_wanted(const struct webfile *web);

/**
 * handshake_options(web, options):
 * Fill ${options}, for MHD_OPTION_ARRAY, with what a server needs for ${web}.
 * Return the flags to start it with.
 */
unsigned int handshake_options(const struct webfile *web,
    struct MHD_OptionItem options[HANDSHAKE_OPTIONS]);

/**
 * handshake_dress(connection, web):
 * Have the handshake of ${connection}, if there is one, be as ${web} says, which
 * must outlive it.  Return -1 if it cannot be, and is not to be let in.
 */
int handshake_dress(
    struct MHD_Connection *connection, const struct webfile *web);

#endif /* AGENT_ADMIN_HANDSHAKE_H */
