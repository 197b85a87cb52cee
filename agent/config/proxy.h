/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/proxy.h - by which proxy requests go.
 *
 * With Prometheus's keys and checks, which stand beside others in a mapping:
 * proxy_url, no_proxy, proxy_from_environment and proxy_connect_header; and
 * with proxy_from_arc.
 */
#ifndef AGENT_CONFIG_PROXY_H
#define AGENT_CONFIG_PROXY_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

#define PROXY_LIST_MAX 65536u /* Bytes of no_proxy. */

/**
 * proxy_url_fault(url):
 * Return what is wrong with ${url} and what to write instead, quoting nothing
 * of it, or NULL if it is that of a proxy: http, https, socks5 or socks5h.
 */
const char *proxy_url_fault(const char *url);

/* A schema_read_fn into the url of a struct config_proxy. */
void proxy_read_url(const struct schema_at *at, void *target);

/* The same of its no_proxy ... */
void proxy_read_list(const struct schema_at *at, void *target);

/* ... and of its headers, into all of it. */
void proxy_read_headers(const struct schema_at *at, void *target);

/* Add a fault if what the mapping at ${at} says of ${proxy} does not fit. */
void proxy_check(const struct schema_at *at, const struct config_proxy *proxy);

/* Wipe and free what ${proxy} holds; it is then zeroed. */
void proxy_release(struct config_proxy *proxy);

#endif /* AGENT_CONFIG_PROXY_H */
