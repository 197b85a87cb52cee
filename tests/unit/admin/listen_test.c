/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin/listen.h"

static struct buf text;

static int
setup(void **state)
{
	(void)state;
	buf_init(&text, 256);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&text);
	return 0;
}

/* Listen on ${address}; its port, and in ${text} what it is bound to. */
static int
open_at(const char *address, unsigned *ret_port)
{
	int fd;

	buf_reset(&text);
	fd = listen_open(address, &text);
	if (fd == -1)
		return -1;
	assert_int_equal(text.len, 0);
	listen_put_bound(fd, &text);
	*ret_port = (unsigned)atoi(strrchr(buf_text(&text), ':') + 1);
	assert_in_range(*ret_port, 1, 65535);
	return fd;
}

/* Check that ${address}, with port 0, is bound to what begins so. */
static void
check_bound(const char *address, const char *start)
{
	unsigned port;
	int fd = open_at(address, &port);

	assert_true(fd >= 0);
	assert_memory_equal(buf_text(&text), start, strlen(start));
	(void)close(fd);
}

static void
an_address_and_a_port_are_listened_on(void **state)
{
	(void)state;
	check_bound("127.0.0.1:0", "127.0.0.1:");
	check_bound("0.0.0.0:0", "0.0.0.0:");
}

static void
localhost_is_the_ipv4_loopback(void **state)
{
	(void)state;
	check_bound("localhost:0", "127.0.0.1:");
}

/* Whether this machine lets a socket be bound to ::1. */
static bool
has_ipv6(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	void *address = &to;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool has = fd >= 0 && bind(fd, address, sizeof(to)) == 0;

	if (fd >= 0)
		(void)close(fd);
	return has;
}

static void
an_ipv6_address_comes_in_brackets(void **state)
{
	(void)state;
	if (!has_ipv6())
		skip();
	check_bound("[::1]:0", "[::1]:");
}

static void
no_host_is_every_address(void **state)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	void *address = &to;
	unsigned port;
	int fd = open_at(":0", &port);
	int client = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_true(fd >= 0 && client >= 0);
	to.sin_port = htons((uint16_t)port);
	assert_int_equal(connect(client, address, sizeof(to)), 0);
	(void)close(client);
	(void)close(fd);
}

static void
the_socket_neither_blocks_nor_is_inherited(void **state)
{
	unsigned port;
	int fd = open_at("127.0.0.1:0", &port);

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
}

/* The descriptor that would be opened next. */
static int
next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)close(fd);
	return fd;
}

static void
an_address_in_use_is_refused_with_the_reason(void **state)
{
	char address[32];
	unsigned port, again;
	int fd = open_at("127.0.0.1:0", &port);
	int next = next_fd();

	(void)state;
	assert_true(fd >= 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	assert_int_equal(open_at(address, &again), -1);
	assert_string_equal(buf_text(&text), "Address already in use");
	assert_int_equal(next_fd(), next);
	(void)close(fd);
	fd = open_at(address, &again);
	assert_true(fd >= 0);
	assert_int_equal(again, port);
	(void)close(fd);
}

static void
what_is_no_address_is_refused_with_the_reason(void **state)
{
	static const char *const cases[][2] = {
		{ "", "no port" },
		{ "127.0.0.1", "no port" },
		{ "127.0.0.1:", "no port" },
		{ "127.0.0.1:65536", "no port" },
		{ "127.0.0.1:99999", "no port" },
		{ "127.0.0.1:4294967297", "no port" },
		{ "127.0.0.1:+1", "no port" },
		{ "127.0.0.1: 1", "no port" },
		{ "127.0.0.1:http", "no port" },
		{ "::1:0", "brackets" },
		{ "[::1]", "no port" },
		{ "[::1:0", "brackets" },
		{ "[127.0.0.1]:0", "no IPv6 address" },
		{ "[]:0", "no IPv6 address" },
		{ "host.example:0", "not a numeric address" },
		{ "localhostess:0", "not a numeric address" },
		{ "LOCALHOST:0", "not a numeric address" },
		{ "[::g]:0", "not a numeric address" },
		{ "1111111111111111111111111111111111111111111111111111111111"
		  "111111111111111111111111111111111111111111111111111111:0",
		    "too long" },
		{ "192.0.2.1:0", "Cannot assign requested address" },
	};
	unsigned port;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(open_at(cases[i][0], &port), -1);
		if (strstr(buf_text(&text), cases[i][1]) == NULL)
			fail_msg("%s: %s", cases[i][0], buf_text(&text));
	}
}

static void
what_cannot_be_named_is_shown_as_a_question_mark(void **state)
{
	(void)state;
	listen_put_bound(-1, &text);
	assert_string_equal(buf_text(&text), "?");
}

static void
loopback_is_what_only_this_machine_reaches(void **state)
{
	static const struct {
		const char *address;
		bool loopback;
	} cases[] = {
		{ "127.0.0.1:0", true },
		{ "127.3.2.1:0", true },
		{ "localhost:0", true },
		{ "[::1]:0", true },
		{ "0.0.0.0:0", false },
		{ "[::]:0", false },
		{ ":0", false },
	};
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if ((fd = listen_open(cases[i].address, &text)) == -1)
			continue; /* There is no IPv6 here. */
		assert_int_equal(listen_is_loopback(fd), cases[i].loopback);
		(void)close(fd);
	}
	assert_false(listen_is_loopback(-1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_and_a_port_are_listened_on),
		TEST(localhost_is_the_ipv4_loopback),
		TEST(an_ipv6_address_comes_in_brackets),
		TEST(no_host_is_every_address),
		TEST(the_socket_neither_blocks_nor_is_inherited),
		TEST(an_address_in_use_is_refused_with_the_reason),
		TEST(what_is_no_address_is_refused_with_the_reason),
		TEST(what_cannot_be_named_is_shown_as_a_question_mark),
		TEST(loopback_is_what_only_this_machine_reaches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
