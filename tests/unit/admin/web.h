/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/admin/web.h - an admin server on a real loop, and its clients. */
#ifndef TESTS_UNIT_ADMIN_WEB_H
#define TESTS_UNIT_ADMIN_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/admin/admin.h"
#include "tests/unit/admin/viewing.h"

struct web {
	sd_event *event;
	struct clock *clock;
	struct stats *stats;
	struct admin *admin;
	struct webfile *guard;    /* Who lets in whom; NULL: all. */
	bool ready;               /* What the server is told, */
	const char *why;          /* with this, */
	unsigned int slow;        /* after so many milliseconds. */
	enum pages_reload reload; /* What comes of one, */
	unsigned int reloads;     /* and how many there were. */
	struct viewing viewing;   /* What it shows of the agent. */
	int log_fd;               /* Where log lines go. */
	char seen[65536];
	char *answer; /* The last, NUL after it. */
	size_t answer_len;
};

/* More turns of the loop than this in a second or two are a spin. */
#define BUSY_MAX 50u

#define HEALTHY "GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n"
#define HEALTHY_CLOSE \
	"GET /-/healthy HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

/* For cmocka: ${*state} is a web without a server. */
int web_setup(void **state);
int web_teardown(void **state);

/* The same with a server, on a port of this machine. */
int web_setup_served(void **state);

/* Start the server on ${address} with ${clock}, or a real one for NULL. */
void web_start(struct web *web, const char *address, struct clock *clock);

/* All that was logged so far. */
const char *web_log(struct web *web);

/* How often ${text} is in the log. */
unsigned web_logged(struct web *web, const char *text);

/* The port of the address that the log says is served. */
uint16_t web_port(struct web *web);

/* Connect to the server; a non-blocking socket.  ${rcvbuf} bytes unless 0. */
int web_connect(struct web *web, int rcvbuf);

/* Send all of ${text}. */
void web_send(int fd, const char *text);

/* Run the loop for ${ms} milliseconds; return how often it had work. */
unsigned web_run(struct web *web, unsigned ms);

/**
 * web_read(web, fd, until):
 * Run the loop until ${fd} has said ${until}, or for NULL until its end; at
 * most ten seconds.  Return what it said, in web->answer.
 */
const char *web_read(struct web *web, int fd, const char *until);

/* Send ${request} on a connection of its own; return all that comes back. */
const char *web_ask(struct web *web, const char *request);

/* That it answers one who asks whether it is well. */
void web_check_healthy(struct web *web);

#endif /* TESTS_UNIT_ADMIN_WEB_H */
