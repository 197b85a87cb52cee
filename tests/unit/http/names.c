/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/unit/http/names.h"

enum { TYPE_A = 1, TYPE_AAAA = 28, HEADER = 12, PACKET_MAX = 512 };

struct names {
	int fd;
	uint16_t port;
	pthread_t thread;
	pthread_mutex_t lock; /* Of what follows. */
	struct names_answer answer;
	unsigned asked;
	bool over; /* To be ended. */
};

/* The bytes of the question after the header, or 0 if it is none. */
static size_t
question_len(const uint8_t *packet, size_t len)
{
	size_t at = HEADER;

	while (at < len && packet[at] != 0)
		at += (size_t)packet[at] + 1;
	return at + 5 <= len ? at + 5 - HEADER : 0;
}

/* Append the address record of a question at the head; return its bytes. */
static size_t
put_record(uint8_t *out, unsigned type, const char *text, uint32_t ttl)
{
	uint8_t head[] = { 0xc0, HEADER, 0, (uint8_t)type, 0, 1,
		(uint8_t)(ttl >> 24), (uint8_t)(ttl >> 16), (uint8_t)(ttl >> 8),
		(uint8_t)ttl, 0, 4 };
	int family = type == TYPE_A ? AF_INET : AF_INET6;

	if (type == TYPE_AAAA)
		head[11] = 16;
	memcpy(out, head, sizeof(head));
	assert_int_equal(inet_pton(family, text, out + sizeof(head)), 1);
	return sizeof(head) + head[11];
}

/* Turn the question into its answer; return its bytes, 0 for none. */
static size_t
reply(struct names *names, uint8_t *packet, size_t len)
{
	struct names_answer answer;
	size_t question = question_len(packet, len);
	unsigned type;
	const char *text;

	if (question == 0)
		return 0;
	type = packet[HEADER + question - 3];
	(void)pthread_mutex_lock(&names->lock);
	answer = names->answer;
	names->asked += type == TYPE_A;
	(void)pthread_mutex_unlock(&names->lock);

	if (answer.mode == NAMES_SILENT ||
	    (answer.mode == NAMES_SILENT_ON_V6 && type == TYPE_AAAA))
		return 0;
	packet[2] = 0x81; /* A response, recursion desired, */
	packet[3] = answer.mode == NAMES_NO_SUCH ? 0x83 : 0x80; /* done. */
	memset(packet + 6, 0, 6);
	len = HEADER + question;
	text = type == TYPE_A ? answer.v4 : answer.v6;
	if (answer.mode == NAMES_NO_SUCH || text == NULL)
		return len;
	packet[7] = 1;
	return len + put_record(packet + len, type, text, answer.ttl);
}

/* Whether names_stop was called. */
static bool
over(struct names *names)
{
	bool result;

	(void)pthread_mutex_lock(&names->lock);
	result = names->over;
	(void)pthread_mutex_unlock(&names->lock);
	return result;
}

/* Looks up from its socket often enough to see when it is over. */
static void *
serve(void *arg)
{
	struct names *names = arg;
	struct sockaddr_in from;
	socklen_t from_len;
	uint8_t packet[2 * PACKET_MAX];
	ssize_t n;
	size_t len;

	while (!over(names)) {
		from_len = sizeof(from);
		n = recvfrom(names->fd, packet, PACKET_MAX, 0,
		    (struct sockaddr *)&from, &from_len);
		if (n < HEADER)
			continue;
		if ((len = reply(names, packet, (size_t)n)) > 0)
			(void)sendto(names->fd, packet, len, 0,
			    (struct sockaddr *)&from, from_len);
	}
	return NULL;
}

struct names *
names_start(const char *ip, uint16_t port, struct names_answer answer)
{
	struct names *names = calloc(1, sizeof(*names));
	struct sockaddr_in address = { .sin_family = AF_INET };
	const struct timeval glance = { .tv_usec = 20000 };
	socklen_t len = sizeof(address);

	assert_non_null(names);
	names->answer = answer;
	assert_int_equal(pthread_mutex_init(&names->lock, NULL), 0);
	address.sin_port = htons(port);
	assert_int_equal(inet_pton(AF_INET, ip, &address.sin_addr), 1);
	names->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(names->fd >= 0);
	assert_int_equal(setsockopt(names->fd, SOL_SOCKET, SO_RCVTIMEO, &glance,
			     sizeof(glance)),
	    0);
	assert_int_equal(bind(names->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(
	    getsockname(names->fd, (struct sockaddr *)&address, &len), 0);
	names->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&names->thread, NULL, serve, names), 0);
	return names;
}

void
names_stop(struct names *names)
{
	(void)pthread_mutex_lock(&names->lock);
	names->over = true;
	(void)pthread_mutex_unlock(&names->lock);
	(void)pthread_join(names->thread, NULL);
	(void)close(names->fd);
	(void)pthread_mutex_destroy(&names->lock);
	free(names);
}

uint16_t
names_port(struct names *names)
{
	return names->port;
}

void
names_set(struct names *names, struct names_answer answer)
{
	(void)pthread_mutex_lock(&names->lock);
	names->answer = answer;
	(void)pthread_mutex_unlock(&names->lock);
}

unsigned
names_asked(struct names *names)
{
	unsigned asked;

	(void)pthread_mutex_lock(&names->lock);
	asked = names->asked;
	(void)pthread_mutex_unlock(&names->lock);
	return asked;
}

void
names_conf(const char *path, const char *ip)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fprintf(file, "nameserver %s\n", ip) > 0);
	assert_int_equal(fclose(file), 0);
}
