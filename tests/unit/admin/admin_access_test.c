/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/admin/web.h"

/* alice, whose password is "correct horse"; and the same, but slower. */
#define QUICK \
	"basic_auth_users: {alice: " \
	"$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e}\n"
#define SLOW \
	"basic_auth_users: {alice: " \
	"$2b$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu}\n"

#define GET "GET /-/healthy HTTP/1.1\r\nHost: h\r\n"
#define RIGHT "Authorization: Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==\r\n"
#define WRONG "Authorization: Basic YWxpY2U6d3Jvbmc=\r\n"
#define CLOSE "Connection: close\r\n\r\n"
#define BODY "Content-Length: 5\r\n\r\nabcde"

static struct webfile *
parse(const char *text)
{
	struct webfile *web;
	struct buf faults;

	buf_init(&faults, 1u << 16);
	web = webfile_parse("w", text, strlen(text), NULL, &faults);
	if (web == NULL)
		fail_msg("%s", buf_text(&faults));
	buf_release(&faults);
	return web;
}

/* Start the server by ${text}. */
static void
begin(struct web *web, const char *text)
{
	web->guard = parse(text);
	web_start(web, "127.0.0.1:0", NULL);
}

/* Have ${text} be what says who is let in. */
static void
use(struct web *web, const char *text)
{
	struct webfile *now = parse(text);

	admin_use(web->admin, now);
	webfile_free(now);
	(void)web_run(web, 50);
}

/* Check that ${request} is answered ${status}. */
static void
expect(struct web *web, const char *request, int status)
{
	char want[16];

	(void)web_ask(web, request);
	(void)snprintf(want, sizeof(want), "HTTP/1.1 %d ", status);
	if (strncmp(web->answer, want, strlen(want)) != 0)
		fail_msg("not %d: %s", status, web->answer);
}

static void
who_has_the_password_is_answered(void **state)
{
	struct web *web = *state;

	begin(web, QUICK);
	expect(web, GET RIGHT CLOSE, 200);
	expect(web, GET RIGHT CLOSE, 200);
	expect(web, GET WRONG CLOSE, 401);
	assert_non_null(strstr(
	    web->answer, "WWW-Authenticate: Basic realm=\"walship\"\r\n"));
	expect(web, GET CLOSE, 401);
}

static void
what_would_change_something_waits_for_the_password_too(void **state)
{
	struct web *web = *state;

	begin(web, QUICK);
	expect(web, "POST /-/reload HTTP/1.1\r\nHost: h\r\n" WRONG BODY, 401);
	assert_int_equal(web->reloads, 0);
	expect(web, "POST /-/reload HTTP/1.1\r\nHost: h\r\n" RIGHT BODY, 200);
	assert_int_equal(web->reloads, 1);
}

static void
who_goes_while_he_waits_leaves_nothing_behind(void **state)
{
	struct web *web = *state;
	int fd, i;

	begin(web, SLOW);
	for (i = 0; i < 3; i++) {
		fd = web_connect(web, 0);
		web_send(fd, GET RIGHT CLOSE);
		(void)web_run(web, 5);
		(void)close(fd);
	}
	expect(web, GET RIGHT CLOSE, 200);
}

static void
the_server_can_end_while_somebody_waits(void **state)
{
	struct web *web = *state;
	int fd;

	begin(web, SLOW);
	fd = web_connect(web, 0);
	web_send(fd, GET RIGHT CLOSE);
	(void)web_run(web, 5);
	admin_free(web->admin);
	web->admin = NULL;
	(void)close(fd);
}

static void
users_can_come_and_go(void **state)
{
	struct web *web = *state;
	int fd;

	begin(web, "{}");
	fd = web_connect(web, 0);
	web_send(fd, GET "\r\n");
	(void)web_read(web, fd, "healthy.\n");
	use(web, QUICK);
	/* Who was let in as others no longer are is to come again. */
	assert_string_equal(web_read(web, fd, NULL), "");
	(void)close(fd);
	expect(web, GET CLOSE, 401);
	expect(web, GET RIGHT CLOSE, 200);
	use(web, "{}");
	expect(web, GET CLOSE, 200);
}

static void
headers_are_in_every_answer(void **state)
{
	struct web *web = *state;

	begin(web,
	    QUICK "http_server_config: {headers: "
		  "{X-Frame-Options: sameorigin}}\n");
	expect(web, GET CLOSE, 401);
	assert_non_null(
	    strstr(web->answer, "\r\nX-Frame-Options: sameorigin\r\n"));
	assert_null(strstr(web->answer, "DENY"));
	expect(web, GET RIGHT CLOSE, 200);
	assert_non_null(
	    strstr(web->answer, "\r\nX-Frame-Options: sameorigin\r\n"));
}

static void
more_than_the_rate_are_turned_away(void **state)
{
	struct web *web = *state;

	begin(web, "rate_limit: {interval: 1h, burst: 2}\n");
	expect(web, GET CLOSE, 200);
	expect(web, GET CLOSE, 200);
	expect(web, GET CLOSE, 429);
}

static void
only_who_has_shown_who_he_is_may_use_any_name(void **state)
{
	struct web *web = *state;

	begin(web, QUICK);
	expect(web,
	    "GET /api/v1/status HTTP/1.1\r\nHost: vm1.example\r\n" RIGHT CLOSE,
	    200);
	use(web, "{}");
	expect(web,
	    "GET /api/v1/status HTTP/1.1\r\nHost: vm1.example\r\n" CLOSE, 403);
}

int
main(void)
{
#define ON_A_LOOP(test_) \
	cmocka_unit_test_setup_teardown(test_, web_setup, web_teardown)
	static const struct CMUnitTest tests[] = {
		ON_A_LOOP(who_has_the_password_is_answered),
		ON_A_LOOP(
		    what_would_change_something_waits_for_the_password_too),
		ON_A_LOOP(who_goes_while_he_waits_leaves_nothing_behind),
		ON_A_LOOP(the_server_can_end_while_somebody_waits),
		ON_A_LOOP(users_can_come_and_go),
		ON_A_LOOP(headers_are_in_every_answer),
		ON_A_LOOP(more_than_the_rate_are_turned_away),
		ON_A_LOOP(only_who_has_shown_who_he_is_may_use_any_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
