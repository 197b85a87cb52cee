/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/channel.h - a c-ares channel whose sockets and time-outs are on
 * the loop.
 *
 * The channel follows resolv.conf: when the file has changed, the next
 * question opens a new channel, and what was outstanding on the old one ends
 * with ARES_ECANCELLED.  Names are kept one level up, by resolve.h.
 */
#ifndef AGENT_HTTP_CHANNEL_H
#define AGENT_HTTP_CHANNEL_H

#include <ares.h>
#include <systemd/sd-event.h>

#include "agent/base/clock.h"
#include "agent/http/resolve.h"

/* How often, at most, resolv.conf is looked at. */
#define CHANNEL_LOOK_EVERY CLOCK_SEC

struct channel;

/**
 * channel_new(event, clock, source):
 * Open a channel to the name servers of ${source}, which must outlive it, or,
 * if that is NULL, of this machine.  Return NULL if there is no memory or
 * c-ares fails to start.
 */
struct channel *channel_new(
    sd_event *event, struct clock *clock, const struct resolve_source *source);

/* Close; outstanding questions end first.  Do nothing to NULL. */
void channel_free(struct channel *channel);

/**
 * channel_ask(channel, host, family, done, arg):
 * Ask for the addresses of ${host}, of AF_INET or AF_INET6 or, for
 * AF_UNSPEC, of both, in /etc/hosts and then the name servers.  ${done}
 * is called once, perhaps from within, and must not call the channel.  It
 * frees what it is given.
 */
void channel_ask(struct channel *channel, const char *host, int family,
    ares_addrinfo_callback done, void *arg);

#endif /* AGENT_HTTP_CHANNEL_H */
