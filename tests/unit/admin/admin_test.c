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
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin/guests.h"
#include "agent/admin/listen.h"
#include "tests/unit/admin/web.h"

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

static void
the_address_really_bound_is_logged(void **state)
{
	struct web *web = *state;

	web_start(web, "localhost:0", NULL);
	assert_int_equal(web_logged(web, "level=info"), 1);
	assert_int_not_equal(web_port(web), 0);
	web_check_healthy(web);
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
	assert_int_equal(web_logged(web, "set web.listen_address"), 1);
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
	web_check_healthy(web);
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
	web_check_healthy(web);
	assert_true(web_run(web, 200) < 3);
	(void)close(fd);
	web_check_healthy(web);
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
	web_check_healthy(web);
}

static void
what_is_no_http_is_refused(void **state)
{
	struct web *web = *state;

	assert_null(strstr(web_ask(web, "\x16\x03\x01\r\n\r\n"), "200"));
	assert_null(strstr(web_ask(web, "GET\r\n\r\n"), " 200"));
	web_check_healthy(web);
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
	web_check_healthy(web);
	(void)web_run(web, 20);
	assert_true(web_run(web, 100) < 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, web_setup, web_teardown)
#define TEST_SERVED(f) \
	cmocka_unit_test_setup_teardown(f, web_setup_served, web_teardown)

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
