/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/pages.h - what the admin server answers to each request.
 *
 * Metrics, health and readiness are for all who can connect; how the agent
 * stands, in full, is for those who are trusted: who are on this machine, or
 * have shown who they are.  A browser on this machine can be led here by a page
 * of somebody else under a name of his; so that much is only for those who name
 * this server by an address, or as localhost.
 *
 * POST or PUT to /-/reload reloads the configuration, if that is allowed.  Any
 * other request but GET and HEAD is refused before its body is read.  The
 * bytes of answers that wait for slow readers have a ceiling; beyond it, 503.
 */
#ifndef AGENT_ADMIN_PAGES_H
#define AGENT_ADMIN_PAGES_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/admin/overview.h"
#include "agent/base/buf.h"
#include "agent/base/stats.h"

#define PAGES_BODY_MAX (4u << 20)    /* Bytes of one answer. */
#define PAGES_BODIES_MAX (16u << 20) /* Bytes of all that are on their way. */

/* What came of a reload. */
enum pages_reload {
	PAGES_RELOADED,
	PAGES_RELOAD_FAILED,
	PAGES_RELOAD_OFF, /* It is not allowed here: nothing was done. */
};

struct pages {
	struct stats *stats;
	/* Whether ready; appends to ${why} a sentence of how far it is. */
	bool (*ready)(void *arg, struct buf *why);
	/* How the agent stands, valid during the call; NULL: nobody is told. */
	const struct overview *(*overview)(void *arg);
	/* Reload, and append to ${report} what came of it; NULL: never. */
	enum pages_reload (*reload)(void *arg, struct buf *report);
	void *arg;
	bool trusted;  /* Whoever can connect may see all of it. */
	size_t bodies; /* Bytes of answers on their way; zero at first. */
};

/* For libmicrohttpd: its MHD_AccessHandlerCallback; ${arg} is the pages. */
enum MHD_Result pages_answer(void *arg, struct MHD_Connection *connection,
    const char *path, const char *method, const char *version,
    const char *upload, size_t *upload_len, void **state);

/* Likewise its MHD_RequestCompletedCallback. */
void pages_completed(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code);

#endif /* AGENT_ADMIN_PAGES_H */
