/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/http/server.h - a scripted HTTP server on the loopback, with a
 * thread a connection.
 */
#ifndef TESTS_UNIT_HTTP_SERVER_H
#define TESTS_UNIT_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#define SERVER_REQUEST_MAX 4096u /* Bytes of the last request kept. */

enum server_then {
	SERVER_KEEP,    /* Take the next request. */
	SERVER_CLOSE,   /* Close the connection. */
	SERVER_RESET,   /* Reset it. */
	SERVER_STALL,   /* Keep it open and do nothing. */
	SERVER_FLOOD,   /* Send without end, */
	SERVER_TRICKLE, /* or a byte every 20 ms. */
	SERVER_ABORT,   /* Reset it before the request is read, or answered. */
};

/* What a request is answered with. */
struct server_reply {
	const char *text;      /* NULL: nothing. */
	enum server_then then; /* After it. */
	unsigned delay;        /* Milliseconds before it. */
};

struct server;

/**
 * server_start(ip, port, replies, n):
 * Listen on ${ip}, of either family; ${port} 0 is any.  The first request is answered with the
 * first reply, and so on; all after with the last.  ${replies} must outlive
 * the server.  Fails the test if it cannot.
 */
struct server *server_start(const char *ip, uint16_t port,
    const struct server_reply *replies, size_t n);

/* Break off what is under way and free. */
void server_stop(struct server *server);

uint16_t server_port(struct server *server);
unsigned server_accepted(struct server *server); /* Connections so far. */
unsigned server_requests(struct server *server); /* Whole requests so far. */

/* The head and body of the last request. */
void server_last(struct server *server, char text[SERVER_REQUEST_MAX]);

#endif /* TESTS_UNIT_HTTP_SERVER_H */
