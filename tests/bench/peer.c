/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer PORT [TARGET_SERIES]: the other end of a sender that is measured.
 *
 * On the loopback address, over HTTP/1.1 connections that are kept open:
 *
 *   POST /write/D  a remote write request, counted for the digit D; its
 *                  samples too if the query is "samples", for which it is
 *                  uncompressed
 *   GET /stats/D   what was counted: requests, bytes of bodies, samples, and
 *                  when the first of these was there, in seconds of 1970
 *   GET /page/N    the page of scrape target N: TARGET_SERIES series (1000)
 *                  as walgen's, with new values every time
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wal/bytes.h"

#define REQUEST_MAX (64u << 20) /* Bytes, with its head. */
#define READ_SIZE (1u << 20)    /* Bytes that there is always room for. */
#define EVENTS 64
#define LINE_ROOM 512u /* Bytes of a line of a page, at most. */

/* All fields of these messages are bytes with their length. */
#define TAG_TIME_SERIES 0x0au /* Of a WriteRequest. */
#define TAG_SAMPLE 0x12u      /* Of a TimeSeries. */

struct figures {
	uint64_t requests, bytes, samples;
	double first;
};

struct connection {
	int fd;
	char *data; /* Of the request being read, and a zero after it. */
	size_t len, cap;
	size_t scanned; /* Of it, in search of the end of the head. */
};

struct request {
	char path[64];
	size_t head, body; /* Their lengths. */
};

static struct figures senders[10];
static unsigned int target_series = 1000;

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Room for ${more} bytes and a zero. */
static void
reserve(struct connection *connection, size_t more)
{
	size_t cap = connection->len + more + 1;

	if (cap <= connection->cap)
		return;
	if ((connection->data = realloc(connection->data, cap)) == NULL)
		fail("realloc");
	connection->cap = cap;
}

static void
send_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n)
		if ((n = send(fd, data, len, MSG_NOSIGNAL)) <= 0)
			return; /* The next read tells that it is gone. */
}

static void
answer(int fd, const char *type, const char *body, size_t len)
{
	char head[200];
	int n = snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    type, len);

	send_all(fd, head, (size_t)n);
	send_all(fd, body, len);
}

/* How many samples the time series in ${text} has. */
static uint64_t
samples_of(struct wal_text text)
{
	struct wal_bytes bytes = { .at = (const uint8_t *)text.data,
		.end = (const uint8_t *)text.data + text.len };
	uint64_t count = 0, tag;

	while (wal_bytes_left(&bytes) > 0) {
		tag = wal_bytes_uvarint(&bytes);
		(void)wal_bytes_text(&bytes);
		count += tag == TAG_SAMPLE && !bytes.bad;
	}
	return count;
}

/* How many samples are in the compressed request ${body}. */
static uint64_t
count_samples(const char *body, size_t len)
{
	static char plain[REQUEST_MAX];
	size_t plain_len = sizeof(plain);
	struct wal_bytes bytes = { .at = (const uint8_t *)plain };
	struct wal_text text;
	uint64_t count = 0, tag;

	if (snappy_uncompress(body, len, plain, &plain_len) != SNAPPY_OK) {
		(void)fputs("peer: a body that is no snappy block\n", stderr);
		return 0;
	}
	bytes.end = bytes.at + plain_len;
	while (wal_bytes_left(&bytes) > 0) {
		tag = wal_bytes_uvarint(&bytes);
		text = wal_bytes_text(&bytes);
		if (tag == TAG_TIME_SERIES)
			count += samples_of(text);
	}
	return count;
}

static void
take_write(
    int fd, unsigned int digit, const struct request *request, const char *body)
{
	struct figures *figures = &senders[digit];
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	figures->requests++;
	figures->bytes += request->body;
	if (strstr(request->path, "?samples") != NULL)
		figures->samples += count_samples(body, request->body);
	if (figures->first == 0 && figures->samples > 0)
		figures->first = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	answer(fd, "text/plain", "", 0);
}

static void
show_stats(int fd, unsigned int digit)
{
	const struct figures *figures = &senders[digit];
	char text[200];
	int n = snprintf(text, sizeof(text),
	    "%" PRIu64 " %" PRIu64 " %" PRIu64 " %.3f\n", figures->requests,
	    figures->bytes, figures->samples, figures->first);

	answer(fd, "text/plain", text, (size_t)n);
}

/* The series of a target, labelled as walgen's are. */
static void
show_page(int fd, unsigned int target)
{
	static unsigned int round;
	char *page = malloc((size_t)target_series * LINE_ROOM), *at = page;
	unsigned int i, series;

	if (page == NULL)
		fail("malloc");
	round++;
	for (i = 0; i < target_series; i++) {
		series = target * target_series + i;
		at += snprintf(at, LINE_ROOM,
		    "node_network_receive_bytes_total_%u{"
		    "cluster=\"production-1\",cpu=\"%u\",device=\"eth%u\","
		    "instance=\"host-%u.example.com:9100\","
		    "job=\"node-exporter-%u\",mode=\"mode-%u\","
		    "region=\"westeurope-%u\",zone=\"zone-%u\"} %.17g\n",
		    series % 500, series % 64, series / 500 % 100, target,
		    target % 10, series % 8, target % 3, target % 3,
		    series % 3 == 0       ? series * 10.0 + round * 17.0
			: series % 3 == 1 ? (series ^ round * 7919) / 7.0
					  : 1.0);
	}
	answer(fd, "text/plain; version=0.0.4", page, (size_t)(at - page));
	free(page);
}

static void
serve(int fd, const struct request *request, const char *body)
{
	const char *path = request->path;
	unsigned int number;

	if (sscanf(path, "/page/%u", &number) == 1)
		show_page(fd, number);
	else if (sscanf(path, "/stats/%1u", &number) == 1)
		show_stats(fd, number);
	else if (sscanf(path, "/write/%1u", &number) == 1)
		take_write(fd, number, request, body);
	else
		answer(fd, "text/plain", "", 0);
}

/*
 * Whether a whole request is there, which is then told in ${ret}; -1: what is
 * there is none.
 */
static int
parse(struct connection *connection, struct request *ret)
{
	char *end, *line, *data = connection->data;
	const char *length = NULL;

	data[connection->len] = '\0';
	if ((end = strstr(data + connection->scanned, "\r\n\r\n")) == NULL) {
		connection->scanned =
		    connection->len < 3 ? 0 : connection->len - 3;
		return 0;
	}
	connection->scanned = (size_t)(end - data);
	if (sscanf(data, "%*7s %63s", ret->path) != 1)
		return -1;
	for (line = strstr(data, "\r\n"); line < end;
	     line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, "content-length:", 15) == 0)
			length = line + 17;
	ret->head = connection->scanned + 4;
	ret->body = length != NULL ? strtoul(length, NULL, 10) : 0;
	if (ret->body > REQUEST_MAX)
		return -1;
	return connection->len >= ret->head + ret->body;
}

/* Read what there is and answer it; return -1 if the connection is over. */
static int
go_on(struct connection *connection)
{
	struct request request;
	ssize_t n;
	int whole;

	reserve(connection, READ_SIZE);
	n = recv(connection->fd, connection->data + connection->len,
	    connection->cap - connection->len - 1, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	connection->len += (size_t)n;
	while ((whole = parse(connection, &request)) == 1) {
		serve(
		    connection->fd, &request, connection->data + request.head);
		connection->len -= request.head + request.body;
		memmove(connection->data,
		    connection->data + request.head + request.body,
		    connection->len);
		connection->scanned = 0;
	}
	return whole;
}

static void
watch(int epoll, int fd, struct connection *connection)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.ptr = connection,
	};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		fail("epoll_ctl");
}

static void
welcome(int epoll, int listener)
{
	struct connection *connection;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if ((connection = calloc(1, sizeof(*connection))) == NULL)
		fail("calloc");
	connection->fd = fd;
	watch(epoll, fd, connection);
}

static void
part(struct connection *connection)
{
	(void)close(connection->fd);
	free(connection->data);
	free(connection);
}

static int
listen_on(unsigned int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, SOMAXCONN) != 0)
		fail("listen");
	return fd;
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	int i, n, epoll = epoll_create1(EPOLL_CLOEXEC), listener;

	if (argc < 2) {
		(void)fputs("usage: peer PORT [TARGET_SERIES]\n", stderr);
		return 2;
	}
	if (argc > 2)
		target_series = (unsigned int)strtoul(argv[2], NULL, 10);
	listener = listen_on((unsigned int)strtoul(argv[1], NULL, 10));
	watch(epoll, listener, NULL);
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < n; i++)
			if (events[i].data.ptr == NULL)
				welcome(epoll, listener);
			else if (go_on(events[i].data.ptr) != 0)
				part(events[i].data.ptr);
	}
}
