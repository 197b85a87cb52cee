/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/send/complaint.h"
#include "tests/unit/send/sending.h"

struct fixture {
	struct sending *sending; /* Its window and encoder; no sender. */
	struct complaint complaint;
	struct http_response response;
	int fd; /* Of the log. */
	char text[8192];
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->sending = sending_new();
	f->complaint.remote = &f->sending->remote;
	f->complaint.clock = sim_clock(f->sending->sim);
	f->response = (struct http_response){
		.outcome = HTTP_ANSWERED,
		.status = 400,
		.error = "",
		.body = "",
	};
	f->fd = memfd_create("log", MFD_CLOEXEC);
	assert_int_not_equal(f->fd, -1);
	log_to(f->fd);
	log_init(LOG_INFO, LOG_LOGFMT);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	log_to(STDERR_FILENO);
	(void)close(f->fd);
	sending_free(f->sending);
	free(f);
	return 0;
}

/* What has been logged. */
static const char *
logged(struct fixture *f)
{
	ssize_t len = pread(f->fd, f->text, sizeof(f->text) - 1, 0);

	assert_true(len >= 0);
	f->text[len] = '\0';
	return f->text;
}

/* Also what the log leaves out for a while. */
static void
the_last_trouble_is_remembered(void **state)
{
	struct fixture *f = *state;
	const struct complaint_last *last = &f->complaint.last;

	assert_int_equal(last->at, 0);
	complaint_make(&f->complaint, "trouble one", &f->response);
	f->response.status = 503;
	f->response.body = "go \x1b away";
	f->response.body_len = strlen(f->response.body);
	(void)sim_run(f->sending->sim, CLOCK_SEC);
	complaint_make(&f->complaint, "trouble two", &f->response);
	assert_string_equal(last->what, "trouble two");
	assert_string_equal(last->said, "go \x1b away");
	assert_int_equal(last->status, 503);
	assert_int_equal(last->at, SIM_WALL + 1000);
	complaint_end(&f->complaint);
	assert_string_equal(last->what, "trouble two");
	complaint_starved(&f->complaint);
	assert_string_equal(last->said, "out of memory");
	assert_int_equal(last->status, 0);
}

static void
trouble_is_said_now_and_then_and_its_end_once(void **state)
{
	struct fixture *f = *state;

	complaint_end(&f->complaint);
	complaint_make(&f->complaint, "trouble one", &f->response);
	complaint_make(&f->complaint, "trouble two", &f->response);
	(void)sim_run(f->sending->sim, COMPLAINT_PERIOD);
	complaint_make(&f->complaint, "trouble three", &f->response);
	complaint_end(&f->complaint);
	complaint_end(&f->complaint);
	assert_non_null(strstr(logged(f), "trouble one"));
	assert_null(strstr(logged(f), "trouble two"));
	assert_non_null(strstr(logged(f), "trouble three"));
	assert_non_null(strstr(logged(f), "unsaid=1"));
	assert_non_null(strstr(logged(f), "after_seconds=60"));
	assert_null(strstr(
	    strstr(logged(f), "delivering again") + 1, "delivering again"));
}

static void
a_hold_says_what_to_do(void **state)
{
	static const struct {
		int status;
		const char *word;
	} cases[] = { { 302, "set url" }, { 401, "credentials" },
		{ 403, "right to write" }, { 404, "hold_on_status" } };
	struct fixture *f = *state;
	size_t i;

	f->response.location = "http://user:hunter2@other/x?key=hunter2";
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		f->response.status = cases[i].status;
		complaint_hold(&f->complaint, &f->response);
		(void)sim_run(f->sending->sim, COMPLAINT_PERIOD);
		assert_non_null(strstr(logged(f), cases[i].word));
	}
	assert_non_null(strstr(logged(f), "other/x"));
	assert_null(strstr(logged(f), "hunter2"));
}

/* A batch of ${len} samples, loaded. */
static void
load(struct fixture *f, struct trip *trip, unsigned int len)
{
	const struct trip_limits limits = { .times = SIFT_NO_LIMITS };

	assert_int_equal(trip_begin(trip, sending_put(f->sending, 7, len),
			     &f->sending->meters),
	    0);
	assert_int_equal(trip_load(trip, &limits), TRIP_READY);
}

static void
what_is_dropped_alone_is_named(void **state)
{
	struct fixture *f = *state;
	struct trip trip = { 0 };

	complaint_make(&f->complaint, "trouble", &f->response);
	load(f, &trip, 1);
	f->sending->range.end.at.segment = 7;
	f->sending->range.end.at.offset = 42;
	complaint_drop(&f->complaint, FAIL_REFUSED, &trip, &f->response);
	trip_end(&trip);
	assert_non_null(
	    strstr(logged(f), "msg=\"receiver refused samples, dropped\""));
	assert_non_null(strstr(logged(f), "position=\"\" unsaid"));
	assert_non_null(strstr(logged(f), "position=7:42 "));
	assert_non_null(strstr(logged(f), "series=\"{s=\\\"7\\\"}\""));
}

static void
what_is_dropped_together_is_not(void **state)
{
	struct fixture *f = *state;
	struct trip trip = { 0 };

	load(f, &trip, 2);
	complaint_drop(&f->complaint, FAIL_REFUSED, &trip, &f->response);
	trip_end(&trip);
	assert_non_null(
	    strstr(logged(f), "msg=\"receiver refused samples, dropped\""));
	assert_null(strstr(logged(f), "{s="));
}

static void
what_is_dropped_for_its_time_is_summed_up(void **state)
{
	struct fixture *f = *state;

	complaint_untimely(&f->complaint, 0);
	assert_string_equal(logged(f), "");
	complaint_untimely(&f->complaint, 3);
	complaint_untimely(&f->complaint, 4);
	complaint_untimely(&f->complaint, 5);
	(void)sim_run(f->sending->sim, COMPLAINT_PERIOD);
	complaint_untimely(&f->complaint, 6);
	assert_non_null(strstr(logged(f), "samples=3\n"));
	assert_null(strstr(logged(f), "samples=4"));
	assert_non_null(strstr(logged(f), "samples=15\n"));
}

static void
a_receiver_s_words_are_cut_and_escaped(void **state)
{
	struct fixture *f = *state;
	char body[3 * COMPLAINT_BODY_MAX];

	memset(body, 'x', sizeof(body));
	memcpy(body, "\x1b[31m\n", 6);
	f->response.body = body;
	f->response.body_len = sizeof(body);
	complaint_make(&f->complaint, "trouble", &f->response);
	assert_true(strlen(logged(f)) < COMPLAINT_BODY_MAX + 400);
	assert_null(strchr(logged(f), '\x1b'));
	assert_int_equal(strcspn(logged(f), "\n"), strlen(f->text) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(the_last_trouble_is_remembered),
		TEST(trouble_is_said_now_and_then_and_its_end_once),
		TEST(a_hold_says_what_to_do),
		TEST(what_is_dropped_alone_is_named),
		TEST(what_is_dropped_together_is_not),
		TEST(what_is_dropped_for_its_time_is_summed_up),
		TEST(a_receiver_s_words_are_cut_and_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
