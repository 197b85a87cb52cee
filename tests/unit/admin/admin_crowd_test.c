/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin/guests.h"
#include "agent/admin/listen.h"
#include "tests/unit/admin/web.h"

/* Of those who are not asking, the one who has not for longest goes. */
static void
who_asks_nothing_makes_room(void **state)
{
	struct web *web = *state;
	int held[GUESTS_OF_ADDRESS];
	unsigned i;
	int fd;

	for (i = 0; i < GUESTS_OF_ADDRESS; i++) {
		held[i] = web_connect(web, 0);
		(void)web_run(web, 2);
	}
	web_send(held[0], HEALTHY);
	(void)web_read(web, held[0], "healthy.\n");
	fd = web_connect(web, 0);
	web_send(fd, HEALTHY);
	(void)web_read(web, fd, "healthy.\n");
	(void)web_run(web, 20);
	assert_int_equal(recv(held[0], web->seen, 1, MSG_DONTWAIT), -1);
	assert_int_equal(recv(held[1], web->seen, 1, MSG_DONTWAIT), 0);
	assert_int_equal(recv(held[2], web->seen, 1, MSG_DONTWAIT), -1);
	assert_true(web_run(web, 200) < 5);
	(void)close(fd);
	for (i = 0; i < GUESTS_OF_ADDRESS; i++)
		(void)close(held[i]);
	web_check_healthy(web);
}

/* Connections without end that say nothing, or what is none. */
static void
a_flood_keeps_nobody_out(void **state)
{
	struct web *web = *state;
	int fds[300];
	unsigned i;

	for (i = 0; i < 300; i++) {
		fds[i] = web_connect(web, 0);
		if (i % 3 == 1)
			web_send(fds[i], "GET /metrics HTTP/1.1\r\nX: ");
		else if (i % 3 == 2)
			web_send(fds[i], "\x16\x03\x01 nonsense\r\n\r\n");
		if (i % 30 == 29)
			web_check_healthy(web);
	}
	web_check_healthy(web);
	assert_true(web_run(web, 200) < BUSY_MAX);
	for (i = 0; i < 300; i++)
		(void)close(fds[i]);
	web_check_healthy(web);
}

/* A connection from 127.0.0.${number}. */
static int
connect_from(struct web *web, uint32_t number)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f000000 + number) };
	void *any = &address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, any, sizeof(address)), 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(web_port(web));
	assert_int_equal(connect(fd, any, sizeof(address)), 0);
	return fd;
}

static void
all_addresses_together_have_an_end_as_well(void **state)
{
	struct web *web = *state;
	int held[GUESTS_MAX];
	unsigned i;
	int fd;

	for (i = 0; i < GUESTS_MAX; i++) {
		held[i] = connect_from(web, 2 + i % 2);
		(void)web_run(web, 2);
	}
	fd = connect_from(web, 4);
	web_send(fd, HEALTHY);
	(void)web_read(web, fd, "healthy.\n");
	assert_int_equal(recv(held[0], web->seen, 1, MSG_DONTWAIT), 0);
	assert_int_equal(recv(held[1], web->seen, 1, MSG_DONTWAIT), -1);
	(void)close(fd);
	for (i = 0; i < GUESTS_MAX; i++)
		(void)close(held[i]);
	web_check_healthy(web);
}

/* Who is being answered keeps his place, even if he reads slowly. */
static void
who_is_being_answered_makes_no_room(void **state)
{
	static const struct stat_def def = {
		.name = "a",
		.help = "h",
		.type = STAT_GAUGE,
	};
	struct web *web = *state;
	int held[GUESTS_OF_ADDRESS], reader;
	char value[8000];
	unsigned i;

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (i = 0; i < 300; i++) {
		const char *const labels[] = { "l", value, NULL };

		value[i] = 'y';
		assert_non_null(stats_add(web->stats, &def, labels));
	}
	reader = web_connect(web, 4096);
	web_send(reader,
	    "GET /metrics HTTP/1.1\r\nHost: h\r\n"
	    "Connection: close\r\n\r\n");
	(void)web_run(web, 20);
	for (i = 0; i < GUESTS_OF_ADDRESS; i++) {
		held[i] = web_connect(web, 0);
		(void)web_run(web, 2);
	}
	(void)web_read(web, reader, NULL);
	assert_true(web->answer_len > 300 * (sizeof(value) - 1));
	(void)close(reader);
	for (i = 0; i < GUESTS_OF_ADDRESS; i++)
		(void)close(held[i]);
}

static void
a_crowd_is_served_in_the_end(void **state)
{
	struct web *web = *state;
	int fds[100];
	unsigned i;

	for (i = 0; i < 100; i++) {
		fds[i] = web_connect(web, 0);
		web_send(fds[i], HEALTHY_CLOSE);
		(void)web_run(web, 1);
	}
	for (i = 0; i < 100; i++) {
		(void)web_read(web, fds[i], NULL);
		assert_non_null(strstr(web->answer, "healthy.\n"));
		(void)close(fds[i]);
	}
}

/* Leave no descriptor free; return what the limit was. */
static struct rlimit
use_up_descriptors(int filler[], unsigned *fillers)
{
	struct rlimit old, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 256;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	*fillers = 0;
	while ((filler[*fillers] = dup(STDERR_FILENO)) >= 0)
		++*fillers;
	return old;
}

static void
without_descriptors_it_waits_instead_of_spinning(void **state)
{
	struct web *web = *state;
	struct rlimit old;
	unsigned fillers, i;
	int filler[257];
	int held = web_connect(web, 0);
	int fd;

	(void)web_run(web, 20);
	fd = web_connect(web, 0);
	web_send(fd, HEALTHY);
	old = use_up_descriptors(filler, &fillers);
	assert_true(web_run(web, 1500) < BUSY_MAX);
	for (i = 0; i < fillers; i++)
		(void)close(filler[i]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(web_logged(web, "err=\"Too many open files\""), 1);
	(void)web_read(web, fd, "healthy.\n");
	(void)close(fd);
	(void)close(held);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, web_setup_served, web_teardown)
		TEST(who_asks_nothing_makes_room),
		TEST(a_flood_keeps_nobody_out),
		TEST(all_addresses_together_have_an_end_as_well),
		TEST(who_is_being_answered_makes_no_room),
		TEST(a_crowd_is_served_in_the_end),
		TEST(without_descriptors_it_waits_instead_of_spinning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
