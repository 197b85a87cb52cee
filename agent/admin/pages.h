/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/pages.h - what the admin server answers to each request.
 *
 * Whom web.config_file keeps out is answered nothing but that.  Metrics, health
 * and readiness are for all others; how the agent stands, in full, is for those
 * who have shown who they are, or are on this machine.  A browser on this
 * machine can be led here by a page of somebody else under a name of his; so
 * that much is only for those who name this server by an address, or as
 * localhost, unless they have shown who they are.
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

#include "agent/admin/gate.h"
#include "agent/admin/overview.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"
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
	struct clock *clock;
	struct stats *stats;
	/* Whether ready; appends to ${why} a sentence of how far it is. */
	bool (*ready)(void *arg, struct buf *why);
	/* How the agent stands, valid during the call; NULL: nobody is told. */
	const struct overview *(*overview)(void *arg);
	/* Reload, and append to ${report} what came of it; NULL: never. */
	enum pages_reload (*reload)(void *arg, struct buf *report);
	void *arg;
	bool local; /* Only this machine can connect. */

	const struct webfile *web;   /* Of who asks now; NULL: none. */
	struct passwords *passwords; /* NULL: nobody needs one. */
	struct gate_rate rate;       /* Zeroed at first, and so the next. */
	struct request *waiting;     /* Whose passwords are compared. */
	size_t bodies;               /* Bytes of answers on their way. */
};

/* For libmicrohttpd: its MHD_AccessHandlerCallback; ${arg} is the pages. */
enum MHD_Result pages_answer(void *arg, struct MHD_Connection *connection,
    const char *path, const char *method, const char *version,
    const char *upload, size_t *upload_len, void **state);

/* Likewise its MHD_RequestCompletedCallback. */
void pages_completed(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code);

/**
 * pages_resume(pages):
 * Have those who wait for a password to be compared ask again, when the server
 * runs next.  Before it is stopped nobody may wait.
 */
void pages_resume(struct pages *pages);

#endif /* AGENT_ADMIN_PAGES_H */
