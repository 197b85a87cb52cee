/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/send/selves.h"

static void
by_default_nothing_is_sent(void **state)
{
	struct selves *f = *state;

	selves_start(f,
	    "prometheus: {data_dir: /d}\n"
	    "remote_write: [{url: 'http://receiver/write'}]\n");
	selves_run(f, 10 * INTERVAL);
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
	struct selves *f = *state;
	char host[128], value[160];
	size_t i;

	selves_start(f, HEAD);
	selves_run(f, 3 * INTERVAL);
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
	struct selves *f = *state;

	selves_start(f,
	    HEAD "  write_relabel_configs:\n"
		 "  - {regex: 'version|job|instance', action: labeldrop}\n"
		 "  - {source_labels: [__name__], regex: '.*_(total|bytes)', "
		 "action: drop}\n"
		 /* Some are equal then: but one of them is sent. */
		 "  - {source_labels: [__name__], regex: '.*_seconds', "
		 "target_label: __name__, replacement: same}\n");
	selves_run(f, INTERVAL);
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
	struct selves *f = *state;

	selves_start(f,
	    "prometheus: {data_dir: /d}\n"
	    "self_metrics: {interval: 60s}\n"
	    "remote_write:\n"
	    "- urls: [http://receiver/write, http://other/write]\n"
	    "  name: r\n"
	    "  write_relabel_configs:\n"
	    "  - {regex: '__name__', action: labelkeep}\n");
	selves_run(f, INTERVAL);
	assert_int_equal(f->told_len, 1);
	assert_string_equal(f->told[0].first,
	    "__name__=walship_build_info,remote_name=r/receiver/write");
}

static void
rules_may_leave_nothing(void **state)
{
	struct selves *f = *state;

	selves_start(f,
	    HEAD "  write_relabel_configs:\n"
		 "  - {source_labels: [__name__], regex: 'node_.*', "
		 "action: keep}\n");
	selves_run(f, 3 * INTERVAL);
	assert_int_equal(f->told_len, 0);
	assert_true(sim_next(f->sending->sim) > sim_now(f->sending->sim));
	sending_expect(f->sending->meters.self_failed, 0);
}

static void
limits_of_labels_are_for_them_too(void **state)
{
	struct selves *f = *state;
	char text[2048];

	(void)snprintf(text, sizeof(text),
	    HEAD "  label_limits: drop\n"
		 "  write_relabel_configs:\n"
		 "  - {source_labels: [version], regex: '.+', "
		 "target_label: long, replacement: '%01100d'}\n",
	    0);
	selves_start(f, text);
	selves_run(f, INTERVAL);
	assert_int_equal(f->told_len, 1);
	assert_int_equal(f->told[0].entries, 14);
}

static void
a_request_has_so_many_and_one_follows_the_other(void **state)
{
	struct selves *f = *state;

	f->answer.latency = CLOCK_SEC;
	selves_start(f, HEAD "  queue_config: {max_samples_per_send: 6}\n");
	selves_run(f, INTERVAL);
	assert_int_equal(f->told_len, 3);
	assert_int_equal(f->told[0].entries, 6);
	assert_int_equal(f->told[2].entries, 3);
	assert_int_equal(f->told[1].at - f->told[0].at, CLOCK_SEC);
	assert_int_equal(f->told[2].time, f->told[0].time);
}

static void
a_request_has_so_many_bytes(void **state)
{
	struct selves *f = *state;
	size_t i, entries = 0;

	selves_start(f, HEAD "  max_bytes_per_send: 600\n");
	selves_run(f, INTERVAL);
	assert_true(f->told_len > 2);
	for (i = 0; i < f->told_len; i++) {
		assert_true(f->told[i].bytes <= 600);
		assert_true(f->told[i].entries > 1 || i == f->told_len - 1);
		entries += f->told[i].entries;
	}
	assert_int_equal(entries, 15);
}

static void
without_memory_the_next_round_is_sent(void **state)
{
	struct selves *f = *state;

	selves_start(f, HEAD);
	sim_starve(f->sending->sim, 1);
	selves_run(f, INTERVAL);
	assert_int_equal(f->told_len, 0);
	sending_expect(f->sending->meters.self_failed, 15);
	selves_run(f, 2 * INTERVAL);
	assert_true(f->told_len >= 1);
}

static void
it_can_be_sent_otherwise(void **state)
{
	struct selves *f = *state;
	struct config *others = selves_parse(
	    "prometheus: {data_dir: /d}\n"
	    "self_metrics: {interval: 10s}\n"
	    "remote_write: [{url: 'http://other/write', name: s}]\n");
	struct config *none = selves_parse(
	    "prometheus: {data_dir: /d}\n"
	    "remote_write: [{url: 'http://other/write', name: s}]\n");

	f->answer.latency = 20 * CLOCK_SEC;
	selves_start(f, HEAD);
	selves_run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	assert_int_equal(sim_flying(f->sending->sim), 1);
	self_tune(f->self, &others->remotes[0], f->options.http);
	assert_int_equal(sim_flying(f->sending->sim), 0);
	f->answer.latency = 0;
	selves_run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 2);
	assert_string_equal(f->told[1].url, "http://other/write");
	assert_non_null(strstr(f->told[1].first, "remote_name=s"));

	/* The same once more: the next round stays where it was. */
	self_tune(f->self, &others->remotes[0], f->options.http);
	selves_run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 3);
	assert_int_equal(f->told[2].at - f->told[1].at, 10 * CLOCK_SEC);

	self_tune(f->self, &none->remotes[0], f->options.http);
	selves_run(f, 10 * INTERVAL);
	assert_int_equal(f->told_len, 3);
	self_free(f->self);
	f->self = NULL;
	config_free(others);
	config_free(none);
}

static void
a_stop_ends_what_is_on_its_way(void **state)
{
	struct selves *f = *state;

	f->answer.latency = 20 * CLOCK_SEC;
	selves_start(f, HEAD);
	selves_run(f, 10 * CLOCK_SEC);
	assert_int_equal(sim_flying(f->sending->sim), 1);
	self_stop(f->self);
	assert_int_equal(sim_flying(f->sending->sim), 0);
	selves_run(f, 10 * INTERVAL);
	assert_int_equal(f->told_len, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, selves_set_up, selves_tear_down)
		TEST(by_default_nothing_is_sent),
		TEST(a_round_is_sent_each_interval_with_the_labels_of_all),
		TEST(rules_are_for_them_too),
		TEST(members_of_a_list_are_told_apart_whatever_rules_do),
		TEST(rules_may_leave_nothing),
		TEST(limits_of_labels_are_for_them_too),
		TEST(a_request_has_so_many_and_one_follows_the_other),
		TEST(a_request_has_so_many_bytes),
		TEST(without_memory_the_next_round_is_sent),
		TEST(it_can_be_sent_otherwise),
		TEST(a_stop_ends_what_is_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
