/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/control.h - the socket by which walship's commands ask the agent.
 *
 * A Unix stream socket, "control" in the state directory, for its owner alone.
 * A client sends one line, a command; the answer is a line, "ok" or "failed",
 * then text for a person, up to the end.  Clients are served by the loop, at
 * most CONTROL_CLIENTS_MAX at a time, each for CONTROL_TIME, so that one that
 * says nothing, or too much, or never reads, is no burden.
 */
#ifndef AGENT_ADMIN_CONTROL_H
#define AGENT_ADMIN_CONTROL_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"

#define CONTROL_NAME "control"         /* In the state directory. */
#define CONTROL_CLIENTS_MAX 8u         /* Others wait to be accepted. */
#define CONTROL_LINE_MAX 256u          /* Bytes of a command. */
#define CONTROL_TEXT_MAX (512u << 10)  /* Bytes of an answer's text. */
#define CONTROL_TIME (10 * CLOCK_SEC)  /* From being accepted to the end. */
#define CONTROL_RETRY (10 * CLOCK_SEC) /* Between tries to make the socket. */

#define CONTROL_OK "ok"
#define CONTROL_FAILED "failed"

struct control;

struct control_options {
	const char *state_dir; /* Locked by us; copied. */
	/* Do as ${command} says, append to ${answer}; whether it was done. */
	bool (*command)(void *arg, const char *command, struct buf *answer);
	void *arg;
};

/**
 * control_new(event, clock, options):
 * Serve on ${event}.  A socket that cannot be made is logged, and tried again.
 * Return NULL if there is no memory.
 */
struct control *control_new(sd_event *event, struct clock *clock,
    const struct control_options *options);

/* Remove the socket and leave all clients.  Do nothing to NULL. */
void control_free(struct control *control);

/**
 * control_connect(state_dir):
 * For a command: a socket, which blocks, to the agent that uses ${state_dir}.
 * Return -1, with errno, if there is none.
 */
int control_connect(const char *state_dir);

#endif /* AGENT_ADMIN_CONTROL_H */
