/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/arc_proxy.h - the proxy that Azure Arc's agent goes by.
 *
 * "azcmagent config set proxy.url" keeps it in a file, as JSON, and so are the
 * services that "proxy.bypass" names kept, which the agent reaches without it:
 * AAD is Entra, AMA what takes in data.  The file is read anew when it has
 * changed.
 */
#ifndef AGENT_AUTH_ARC_PROXY_H
#define AGENT_AUTH_ARC_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/auth/file.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/stamp.h"

#define ARC_PROXY_PATH "/var/opt/azcmagent/localconfig.json"
#define ARC_PROXY_FILE_MAX 65536       /* Bytes of it. */
#define ARC_PROXY_LOOK_EVERY CLOCK_SEC /* How often, at most. */

struct arc_proxy {
	const char *path;
	struct stamp stamp; /* Of the file, when it was read. */
	bool looked;        /* Whether it ever was, ... */
	uint64_t next;      /* ... and until when it is not; monotonic. */
	char *url;          /* NULL: none.  Secret. */
	struct buf bypass;  /* Hosts that need none; see bypass.h. */
	char error[FILE_ERROR_MAX]; /* Why that is not known; "". */
};

/* To be released; ${path}, ARC_PROXY_PATH but for tests, must outlive it. */
void arc_proxy_init(struct arc_proxy *proxy, const char *path);

/**
 * arc_proxy_look(proxy, now):
 * Have url and bypass be as the file has them at ${now}, monotonic
 * microseconds: none, if there is no file.  Return why it cannot be told, and
 * what to do, or NULL.
 */
const char *arc_proxy_look(struct arc_proxy *proxy, uint64_t now);

/**
 * arc_proxy_take(proxy, text, len):
 * Take what the ${len} bytes at ${text} say, as the file does, after nothing;
 * return as arc_proxy_look does.
 */
const char *arc_proxy_take(
    struct arc_proxy *proxy, const char *text, size_t len);

/* Wipe and free what it holds. */
void arc_proxy_release(struct arc_proxy *proxy);

#endif /* AGENT_AUTH_ARC_PROXY_H */
