/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/config/config.h"
#include "agent/ship/self.h"
#include "agent/ship/vitals.h"
#include "tests/unit/ship/body.h"
#include "tests/unit/ship/sending.h"

#define TOLD_MAX 512u
#define INTERVAL (60 * CLOCK_SEC)

/* What all configurations here begin with. */
#define HEAD \
	"prometheus: {data_dir: /d}\n" \
	"external_labels: {host: h, job: other}\n" \
	"self_metrics: {interval: 60s}\n" \
	"remote_write:\n" \
	"- url: http://receiver/write\n" \
	"  name: r\n"

/* A request of ours. */
struct told {
	uint64_t at;
	int64_t time; /* Of its samples. */
	size_t entries, bytes;
	char first[256]; /* Labels of its first series. */
	char url[64];
};

struct fixture {
	struct sending *sending;
	struct config *config;
	struct self_options options;
	struct self *self;
	struct sim_answer answer; /* To a request of ours. */
	struct told told[TOLD_MAX];
	size_t told_len;
};

/* Write the labels of ${series} as {name=value,...}. */
static void
describe(const Remote__TimeSeries *series, char *to, size_t size)
{
	size_t i, len = 0;

	for (i = 0; i < series->n_labels && len < size; i++)
		len += (size_t)snprintf(to + len, size - len, "%s%.*s=%.*s",
		    i > 0 ? "," : "", (int)series->labels[i]->name.len,
		    (const char *)series->labels[i]->name.data,
		    (int)series->labels[i]->value.len,
		    (const char *)series->labels[i]->value.data);
}

/* The samples of the others have no name. */
static bool
is_ours(const Remote__TimeSeries *series)
{
	return series->n_labels > 1;
}

static bool
other(void *arg, const struct http_request *request, struct sim_answer *ret)
{
	struct fixture *f = arg;
	struct told *told = &f->told[f->told_len];
	Remote__WriteRequest *message;
	size_t i;
	bool ours;

	message = body_unpack(request->body, request->body_len);
	assert_true(message->n_timeseries > 0);
	ours = is_ours(message->timeseries[0]);
	if (ours) {
		assert_true(f->told_len++ < TOLD_MAX - 1);
		*told = (struct told){ .at = sim_now(f->sending->sim),
			.time = message->timeseries[0]->samples[0]->timestamp,
			.entries = message->n_timeseries,
			.bytes = request->body_len };
		describe(
		    message->timeseries[0], told->first, sizeof(told->first));
		(void)snprintf(
		    told->url, sizeof(told->url), "%s", request->url);
		for (i = 0; i < message->n_timeseries; i++) {
			assert_int_equal(message->timeseries[i]->n_samples, 1);
			assert_int_equal(
			    message->timeseries[i]->samples[0]->timestamp,
			    told->time);
		}
		*ret = f->answer;
	}
	remote__write_request__free_unpacked(message, NULL);
	return ours;
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
	f->answer = (struct sim_answer)SENDING_OK;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	self_free(f->self);
	config_free(f->config);
	sending_free(f->sending);
	free(f);
	return 0;
}

/* The configuration ${text}, to be freed. */
static struct config *
parse(const char *text)
{
	struct config *config;
	struct buf faults;

	buf_init(&faults, 4096);
	config = config_parse("f.yml", text, strlen(text), &faults);
	if (config == NULL)
		print_error("%s", buf_text(&faults));
	buf_release(&faults);
	assert_non_null(config);
	return config;
}

/* Begin by ${text}; the samples' way is the sending's own. */
static void
start(struct fixture *f, const char *text)
{
	f->config = parse(text);
	sending_start(f->sending, NULL, 0);
	f->options = (struct self_options){
		.clock = sim_clock(f->sending->sim),
		.http = sim_http(f->sending->sim),
		.remote = &f->config->remotes[0],
		.sender = f->sending->sender,
		.meters = &f->sending->meters,
		.stats = f->sending->stats,
		.host = 1000,
	};
	f->self = self_new(&f->options);
	assert_non_null(f->self);
}

static void
run(struct fixture *f, uint64_t time)
{
	(void)sim_run(f->sending->sim, time);
}

static void
by_default_nothing_is_sent(void **state)
{
	struct fixture *f = *state;

	start(f,
	    "prometheus: {data_dir: /d}\n"
	    "remote_write: [{url: 'http://receiver/write'}]\n");
	run(f, 10 * INTERVAL);
	assert_int_equal(f->told_len, 0);
}

/* The value of the label ${name} in what describe wrote. */
static const char *
label_of(const char *labels, const char *name, char *to, size_t size)
{
	const char *at = strstr(labels, name);

	assert_non_null(at);
	at += strlen(name);
	(void)snprintf(to, size, "%.*s", (int)strcspn(at, ","), at);
	return to;
}

static void
a_round_is_sent_each_interval_with_the_labels_of_all(void **state)
{
	struct fixture *f = *state;
	char host[128], value[160];
	size_t i;

	start(f, HEAD);
	run(f, 3 * INTERVAL);
	assert_int_equal(f->told_len, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(
		    f->told[i].at, SIM_START + CLOCK_SEC + i * INTERVAL);
		assert_int_equal(f->told[i].time,
		    SIM_WALL + 1000 + (int64_t)(i * INTERVAL / 1000));
	}
	assert_int_equal(f->told[0].entries, 15);
	assert_int_equal(strncmp(f->told[0].first,
			     "__name__=walship_build_info,host=h,", 35),
	    0);
	assert_string_equal(
	    label_of(f->told[0].first, "job=", value, 160), "walship");
	assert_string_equal(
	    label_of(f->told[0].first, "remote_name=", value, 160), "r");
	assert_string_equal(label_of(f->told[0].first, "version=", value, 160),
	    PACKAGE_VERSION);
	assert_int_equal(gethostname(host, sizeof(host) - 8), 0);
	(void)strcat(host, ":9795");
	assert_string_equal(
	    label_of(f->told[0].first, "instance=", value, 160), host);
	sending_expect(f->sending->meters.self_samples, 45);
	sending_expect(f->sending->meters.self_failed, 0);
	sending_expect(f->sending->meters.kinds[KEPT_SAMPLE].total, 0);
	sending_expect(f->sending->meters.bytes, 0);
}

static void
rules_are_for_them_too(void **state)
{
	struct fixture *f = *state;

	start(f,
	    HEAD "  write_relabel_configs:\n"
		 "  - {regex: 'version|job|instance', action: labeldrop}\n"
		 "  - {source_labels: [__name__], regex: '.*_(total|bytes)', "
		 "action: drop}\n"
		 /* Some are equal then: but one of them is sent. */
		 "  - {source_labels: [__name__], regex: '.*_seconds', "
		 "target_label: __name__, replacement: same}\n");
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 1);
	assert_string_equal(f->told[0].first,
	    "__name__=walship_build_info,host=h,remote_name=r");
	/* build_info, same, acknowledged_segment, reload_successful. */
	assert_int_equal(f->told[0].entries, 4);
}

/* Those of one list may be one receiver by other names. */
static void
members_of_a_list_are_told_apart_whatever_rules_do(void **state)
{
	struct fixture *f = *state;

	start(f,
	    "prometheus: {data_dir: /d}\n"
	    "self_metrics: {interval: 60s}\n"
	    "remote_write:\n"
	    "- urls: [http://receiver/write, http://other/write]\n"
	    "  name: r\n"
	    "  write_relabel_configs:\n"
	    "  - {regex: '__name__', action: labelkeep}\n");
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 1);
	assert_string_equal(f->told[0].first,
	    "__name__=walship_build_info,remote_name=r/receiver/write");
}

static void
rules_may_leave_nothing(void **state)
{
	struct fixture *f = *state;

	start(f,
	    HEAD "  write_relabel_configs:\n"
		 "  - {source_labels: [__name__], regex: 'node_.*', "
		 "action: keep}\n");
	run(f, 3 * INTERVAL);
	assert_int_equal(f->told_len, 0);
	assert_true(sim_next(f->sending->sim) > sim_now(f->sending->sim));
	sending_expect(f->sending->meters.self_failed, 0);
}

static void
limits_of_labels_are_for_them_too(void **state)
{
	struct fixture *f = *state;
	char text[2048];

	(void)snprintf(text, sizeof(text),
	    HEAD "  label_limits: drop\n"
		 "  write_relabel_configs:\n"
		 "  - {source_labels: [version], regex: '.+', "
		 "target_label: long, replacement: '%01100d'}\n",
	    0);
	start(f, text);
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 1);
	assert_int_equal(f->told[0].entries, 14);
}

static void
a_request_has_so_many_and_one_follows_the_other(void **state)
{
	struct fixture *f = *state;

	f->answer.latency = CLOCK_SEC;
	start(f, HEAD "  queue_config: {max_samples_per_send: 6}\n");
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 3);
	assert_int_equal(f->told[0].entries, 6);
	assert_int_equal(f->told[2].entries, 3);
	assert_int_equal(f->told[1].at - f->told[0].at, CLOCK_SEC);
	assert_int_equal(f->told[2].time, f->told[0].time);
}

static void
a_request_has_so_many_bytes(void **state)
{
	struct fixture *f = *state;
	size_t i, entries = 0;

	start(f, HEAD "  max_bytes_per_send: 600\n");
	run(f, INTERVAL);
	assert_true(f->told_len > 2);
	for (i = 0; i < f->told_len; i++) {
		assert_true(f->told[i].bytes <= 600);
		assert_true(f->told[i].entries > 1 || i == f->told_len - 1);
		entries += f->told[i].entries;
	}
	assert_int_equal(entries, 15);
}

/* Whatever the interval, what is refused is not tried without end. */
static void
one_that_fails_is_followed_by_none_for_a_while(void **state)
{
	static const int statuses[] = { 401, 400, 429, 500 };
	struct fixture *f = *state;
	size_t i;

	start(f, HEAD);
	f->config->remotes[0].self_interval = CLOCK_SEC;
	for (i = 0; i < 4; i++) {
		f->told_len = 0;
		f->answer.status = statuses[i];
		run(f, 10 * SELF_WAIT);
		assert_in_range(f->told_len, 9, 11);
		assert_true(f->told[8].time > f->told[7].time);
	}
	assert_true(stat_value(f->sending->meters.self_failed) >= 15 * 36);
	assert_false(sender_waits(f->sending->sender));
}

static void
a_receiver_may_ask_for_time(void **state)
{
	struct fixture *f = *state;

	start(f, HEAD);
	f->answer.status = 429;
	f->answer.retry_after = "200";
	run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	f->answer = (struct sim_answer)SENDING_OK;
	run(f, 4 * INTERVAL);
	assert_int_equal(f->told_len, 2);
	assert_int_equal(f->told[1].at - f->told[0].at, 4 * INTERVAL);
}

/* The receiver hangs on ours: samples go their way. */
static void
samples_do_not_wait_for_them(void **state)
{
	struct fixture *f = *state;

	f->answer.latency = CLOCK_NEVER;
	start(f, HEAD);
	run(f, 2 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	(void)sending_put(f->sending, 0, 5);
	sender_fly(f->sending->sender);
	run(f, CLOCK_SEC);
	assert_int_equal(f->sending->range.unsettled, 0);
	assert_int_equal(f->told_len, 1);
}

/* With a backlog whose requests fill all there is room for. */
static void
they_wait_for_no_backlog(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	start(f, HEAD);
	f->sending->always.latency = 20 * CLOCK_SEC;
	for (i = 0; i < 8; i++)
		(void)sending_put(f->sending, i, 1);
	sender_fly(f->sending->sender);
	run(f, 2 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	assert_int_equal(f->told[0].at, SIM_START + CLOCK_SEC);
}

static void
they_wait_while_samples_have_to(void **state)
{
	struct fixture *f = *state;

	start(f, HEAD);
	f->sending->always.status = 429;
	f->sending->always.retry_after = "200";
	(void)sending_put(f->sending, 0, 1);
	sender_fly(f->sending->sender);
	run(f, 190 * CLOCK_SEC);
	assert_int_equal(f->told_len, 0);
	f->sending->always = (struct sim_answer)SENDING_OK;
	run(f, 20 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	/* Of that moment, not of the one at which it was due. */
	assert_true(f->told[0].time >= SIM_WALL + 200000);
}

static void
the_rate_counts_them(void **state)
{
	struct fixture *f = *state;

	f->sending->remote.samples_per_minute = 30;
	start(f, HEAD);
	run(f, 2 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	(void)sending_put(f->sending, 0, 1);
	sender_fly(f->sending->sender);
	run(f, 28 * CLOCK_SEC);
	assert_int_equal(f->sending->seen_len, 0);
	run(f, 2 * CLOCK_SEC);
	assert_int_equal(f->sending->seen_len, 1);
}

static void
a_clock_set_back_sends_nothing_twice(void **state)
{
	struct fixture *f = *state;

	start(f, HEAD);
	run(f, INTERVAL);
	sim_jump(f->sending->sim, -90000);
	run(f, 3 * INTERVAL);
	assert_int_equal(f->told_len, 3);
	assert_true(f->told[1].time > f->told[0].time);
	assert_int_equal(f->told[1].at - f->told[0].at, 2 * INTERVAL);
}

static void
without_memory_the_next_round_is_sent(void **state)
{
	struct fixture *f = *state;

	start(f, HEAD);
	sim_starve(f->sending->sim, 1);
	run(f, INTERVAL);
	assert_int_equal(f->told_len, 0);
	sending_expect(f->sending->meters.self_failed, 15);
	run(f, 2 * INTERVAL);
	assert_true(f->told_len >= 1);
}

static void
it_can_be_sent_otherwise(void **state)
{
	struct fixture *f = *state;
	struct config *others =
	    parse("prometheus: {data_dir: /d}\n"
		  "self_metrics: {interval: 10s}\n"
		  "remote_write: [{url: 'http://other/write', name: s}]\n");
	struct config *none =
	    parse("prometheus: {data_dir: /d}\n"
		  "remote_write: [{url: 'http://other/write', name: s}]\n");

	f->answer.latency = 20 * CLOCK_SEC;
	start(f, HEAD);
	run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	assert_int_equal(sim_flying(f->sending->sim), 1);
	self_tune(f->self, &others->remotes[0], f->options.http);
	assert_int_equal(sim_flying(f->sending->sim), 0);
	f->answer.latency = 0;
	run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 2);
	assert_string_equal(f->told[1].url, "http://other/write");
	assert_non_null(strstr(f->told[1].first, "remote_name=s"));

	/* The same once more: the next round stays where it was. */
	self_tune(f->self, &others->remotes[0], f->options.http);
	run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 3);
	assert_int_equal(f->told[2].at - f->told[1].at, 10 * CLOCK_SEC);

	self_tune(f->self, &none->remotes[0], f->options.http);
	run(f, 10 * INTERVAL);
	assert_int_equal(f->told_len, 3);
	self_free(f->self);
	f->self = NULL;
	config_free(others);
	config_free(none);
}

static void
a_stop_ends_what_is_on_its_way(void **state)
{
	struct fixture *f = *state;

	f->answer.latency = 20 * CLOCK_SEC;
	start(f, HEAD);
	run(f, 10 * CLOCK_SEC);
	assert_int_equal(sim_flying(f->sending->sim), 1);
	self_stop(f->self);
	assert_int_equal(sim_flying(f->sending->sim), 0);
	run(f, 10 * INTERVAL);
	assert_int_equal(f->told_len, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(by_default_nothing_is_sent),
		TEST(a_round_is_sent_each_interval_with_the_labels_of_all),
		TEST(rules_are_for_them_too),
		TEST(members_of_a_list_are_told_apart_whatever_rules_do),
		TEST(rules_may_leave_nothing),
		TEST(limits_of_labels_are_for_them_too),
		TEST(a_request_has_so_many_and_one_follows_the_other),
		TEST(a_request_has_so_many_bytes),
		TEST(one_that_fails_is_followed_by_none_for_a_while),
		TEST(a_receiver_may_ask_for_time),
		TEST(samples_do_not_wait_for_them),
		TEST(they_wait_for_no_backlog),
		TEST(they_wait_while_samples_have_to),
		TEST(the_rate_counts_them),
		TEST(a_clock_set_back_sends_nothing_twice),
		TEST(without_memory_the_next_round_is_sent),
		TEST(it_can_be_sent_otherwise),
		TEST(a_stop_ends_what_is_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
