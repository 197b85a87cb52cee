/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/loop.h"
#include "agent/http/sink.h"

struct fixture {
	sd_event *event;
	struct clock *clock;
	struct http *http;
	unsigned int done;
	int status;
};

static const struct http_request request = {
	.url = "http://nowhere.invalid/",
	.timeout = CLOCK_SEC,
};

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	if (sd_event_new(&f.event) < 0 ||
	    (f.clock = loop_clock_new(f.event)) == NULL ||
	    (f.http = sink_new(f.clock)) == NULL)
		return -1;
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	sink_free(f->http);
	loop_clock_free(f->clock);
	sd_event_unref(f->event);
	return 0;
}

static void
done(void *arg, const struct http_response *response)
{
	struct fixture *f = arg;

	assert_int_equal(response->outcome, HTTP_ANSWERED);
	assert_true(response->whole);
	assert_string_equal(response->body, "");
	assert_string_equal(response->error, "");
	assert_null(response->retry_after);
	f->status = response->status;
	f->done++;
	if (f->done == 1) /* It may go on with the next. */
		assert_non_null(http_get(f->http, &request, done, f));
}

static void
each_request_is_taken_but_not_at_once(void **state)
{
	struct fixture *f = *state;

	assert_non_null(http_post(f->http, &request, done, f));
	assert_int_equal(f->done, 0);
	while (f->done < 2)
		assert_true(sd_event_run(f->event, 10 * CLOCK_SEC) > 0);
	assert_int_equal(f->status, 204);
}

static void
what_is_cancelled_is_not_answered(void **state)
{
	struct fixture *f = *state;

	http_cancel(http_post(f->http, &request, done, f));
	assert_int_equal(sd_event_run(f->event, 10 * CLOCK_MSEC), 0);
	assert_int_equal(f->done, 0);
	sink_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(each_request_is_taken_but_not_at_once),
		TEST(what_is_cancelled_is_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
