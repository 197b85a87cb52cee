/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/ship/listing.h"
#include "agent/ship/metadata.h"
#include "tests/unit/ship/body.h"
#include "tests/unit/ship/sending.h"

#define INTERVAL (60 * CLOCK_SEC)
#define TOLD_MAX 512u /* Requests, and entries, that are remembered. */
#define NAME_MAX_LEN 32u

/* A request of metadata, or to Prometheus. */
struct told {
	uint64_t at;
	bool get;
	size_t entries;
	char retry[32]; /* The line Retry-Attempt, if any. */
	size_t lines;   /* Of the headers. */
};

struct fixture {
	struct sending *sending;
	struct http telling, asking; /* Both by the simulated one. */
	struct families *families;
	struct metadata_options options;
	struct metadata *metadata;

	struct sim_answer answer;  /* Of requests of metadata, ... */
	struct sim_answer listing; /* ... and of those to Prometheus. */
	struct told told[TOLD_MAX];
	size_t told_len;
	char names[TOLD_MAX][NAME_MAX_LEN]; /* Of all entries. */
	int types[TOLD_MAX];
	size_t names_len;
	size_t body_len; /* Of the last request. */
	char url[128];   /* Of the last request to Prometheus. */
};

/* Note what ${message} tells. */
static void
note(struct fixture *f, const Remote__WriteRequest *message)
{
	const Remote__MetricMetadata *entry;
	size_t i;

	assert_int_equal(message->n_timeseries, 0);
	for (i = 0; i < message->n_metadata && f->names_len < TOLD_MAX; i++) {
		entry = message->metadata[i];
		(void)snprintf(f->names[f->names_len], NAME_MAX_LEN, "%.*s",
		    (int)entry->metric_family_name.len,
		    (const char *)entry->metric_family_name.data);
		f->types[f->names_len++] = entry->type;
	}
}

static bool
other(void *arg, const struct http_request *request, struct sim_answer *ret)
{
	struct fixture *f = arg;
	struct told *told = &f->told[f->told_len];
	const char *const *line = request->headers;
	Remote__WriteRequest *message;

	assert_true(f->told_len < TOLD_MAX - 1);
	*told = (struct told){ .at = sim_now(f->sending->sim) };
	if (request->method == HTTP_GET) {
		(void)snprintf(f->url, sizeof(f->url), "%s", request->url);
		assert_int_equal(request->answer_max, LISTING_MAX);
		assert_null(request->body);
		told->get = true;
		f->told_len++;
		*ret = f->listing;
		return true;
	}
	message = body_unpack(request->body, request->body_len);
	told->entries = message->n_metadata;
	if (told->entries > 0) {
		note(f, message);
		f->told_len++;
		f->body_len = request->body_len;
	}
	remote__write_request__free_unpacked(message, NULL);
	for (; *line != NULL; line++, told->lines++)
		if (strncmp(*line, "Retry-", 6) == 0)
			(void)snprintf(
			    told->retry, sizeof(told->retry), "%s", *line);
	*ret = f->answer;
	return told->entries > 0;
}

/* Only what is for Prometheus goes this way. */
static struct http_call *
ask(struct http *http, const struct http_request *request, http_done_fn *done,
    void *arg)
{
	struct fixture *f =
	    (void *)((char *)http - offsetof(struct fixture, asking));

	assert_int_equal(request->method, HTTP_GET);
	return http_get(sim_http(f->sending->sim), request, done, arg);
}

/* And nothing of it the other. */
static struct http_call *
tell(struct http *http, const struct http_request *request, http_done_fn *done,
    void *arg)
{
	struct fixture *f =
	    (void *)((char *)http - offsetof(struct fixture, telling));

	assert_int_equal(request->method, HTTP_POST);
	return http_post(sim_http(f->sending->sim), request, done, arg);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->sending = sending_new();
	log_init(LOG_ERROR, LOG_LOGFMT);
	f->sending->other = other;
	f->sending->other_arg = f;
	f->sending->remote.metadata.send_interval = INTERVAL;
	f->sending->remote.metadata.max_samples_per_send = 2000;
	sending_start(f->sending, NULL, 0);
	f->telling.send = tell;
	f->asking.send = ask;
	f->families = families_new();
	f->answer = f->listing = (struct sim_answer)SENDING_OK;
	f->options = (struct metadata_options){
		.clock = sim_clock(f->sending->sim),
		.http = &f->telling,
		.asking = &f->asking,
		.remote = &f->sending->remote,
		.families = f->families,
		.sender = f->sending->sender,
		.meters = &f->sending->meters,
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	metadata_free(f->metadata);
	families_free(f->families);
	sending_free(f->sending);
	free(f);
	return 0;
}

static void
start(struct fixture *f)
{
	f->metadata = metadata_new(&f->options);
	assert_non_null(f->metadata);
}

/* Have Prometheus be asked as well, which answers ${text}. */
static void
start_asking(struct fixture *f, const char *text)
{
	f->options.prometheus_url = "http://me:pw@prometheus:9090/path/";
	f->options.prometheus_shown_url = "http://prometheus:9090/path/";
	f->listing.body = text;
	start(f);
}

static void
know(struct fixture *f, enum family_type type, const char *name)
{
	struct family family = {
		.type = type,
		.name = { name, strlen(name) },
		.help = { "What it is.", 11 },
	};

	assert_int_equal(families_put(f->families, &family), 0);
}

/* Know ${count} metrics. */
static void
know_many(struct fixture *f, unsigned int count)
{
	char name[16];
	unsigned int i;

	for (i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		know(f, FAMILY_GAUGE, name);
	}
}

static void
run(struct fixture *f, uint64_t time)
{
	(void)sim_run(f->sending->sim, time);
}

/* One interval, and time for its requests. */
static void
run_round(struct fixture *f)
{
	run(f, INTERVAL + CLOCK_SEC);
}

static void
with_nothing_to_tell_nothing_is_sent(void **state)
{
	struct fixture *f = *state;

	start(f);
	run(f, 10 * INTERVAL);
	assert_int_equal(sim_requests(f->sending->sim), 0);
}

static void
all_is_told_once_an_interval(void **state)
{
	struct fixture *f = *state;
	const struct meters *meters = &f->sending->meters;

	know(f, FAMILY_COUNTER, "a_total");
	know(f, FAMILY_UNKNOWN, "b");
	start(f);
	run(f, INTERVAL - 1);
	assert_int_equal(f->told_len, 0);
	run(f, CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	assert_int_equal(f->told[0].at, SIM_START + INTERVAL);
	assert_int_equal(f->told[0].lines, 3);
	assert_string_equal(f->told[0].retry, "");
	assert_int_equal(f->names_len, 2);
	assert_string_equal(f->names[0], "a_total");
	assert_string_equal(f->names[1], "b");
	assert_int_equal(f->types[0], FAMILY_COUNTER);
	assert_int_equal(f->types[1], FAMILY_UNKNOWN);
	sending_expect(meters->metadata, 2);
	sending_expect(meters->metadata_bytes, (double)f->body_len);
	sending_expect(meters->metadata_failed, 0);
	sending_expect(meters->metadata_retried, 0);
	sending_expect(meters->duration, 1);
	sending_expect(meters->kinds[KEPT_SAMPLE].total, 0);
	sending_expect(meters->bytes, 0);

	know(f, FAMILY_GAUGE, "c");
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 2);
	assert_int_equal(f->told[1].at, SIM_START + 2 * INTERVAL);
	assert_int_equal(f->told[1].entries, 3);
	sending_expect(meters->metadata, 5);
}

static void
a_request_has_so_many_and_one_follows_the_other(void **state)
{
	struct fixture *f = *state;
	size_t i;

	f->sending->remote.metadata.max_samples_per_send = 100;
	f->answer.latency = CLOCK_SEC;
	know_many(f, 250);
	start(f);
	run_round(f);
	run(f, 5 * CLOCK_SEC);
	assert_int_equal(f->told_len, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(f->told[i].entries, i < 2 ? 100 : 50);
		assert_int_equal(
		    f->told[i].at, SIM_START + INTERVAL + i * CLOCK_SEC);
	}
	assert_string_equal(f->names[0], "m0");
	assert_string_equal(f->names[100], "m100");
	assert_string_equal(f->names[249], "m249");
	sending_expect(f->sending->meters.metadata, 250);
}

static void
long_texts_make_more_requests(void **state)
{
	struct fixture *f = *state;
	char *help = calloc(1, FAMILIES_TEXT_MAX), name[16];
	struct family family = { .help = { help, FAMILIES_TEXT_MAX } };
	unsigned int i;

	assert_non_null(help);
	for (i = 0; i < 20; i++) {
		family.name = (struct wal_text){ name,
			(size_t)snprintf(name, sizeof(name), "m%u", i) };
		assert_int_equal(families_put(f->families, &family), 0);
	}
	free(help);
	start(f);
	run_round(f);
	assert_int_equal(f->told_len, 2);
	assert_int_equal(f->told[0].entries, 16);
	assert_int_equal(f->told[1].entries, 4);
}

static void
what_is_refused_is_not_tried_again_until_the_next_time(void **state)
{
	struct fixture *f = *state;
	const struct meters *meters = &f->sending->meters;

	f->sending->remote.metadata.max_samples_per_send = 2;
	f->answer.status = 400;
	know_many(f, 3);
	start(f);
	run_round(f);
	assert_int_equal(f->told_len, 2);
	sending_expect(meters->metadata, 0);
	sending_expect(meters->metadata_failed, 3);
	sending_expect(meters->metadata_retried, 0);
	f->answer.status = 204;
	run_round(f);
	assert_int_equal(f->told_len, 4);
	assert_string_equal(f->told[2].retry, "");
	sending_expect(meters->metadata, 3);
	sending_expect(meters->metadata_failed, 3);
}

static void
what_fails_is_tried_twice_more_and_then_the_next_time(void **state)
{
	struct fixture *f = *state;
	const struct meters *meters = &f->sending->meters;

	f->sending->remote.metadata.max_samples_per_send = 2;
	f->answer.status = 503;
	know_many(f, 3);
	start(f);
	run(f, 2 * INTERVAL - CLOCK_SEC);
	assert_int_equal(f->told_len, 3);
	assert_string_equal(f->told[0].retry, "");
	assert_string_equal(f->told[1].retry, "Retry-Attempt: 1");
	assert_string_equal(f->told[2].retry, "Retry-Attempt: 2");
	assert_in_range(f->told[1].at - f->told[0].at, METADATA_WAIT_MIN / 2,
	    2 * METADATA_WAIT_MIN);
	assert_in_range(f->told[2].at - f->told[1].at, METADATA_WAIT_MIN,
	    4 * METADATA_WAIT_MIN);
	sending_expect(meters->metadata_retried, 4);
	sending_expect(meters->metadata_failed, 2);
	f->answer.status = 200;
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 5);
	assert_string_equal(f->told[3].retry, "");
	assert_int_equal(f->told[3].at, SIM_START + 2 * INTERVAL);
	sending_expect(meters->metadata, 3);
}

static void
a_retry_that_succeeds_lets_the_round_go_on(void **state)
{
	struct fixture *f = *state;
	const struct meters *meters = &f->sending->meters;

	f->sending->remote.metadata.max_samples_per_send = 2;
	f->answer = (struct sim_answer){ .outcome = HTTP_BROKEN };
	know_many(f, 3);
	start(f);
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 1);
	f->answer = (struct sim_answer)SENDING_OK;
	run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 3);
	sending_expect(meters->metadata, 3);
	sending_expect(meters->metadata_retried, 2);
	sending_expect(meters->metadata_failed, 0);
}

static void
a_receiver_may_ask_for_time(void **state)
{
	struct fixture *f = *state;

	f->answer.status = 429;
	f->answer.retry_after = "200";
	know_many(f, 1);
	start(f);
	run(f, INTERVAL + CLOCK_SEC);
	f->answer = (struct sim_answer)SENDING_OK;
	run(f, 10 * INTERVAL);
	assert_int_equal(f->told[1].at - f->told[0].at, 200 * CLOCK_SEC + 1000);
	assert_string_equal(f->told[1].retry, "Retry-Attempt: 1");
	/* Then it goes on at the times that there would have been. */
	assert_int_equal(f->told[2].at, SIM_START + 5 * INTERVAL);
}

static void
without_memory_it_is_tried_again(void **state)
{
	struct fixture *f = *state;

	know_many(f, 1);
	start(f);
	sim_starve(f->sending->sim, 1);
	run_round(f);
	run(f, 5 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	assert_string_equal(f->told[0].retry, "Retry-Attempt: 1");
	sending_expect(f->sending->meters.metadata, 1);
}

/* The receiver hangs on metadata: samples go their way. */
static void
samples_do_not_wait_for_metadata(void **state)
{
	struct fixture *f = *state;
	uint64_t asked;

	f->answer.latency = CLOCK_NEVER;
	know_many(f, 1);
	start(f);
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 1);
	(void)sending_put(f->sending, 0, 5);
	asked = sim_now(f->sending->sim);
	sender_fly(f->sending->sender);
	run(f, CLOCK_SEC);
	assert_int_equal(f->sending->range.unsettled, 0);
	assert_int_equal(f->sending->seen_len, 1);
	assert_int_equal(f->sending->seen[0].at, asked);
	/* Three time-outs in a round of two intervals, one after the other. */
	run(f, 2 * INTERVAL);
	assert_int_equal(f->told_len, 4);
	assert_true(f->told[1].at - f->told[0].at >= 30 * CLOCK_SEC);
	assert_int_equal(f->told[3].at, SIM_START + 3 * INTERVAL);
	assert_string_equal(f->told[3].retry, "");
	sending_expect(f->sending->meters.metadata_failed, 1);
	sending_expect(f->sending->meters.kinds[KEPT_SAMPLE].failed, 0);
}

static void
metadata_wait_for_samples_that_wait(void **state)
{
	struct fixture *f = *state;

	know_many(f, 1);
	start(f);
	f->sending->always.status = 429;
	f->sending->always.retry_after = "200";
	(void)sending_put(f->sending, 0, 1);
	sender_fly(f->sending->sender);
	run(f, CLOCK_SEC);
	assert_true(sender_waits(f->sending->sender));
	f->sending->always = (struct sim_answer)SENDING_OK;
	f->sending->always.latency = 20 * CLOCK_SEC;
	run(f, 190 * CLOCK_SEC);
	assert_int_equal(f->told_len, 0);
	/* The probe is on its way: nobody knows yet. */
	run(f, 25 * CLOCK_SEC);
	assert_int_equal(f->sending->seen_len, 2);
	assert_int_equal(f->told_len, 0);
	run(f, 10 * CLOCK_SEC);
	assert_false(sender_waits(f->sending->sender));
	assert_int_equal(f->told_len, 1);
	sending_expect(f->sending->meters.kinds[KEPT_SAMPLE].total, 2);
}

/* What is refused of metadata is not held against the destination. */
static void
metadata_that_are_not_allowed_hold_no_samples(void **state)
{
	struct fixture *f = *state;

	f->answer.status = 403;
	know_many(f, 1);
	start(f);
	run_round(f);
	assert_int_equal(f->told_len, 1);
	assert_false(sender_waits(f->sending->sender));
}

#define LIST(text_) "{\"status\":\"success\",\"data\":{" text_ "}}"

static void
prometheus_is_asked_for_what_the_log_does_not_say(void **state)
{
	struct fixture *f = *state;

	know(f, FAMILY_COUNTER, "b");
	start_asking(f,
	    LIST("\"a\":[{\"type\":\"gauge\"},{\"type\":\"info\"}],"
		 "\"b\":[{\"type\":\"summary\"}],\"c\":[{\"type\":\"x\"}]"));
	run_round(f);
	assert_int_equal(f->told_len, 2);
	assert_true(f->told[0].get);
	assert_int_equal(f->told[0].at, SIM_START + INTERVAL);
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
	run(f, INTERVAL);
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
	struct fixture *f = *state;
	size_t i;

	know(f, FAMILY_COUNTER, "a");
	start_asking(f, NULL);
	run(f, INTERVAL / 2);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		f->listing = bad[i];
		run(f, INTERVAL);
		run(f, 0);
		assert_int_equal(f->told_len, 2 * i + 2);
		assert_true(f->told[2 * i].get);
		assert_int_equal(f->told[2 * i + 1].entries, 1);
		sending_expect(
		    f->sending->meters.metadata_unlisted, (double)i + 1);
	}
	sim_starve(f->sending->sim, 1);
	run(f, INTERVAL);
	sending_expect(f->sending->meters.metadata_unlisted, (double)i + 1);
	assert_int_equal(f->told_len, 2 * i + 1);
}

static void
what_is_listed_and_not_taken_is_counted(void **state)
{
	struct fixture *f = *state;

	start_asking(f, LIST("\"a\":[{}, 5, \"x\"],\"b\":{},\"\":[{}]"));
	run_round(f);
	assert_int_equal(f->names_len, 1);
	sending_expect(f->sending->meters.metadata_over, 4);
}

static void
the_log_tells_what_was_answered_but_no_secret(void **state)
{
	static char secret[] = "http://user:hunter2@receiver/write?key=hunter2";
	struct fixture *f = *state;
	int fd = memfd_create("log", MFD_CLOEXEC);
	char text[4096];
	ssize_t len;

	assert_int_not_equal(fd, -1);
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fd);
	f->sending->remote.url = secret;
	f->answer.status = f->listing.status = 500;
	f->answer.body = "busy \x1b[31m";
	know_many(f, 1);
	start_asking(f, "not yet");
	run(f, 5 * INTERVAL);
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
	struct fixture *f = *state;
	uint64_t i, requests;

	know_many(f, 1);
	for (i = 0; i < 3; i++) {
		f->answer.latency = f->listing.latency = 10 * CLOCK_SEC;
		start_asking(f, LIST(""));
		/* Between rounds, while it is asked, and while it is told. */
		run(f, i * (INTERVAL + 5 * CLOCK_SEC) / 2 + i * CLOCK_SEC);
		metadata_stop(f->metadata);
		assert_int_equal(sim_flying(f->sending->sim), 0);
		requests = sim_requests(f->sending->sim);
		run(f, 5 * INTERVAL);
		assert_int_equal(sim_requests(f->sending->sim), requests);
		metadata_free(f->metadata);
		f->metadata = NULL;
	}
	metadata_stop(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(with_nothing_to_tell_nothing_is_sent),
		TEST(all_is_told_once_an_interval),
		TEST(a_request_has_so_many_and_one_follows_the_other),
		TEST(long_texts_make_more_requests),
		TEST(what_is_refused_is_not_tried_again_until_the_next_time),
		TEST(what_fails_is_tried_twice_more_and_then_the_next_time),
		TEST(a_retry_that_succeeds_lets_the_round_go_on),
		TEST(a_receiver_may_ask_for_time),
		TEST(without_memory_it_is_tried_again),
		TEST(samples_do_not_wait_for_metadata),
		TEST(metadata_wait_for_samples_that_wait),
		TEST(metadata_that_are_not_allowed_hold_no_samples),
		TEST(prometheus_is_asked_for_what_the_log_does_not_say),
		TEST(a_prometheus_that_does_not_answer_well_is_done_without),
		TEST(what_is_listed_and_not_taken_is_counted),
		TEST(the_log_tells_what_was_answered_but_no_secret),
		TEST(after_the_stop_nothing_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
