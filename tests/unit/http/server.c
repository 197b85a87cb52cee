/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/http/server.h"

#define CONNECTIONS_MAX 512u

struct connection {
	struct server *server;
	pthread_t thread;
	int fd;
};

struct server {
	int fd;
	uint16_t port;
	const struct server_reply *replies;
	size_t replies_len;
	pthread_t thread;
	pthread_mutex_t lock; /* Of what follows. */
	unsigned requests;
	char last[SERVER_REQUEST_MAX];
	unsigned connections_len;
	struct connection connections[CONNECTIONS_MAX];
};

/* Read a request whole, keeping its beginning; false at the end. */
static bool
read_request(int fd, char text[SERVER_REQUEST_MAX])
{
	const char *end, *length;
	size_t len = 0, want = 0, have = 0;
	char rest[4096];
	ssize_t n;

	do {
		n = read(fd, text + len, SERVER_REQUEST_MAX - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
	} while (end == NULL && len < SERVER_REQUEST_MAX - 1);
	if (end == NULL)
		return false;

	if ((length = strcasestr(text, "\r\nContent-Length:")) != NULL)
		want = strtoul(length + 17, NULL, 10);
	have = len - (size_t)(end + 4 - text);
	for (; have < want; have += (size_t)n) {
		if ((n = read(fd, rest, sizeof(rest))) <= 0)
			return false;
		if ((size_t)n < SERVER_REQUEST_MAX - len) {
			memcpy(text + len, rest, (size_t)n);
			len += (size_t)n;
			text[len] = '\0';
		}
	}
	return true;
}

/* Note the request and return what to answer it with. */
static const struct server_reply *
take(struct server *server, const char *text)
{
	size_t i;

	(void)pthread_mutex_lock(&server->lock);
	i = server->requests++;
	(void)snprintf(server->last, sizeof(server->last), "%s", text);
	(void)pthread_mutex_unlock(&server->lock);
	if (i >= server->replies_len)
		i = server->replies_len - 1;
	return &server->replies[i];
}

static bool
put(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; len -= (size_t)n, data += n)
		if ((n = send(fd, data, len, MSG_NOSIGNAL)) <= 0)
			return false;
	return true;
}

static void
reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* Send without end, ${len} bytes at a time. */
static void
pour(int fd, size_t len, int pause)
{
	char data[8192];
	struct pollfd gone = { .fd = fd, .events = POLLRDHUP };

	memset(data, 'x', sizeof(data));
	while (put(fd, data, len))
		if (pause > 0 && poll(&gone, 1, pause) > 0)
			return;
}

/* Answer one request; true if the connection is to go on. */
static bool
answer(int fd, const struct server_reply *reply)
{
	char byte;

	if (reply->delay > 0)
		(void)poll(NULL, 0, (int)reply->delay);
	if (reply->text != NULL && !put(fd, reply->text, strlen(reply->text)))
		return false;
	switch (reply->then) {
	case SERVER_KEEP:
		return true;
	case SERVER_CLOSE:
	case SERVER_ABORT:
		break;
	case SERVER_RESET:
		reset(fd);
		break;
	case SERVER_STALL:
		while (read(fd, &byte, 1) > 0)
			;
		break;
	case SERVER_FLOOD:
		pour(fd, 8192, 0);
		break;
	case SERVER_TRICKLE:
		pour(fd, 1, 20);
		break;
	}
	return false;
}

static void *
talk(void *arg)
{
	struct connection *connection = arg;
	struct server *server = connection->server;
	char text[SERVER_REQUEST_MAX];
	int fd = connection->fd;

	if (server->replies[0].then == SERVER_ABORT) {
		if (read(fd, text, 1) >= 0)
			reset(fd);
	} else {
		while (read_request(fd, text) && answer(fd, take(server, text)))
			;
	}
	(void)pthread_mutex_lock(&server->lock);
	(void)close(fd);
	connection->fd = -1;
	(void)pthread_mutex_unlock(&server->lock);
	return NULL;
}

static void *
serve(void *arg)
{
	struct server *server = arg;
	struct connection *connection;
	int fd;

	while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
		(void)pthread_mutex_lock(&server->lock);
		if (server->connections_len == CONNECTIONS_MAX)
			abort();
		connection = &server->connections[server->connections_len];
		connection->server = server;
		connection->fd = fd;
		if (pthread_create(
			&connection->thread, NULL, talk, connection) != 0)
			abort();
		server->connections_len++;
		(void)pthread_mutex_unlock(&server->lock);
	}
	return NULL;
}

struct server *
server_start(
    const char *ip, uint16_t port, const struct server_reply *replies, size_t n)
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	socklen_t len = sizeof(address);
	int yes = 1;

	assert_non_null(server);
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		len = sizeof(*v4);
	} else {
		assert_int_equal(
		    inet_pton(AF_INET6, ip, &address.sin6_addr), 1);
	}
	/* The port is in one place in both. */
	address.sin6_port = htons(port);
	server->replies = replies;
	server->replies_len = n;
	assert_int_equal(pthread_mutex_init(&server->lock, NULL), 0);
	server->fd =
	    socket((int)address.sin6_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->fd >= 0);
	(void)setsockopt(
	    server->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->fd, 128), 0);
	assert_int_equal(
	    getsockname(server->fd, (struct sockaddr *)&address, &len), 0);
	server->port = ntohs(address.sin6_port);
	assert_int_equal(
	    pthread_create(&server->thread, NULL, serve, server), 0);
	return server;
}

void
server_stop(struct server *server)
{
	unsigned i;

	if (server == NULL)
		return;
	(void)shutdown(server->fd, SHUT_RDWR);
	(void)pthread_join(server->thread, NULL);
	(void)close(server->fd);
	(void)pthread_mutex_lock(&server->lock);
	for (i = 0; i < server->connections_len; i++)
		if (server->connections[i].fd >= 0)
			(void)shutdown(server->connections[i].fd, SHUT_RDWR);
	(void)pthread_mutex_unlock(&server->lock);
	for (i = 0; i < server->connections_len; i++)
		(void)pthread_join(server->connections[i].thread, NULL);
	(void)pthread_mutex_destroy(&server->lock);
	free(server);
}

uint16_t
server_port(struct server *server)
{
	return server->port;
}

unsigned
server_accepted(struct server *server)
{
	unsigned n;

	(void)pthread_mutex_lock(&server->lock);
	n = server->connections_len;
	(void)pthread_mutex_unlock(&server->lock);
	return n;
}

unsigned
server_requests(struct server *server)
{
	unsigned n;

	(void)pthread_mutex_lock(&server->lock);
	n = server->requests;
	(void)pthread_mutex_unlock(&server->lock);
	return n;
}

void
server_last(struct server *server, char text[SERVER_REQUEST_MAX])
{
	(void)pthread_mutex_lock(&server->lock);
	(void)memcpy(text, server->last, SERVER_REQUEST_MAX);
	(void)pthread_mutex_unlock(&server->lock);
}
