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
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin/guests.h"
#include "agent/admin/listen.h"
#include "tests/unit/admin/web.h"

#define HEALTHY "GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n"
#define HEALTHY_CLOSE \
	"GET /-/healthy HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

/* More turns of the loop than this in a second or two are a spin. */
#define BUSY_MAX 50u

/* A clock with one timer, which stands until it is moved. */
struct still_clock {
	struct clock clock; /* At the head: what callers hold. */
	struct timer timer;
	uint64_t now, at;
	clock_fire_fn *fire;
	void *arg;
};

static int64_t
still_wall(struct clock *clock)
{
	(void)clock;
	return 0;
}

static uint64_t
still_monotonic(struct clock *clock)
{
	return ((struct still_clock *)clock)->now;
}

static struct timer *
still_timer_new(struct clock *clock, clock_fire_fn *fire, void *arg)
{
	struct still_clock *still = (struct still_clock *)clock;

	assert_null(still->fire); /* There is one timer only. */
	still->timer.clock = clock;
	still->at = CLOCK_NEVER;
	still->fire = fire;
	still->arg = arg;
	return &still->timer;
}

static void
still_timer_set(struct timer *timer, uint64_t at)
{
	((struct still_clock *)timer->clock)->at = at;
}

static void
still_timer_free(struct timer *timer)
{
	still_timer_set(timer, CLOCK_NEVER);
}

static struct still_clock
still_clock(void)
{
	return (struct still_clock){ .clock = { still_wall, still_monotonic,
					 still_timer_new, still_timer_set,
					 still_timer_free },
		.now = CLOCK_SEC };
}

/* Move to when the timer is set for, and fire it. */
static void
still_fire(struct still_clock *still)
{
	assert_true(still->at != CLOCK_NEVER);
	still->now = still->at;
	still->at = CLOCK_NEVER;
	still->fire(still->arg);
}

static int
setup_served(void **state)
{
	(void)web_setup(state);
	web_start(*state, "127.0.0.1:0", NULL);
	return 0;
}

static void
check_healthy(struct web *web)
{
	assert_non_null(
	    strstr(web_ask(web, HEALTHY_CLOSE), "walship is healthy.\n"));
}

static void
the_address_really_bound_is_logged(void **state)
{
	struct web *web = *state;

	web_start(web, "localhost:0", NULL);
	assert_int_equal(web_logged(web, "level=info"), 1);
	assert_int_not_equal(web_port(web), 0);
	check_healthy(web);
}

static void
an_address_in_use_is_tried_until_it_is_free(void **state)
{
	struct still_clock still = still_clock();
	struct web *web = *state;
	struct buf address, why;
	unsigned i;
	int fd;

	buf_init(&address, 64);
	buf_init(&why, 64);
	fd = listen_open("127.0.0.1:0", &why);
	assert_true(fd >= 0);
	listen_put_bound(fd, &address);
	web_start(web, buf_text(&address), &still.clock);
	assert_int_equal(web_logged(web, buf_text(&address)), 1);
	assert_int_equal(web_logged(web, "err=\"Address already in use\""), 1);
	assert_int_equal(web_logged(web, "shipping goes on"), 1);
	for (i = 1; i < 12; i++) {
		assert_true(still.at == still.now + ADMIN_RETRY);
		still_fire(&still);
	}
	assert_int_equal(web_logged(web, "level=warn"), 1);
	still_fire(&still); /* A minute has passed: it is said again. */
	assert_int_equal(web_logged(web, "level=warn"), 2);
	(void)close(fd);
	still_fire(&still);
	assert_int_equal(web_logged(web, "msg=\"serving /metrics\""), 1);
	check_healthy(web);
	admin_free(web->admin); /* Before its clock. */
	web->admin = NULL;
	buf_release(&address);
	buf_release(&why);
}

static void
what_is_no_address_is_said_too(void **state)
{
	struct web *web = *state;

	web_start(web, "host.example:1", NULL);
	assert_int_equal(web_logged(web, "not a numeric address"), 1);
	assert_int_equal(web_logged(web, "address=host.example:1"), 1);
	assert_true(web_run(web, 50) < 3);
}

static void
free_ends_connections_and_frees_the_address(void **state)
{
	struct web *web = *state;
	char address[32];
	struct buf why;
	int fd = web_connect(web, 0);
	int again;

	web_send(fd, HEALTHY);
	(void)web_read(web, fd, "healthy.\n");
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", web_port(web));
	admin_free(web->admin);
	web->admin = NULL;
	assert_string_equal(web_read(web, fd, NULL), "");
	buf_init(&why, 64);
	again = listen_open(address, &why);
	assert_true(again >= 0);
	(void)close(again);
	(void)close(fd);
	buf_release(&why);
	admin_free(NULL);
}

static void
an_idle_server_sleeps(void **state)
{
	struct web *web = *state;
	int fd = web_connect(web, 0);

	web_send(fd, HEALTHY);
	(void)web_read(web, fd, "healthy.\n");
	(void)web_run(web, 20);
	assert_true(web_run(web, 200) < 3);
	(void)close(fd);
}

static void
a_request_may_come_byte_by_byte(void **state)
{
	struct web *web = *state;
	int fd = web_connect(web, 0);
	char byte[2] = "";
	size_t i;

	for (i = 0; HEALTHY[i] != '\0'; i++) {
		byte[0] = HEALTHY[i];
		web_send(fd, byte);
		(void)web_run(web, 1);
	}
	(void)web_read(web, fd, "healthy.\n");
	(void)close(fd);
}

static void
a_half_request_holds_up_nobody(void **state)
{
	struct web *web = *state;
	int fd = web_connect(web, 0);

	web_send(fd, "GET /-/healthy HTTP/1.1\r\nHo");
	(void)web_run(web, 20);
	check_healthy(web);
	assert_true(web_run(web, 200) < 3);
	(void)close(fd);
	check_healthy(web);
}

static void
headers_without_end_are_refused(void **state)
{
	struct web *web = *state;
	int fd = web_connect(web, 0);
	char line[1001];
	unsigned i;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	web_send(fd, "GET /-/healthy HTTP/1.1\r\nX: ");
	for (i = 0; i < 40; i++) {
		(void)send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL);
		(void)web_run(web, 1);
	}
	(void)web_read(web, fd, NULL);
	assert_null(strstr(web->answer, "200"));
	(void)close(fd);
	check_healthy(web);
}

static void
what_is_no_http_is_refused(void **state)
{
	struct web *web = *state;

	assert_null(strstr(web_ask(web, "\x16\x03\x01\r\n\r\n"), "200"));
	assert_null(strstr(web_ask(web, "GET\r\n\r\n"), " 200"));
	check_healthy(web);
}

static void
a_client_that_resets_is_forgotten(void **state)
{
	static const struct linger reset = { .l_onoff = 1 };
	struct web *web = *state;
	unsigned i;
	int fd;

	for (i = 0; i < 100; i++) {
		fd = web_connect(web, 0);
		web_send(fd, HEALTHY HEALTHY);
		if (i % 2 == 0)
			(void)web_run(web, 1);
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		(void)close(fd);
	}
	check_healthy(web);
	(void)web_run(web, 20);
	assert_true(web_run(web, 100) < 3);
}

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
	check_healthy(web);
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
			check_healthy(web);
	}
	check_healthy(web);
	assert_true(web_run(web, 200) < BUSY_MAX);
	for (i = 0; i < 300; i++)
		(void)close(fds[i]);
	check_healthy(web);
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
	check_healthy(web);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, web_setup, web_teardown)
#define TEST_SERVED(f) \
	cmocka_unit_test_setup_teardown(f, setup_served, web_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_address_really_bound_is_logged),
		TEST(an_address_in_use_is_tried_until_it_is_free),
		TEST(what_is_no_address_is_said_too),
		TEST_SERVED(free_ends_connections_and_frees_the_address),
		TEST_SERVED(an_idle_server_sleeps),
		TEST_SERVED(a_request_may_come_byte_by_byte),
		TEST_SERVED(a_half_request_holds_up_nobody),
		TEST_SERVED(headers_without_end_are_refused),
		TEST_SERVED(what_is_no_http_is_refused),
		TEST_SERVED(a_client_that_resets_is_forgotten),
		TEST_SERVED(who_asks_nothing_makes_room),
		TEST_SERVED(a_flood_keeps_nobody_out),
		TEST_SERVED(all_addresses_together_have_an_end_as_well),
		TEST_SERVED(who_is_being_answered_makes_no_room),
		TEST_SERVED(a_crowd_is_served_in_the_end),
		TEST_SERVED(without_descriptors_it_waits_instead_of_spinning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
