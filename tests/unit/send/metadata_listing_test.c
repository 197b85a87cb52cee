/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/send/telling.h"

/* Have Prometheus be asked as well, which answers ${text}. */
static void
start_asking(struct telling *f, const char *text)
{
	f->options.prometheus_url = "http://me:pw@prometheus:9090/path/";
	f->options.prometheus_shown_url = "http://prometheus:9090/path/";
	f->listing.body = text;
	telling_start(f);
}

#define LIST(text_) "{\"status\":\"success\",\"data\":{" text_ "}}"

static void
prometheus_is_asked_for_what_the_log_does_not_say(void **state)
{
	struct telling *f = *state;

	telling_know(f, FAMILY_COUNTER, "b");
	start_asking(f,
	    LIST("\"a\":[{\"type\":\"gauge\"},{\"type\":\"info\"}],"
		 "\"b\":[{\"type\":\"summary\"}],\"c\":[{\"type\":\"x\"}]"));
	telling_run_round(f);
	assert_int_equal(f->told_len, 2);
	assert_true(f->told[0].get);
	assert_int_equal(f->told[0].at, SIM_START + TELLING_INTERVAL);
	assert_string_equal(f->url,
	    "http://me:pw@prometheus:9090/path/api/v1/metadata?limit=20000");
	assert_int_equal(f->names_len, 4);
	assert_string_equal(f->names[0], "b");
	assert_int_equal(f->types[0], FAMILY_COUNTER);
	assert_string_equal(f->names[1], "a");
	assert_int_equal(f->types[1], FAMILY_GAUGE);
	assert_string_equal(f->names[2], "a");
	assert_int_equal(f->types[2], FAMILY_INFO);
	assert_string_equal(f->names[3], "c");
	assert_int_equal(f->types[3], FAMILY_UNKNOWN);

	/* It is asked anew each time, and what it said is forgotten. */
	f->listing.body = LIST("\"d\":[{}]");
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, 4);
	assert_int_equal(f->told[3].entries, 2);
	assert_string_equal(f->names[5], "d");
	sending_expect(f->sending->meters.metadata_unlisted, 0);
}

static void
a_prometheus_that_does_not_answer_well_is_done_without(void **state)
{
	static const struct sim_answer bad[] = {
		{ .outcome = HTTP_UNREACHED },
		{ .latency = CLOCK_NEVER },
		{ .outcome = HTTP_ANSWERED, .status = 503, .body = "{}" },
		{ .outcome = HTTP_ANSWERED, .status = 302 },
		{ .outcome = HTTP_ANSWERED, .status = 200, .body = "<html>" },
		{ .outcome = HTTP_ANSWERED,
		    .status = 200,
		    .body = LIST(""),
		    .cut = true },
	};
	struct telling *f = *state;
	size_t i;

	telling_know(f, FAMILY_COUNTER, "a");
	start_asking(f, NULL);
	telling_run(f, TELLING_INTERVAL / 2);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		f->listing = bad[i];
		telling_run(f, TELLING_INTERVAL);
		telling_run(f, 0);
		assert_int_equal(f->told_len, 2 * i + 2);
		assert_true(f->told[2 * i].get);
		assert_int_equal(f->told[2 * i + 1].entries, 1);
		sending_expect(
		    f->sending->meters.metadata_unlisted, (double)i + 1);
	}
	sim_starve(f->sending->sim, 1);
	telling_run(f, TELLING_INTERVAL);
	sending_expect(f->sending->meters.metadata_unlisted, (double)i + 1);
	assert_int_equal(f->told_len, 2 * i + 1);
}

static void
what_is_listed_and_not_taken_is_counted(void **state)
{
	struct telling *f = *state;

	start_asking(f, LIST("\"a\":[{}, 5, \"x\"],\"b\":{},\"\":[{}]"));
	telling_run_round(f);
	assert_int_equal(f->names_len, 1);
	sending_expect(f->sending->meters.metadata_over, 4);
}

static void
the_log_tells_what_was_answered_but_no_secret(void **state)
{
	static char secret[] = "http://user:hunter2@receiver/write?key=hunter2";
	struct telling *f = *state;
	int fd = memfd_create("log", MFD_CLOEXEC);
	char text[4096];
	ssize_t len;

	assert_int_not_equal(fd, -1);
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fd);
	f->sending->remote.url = secret;
	f->answer.status = f->listing.status = 500;
	f->answer.body = "busy \x1b[31m";
	telling_know_many(f, 1);
	start_asking(f, "not yet");
	telling_run(f, 5 * TELLING_INTERVAL);
	log_to(STDERR_FILENO);
	len = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(len > 0);
	text[len] = '\0';
	(void)close(fd);
	assert_null(strstr(text, "hunter2"));
	assert_null(strstr(text, "me:pw"));
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, SENDING_SHOWN));
	assert_non_null(strstr(text, "http://prometheus:9090/path/"));
	assert_non_null(strstr(text, "not yet"));
	/* A line of each, however often. */
	assert_null(strchr(strchr(strchr(text, '\n') + 1, '\n') + 1, '\n'));
}

static void
after_the_stop_nothing_is_sent(void **state)
{
	struct telling *f = *state;
	uint64_t i, requests;

	telling_know_many(f, 1);
	for (i = 0; i < 3; i++) {
		f->answer.latency = f->listing.latency = 10 * CLOCK_SEC;
		start_asking(f, LIST(""));
		/* Between rounds, while it is asked, and while it is told. */
		telling_run(f,
		    i * (TELLING_INTERVAL + 5 * CLOCK_SEC) / 2 + i * CLOCK_SEC);
		metadata_stop(f->metadata);
		assert_int_equal(sim_flying(f->sending->sim), 0);
		requests = sim_requests(f->sending->sim);
		telling_run(f, 5 * TELLING_INTERVAL);
		assert_int_equal(sim_requests(f->sending->sim), requests);
		metadata_free(f->metadata);
		f->metadata = NULL;
	}
	metadata_stop(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, telling_set_up, telling_tear_down)
		TEST(prometheus_is_asked_for_what_the_log_does_not_say),
		TEST(a_prometheus_that_does_not_answer_well_is_done_without),
		TEST(what_is_listed_and_not_taken_is_counted),
		TEST(the_log_tells_what_was_answered_but_no_secret),
		TEST(after_the_stop_nothing_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
