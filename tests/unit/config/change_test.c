/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "agent/config/change.h"
#include "tests/unit/config/expect.h"

/* What is between the first entries of two files. */
static enum change
between(const char *a, const char *b)
{
	struct config *in_a = expect_config(a), *in_b = expect_config(b);
	enum change change =
	    change_between(in_a, &in_a->remotes[0], in_b, &in_b->remotes[0]);

	assert_int_equal(
	    change_between(in_b, &in_b->remotes[0], in_a, &in_a->remotes[0]),
	    change);
	config_free(in_a);
	config_free(in_b);
	return change;
}

/* What it is between an entry and the same with ${keys}. */
static enum change
by(const char *keys)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    DATA "remote_write: [{url: 'http://h/w'%s}]\n", keys);
	return between(DATA REMOTE, text);
}

static void
how_it_is_written_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(by(""), CHANGE_NONE);
	assert_int_equal(between(DATA "remote_write:\n"
				      "- {url: 'http://h/w', name: a}\n",
			     DATA "# A comment.\n"
				  "remote_write:\n\n"
				  "  - name: a\n"
				  "    url: \"http://h/w\" # Another.\n"),
	    CHANGE_NONE);
}

static void
what_is_about_sending_is_told_apart(void **state)
{
	static const char *const keys[] = {
		", name: other",
		", remote_timeout: 10s",
		", headers: {A: b}",
		", queue_config: {max_shards: 3}",
		", queue_config: {sample_age_limit: 3s}",
		", on_refused: bisect",
		", follow_redirects: false",
		", hold_on_status: [404]",
		", max_bytes_per_send: 1000",
		", max_lag: 1m",
		", rate_limit: {samples_per_minute: 1}",
		", future_limit: 1m",
		", spread: true",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_int_equal(by(keys[i]), CHANGE_SENDING);
	assert_int_equal(between(DATA REMOTE,
			     DATA "remote_write: [{url: 'http://h/w?a=b'}]\n"),
	    CHANGE_SENDING);
	/* A password is not shown, but it is there. */
	assert_int_equal(
	    between(DATA "remote_write: [{url: 'http://u:p@h/w'}]\n",
		DATA "remote_write: [{url: 'http://u:q@h/w'}]\n"),
	    CHANGE_SENDING);
}

static void
all_else_in_an_entry_is_about_series(void **state)
{
	(void)state;
	assert_int_equal(by(", send_exemplars: true"), CHANGE_SERIES);
	assert_int_equal(by(", send_native_histograms: true"), CHANGE_SERIES);
	assert_int_equal(by(", label_limits: drop"), CHANGE_SERIES);
	/* A profile limits labels, by the host alone as well. */
	assert_int_equal(between(DATA "remote_write: [{url: 'https://h/w'}]\n",
			     DATA "remote_write: [{url: 'https://"
				  "d.metrics.ingest.monitor.azure.com/w'}]\n"),
	    CHANGE_SERIES);
	assert_int_equal(
	    by(", send_exemplars: true, headers: {A: b}"), CHANGE_SERIES);
}

static void
what_goes_for_all_entries_counts_too(void **state)
{
	(void)state;
	assert_int_equal(
	    between(DATA REMOTE, DATA "external_labels: {a: b}\n" REMOTE),
	    CHANGE_SERIES);
	assert_int_equal(between(DATA "external_labels: {a: c}\n" REMOTE,
			     DATA "external_labels: {a: b}\n" REMOTE),
	    CHANGE_SERIES);
	assert_int_equal(between(DATA "external_labels: {a: b}\n" REMOTE,
			     DATA "external_labels: {c: b}\n" REMOTE),
	    CHANGE_SERIES);
}

static void
self_metrics_are_sent_otherwise_if_an_entry_is(void **state)
{
	(void)state;
	assert_int_equal(between(DATA REMOTE, DATA "self_metrics: {}\n" REMOTE),
	    CHANGE_NONE);
	assert_int_equal(
	    between(DATA REMOTE, DATA "self_metrics: {interval: 0s}\n" REMOTE),
	    CHANGE_NONE);
	assert_int_equal(
	    between(DATA REMOTE, DATA "self_metrics: {interval: 9s}\n" REMOTE),
	    CHANGE_SENDING);
	assert_int_equal(between(DATA "self_metrics: {interval: 9s}\n" REMOTE,
			     DATA "self_metrics: {interval: 8s}\n" REMOTE),
	    CHANGE_SENDING);
}

static void
what_is_no_matter_of_an_entry_does_not(void **state)
{
	(void)state;
	assert_int_equal(between(DATA REMOTE,
			     "prometheus: {data_dir: /other}\n"
			     "log: {level: debug}\n"
			     "web: {listen_address: ''}\n"
			     "state_dir: /else\n"
			     "limits: {max_series: 1}\n"
			     "start: oldest\n"
			     "spool: {mode: off}\n"
			     "remote_write:\n"
			     "- url: 'http://h/w'\n"
			     "- url: 'http://g/w'\n"),
	    CHANGE_NONE);
}

#define URLS(list_) DATA "remote_write: [{name: n, urls: [" list_ "]}]\n"

/* Series move when the list does, and not when only the asking changes. */
static void
a_list_of_urls_is_its_members_in_their_order(void **state)
{
	(void)state;
	assert_int_equal(between(URLS("'http://a/w', 'http://b/w'"),
			     URLS("'http://a/w?v=2', 'http://u:p@B/w'")),
	    CHANGE_SENDING);
	assert_int_equal(between(URLS("'http://a/w', 'http://b/w'"),
			     URLS("'http://b/w', 'http://a/w'")),
	    CHANGE_SERIES);
	assert_int_equal(between(URLS("'http://a/w', 'http://b/w'"),
			     URLS("'http://a/w', 'http://b/w', 'http://c/w'")),
	    CHANGE_SERIES);
	assert_int_equal(between(URLS("'http://a/w', 'http://b/w'"),
			     URLS("'http://a/w', 'http://b/x'")),
	    CHANGE_SERIES);
	assert_int_equal(between(URLS("'http://a/w', 'http://b/w'"),
			     DATA "remote_write: [{url: 'http://a/w'}]\n"),
	    CHANGE_SERIES);
	assert_int_equal(
	    between(URLS("'http://a/w'"),
		DATA "remote_write: [{name: n, url: 'http://a/w'}]\n"),
	    CHANGE_SENDING);
}

/* The number for the labels of the first entry of ${text}. */
static uint32_t
labels_of(const char *text)
{
	struct config *config = expect_config(text);
	uint32_t number = change_labels(config, &config->remotes[0]);

	config_free(config);
	return number;
}

static void
labels_are_told_apart_whoever_has_them(void **state)
{
	static const char *const others[] = {
		DATA "external_labels: {a: b}\n" REMOTE,
		DATA "external_labels: {a: c}\n" REMOTE,
		DATA "external_labels: {b: a}\n" REMOTE,
		DATA "remote_write: [{url: 'http://h/w', write_relabel_configs:"
		     " [{regex: x, action: labeldrop}]}]\n",
	};
	uint32_t plain = labels_of(DATA REMOTE), numbers[4];
	size_t i, j;

	(void)state;
	assert_int_equal(plain, labels_of(URLS("'http://a/w', 'http://b/w'")));
	assert_int_equal(plain, labels_of(URLS("'http://b/w', 'http://a/w'")));
	for (i = 0; i < 4; i++) {
		numbers[i] = labels_of(others[i]);
		assert_int_not_equal(numbers[i], plain);
		for (j = 0; j < i; j++)
			assert_int_not_equal(numbers[i], numbers[j]);
	}
}

/* Of two without a name, the second is the first when that is gone. */
static void
a_name_that_is_made_counts(void **state)
{
	struct config *two = expect_config(
	    DATA "remote_write: [{url: 'http://h/w'}, {url: 'http://h/w'}]\n");

	(void)state;
	assert_string_equal(two->remotes[0].text, two->remotes[1].text);
	assert_int_equal(
	    change_between(two, &two->remotes[1], two, &two->remotes[0]),
	    CHANGE_SENDING);
	config_free(two);
}

static void
what_needs_a_restart_stays_and_is_named(void **state)
{
	struct config *running = expect_config(DATA REMOTE);
	struct config *fresh =
	    expect_config("prometheus: {data_dir: /other}\nstate_dir: /else\n"
			  "web: {listen_address: '', config_file: /w}\n"
			  "log: {level: debug}\n"
			  "spool: {max_age: 1h}\n" REMOTE);
	struct buf keys;

	(void)state;
	buf_init(&keys, 1024);
	assert_int_equal(change_pin(fresh, running, &keys), 0);
	assert_string_equal(buf_text(&keys),
	    "prometheus.data_dir, state_dir, web.listen_address, "
	    "web.config_file, spool");
	assert_string_equal(fresh->data_dir, "/data");
	assert_string_equal(fresh->state_dir, running->state_dir);
	assert_string_equal(fresh->listen_address, running->listen_address);
	assert_int_equal(fresh->log_level, LOG_DEBUG);
	buf_reset(&keys);
	assert_int_equal(change_pin(fresh, running, &keys), 0);
	assert_int_equal(keys.len, 0);
	buf_release(&keys);
	config_free(fresh);
	config_free(running);
}

/* It is asked for metadata alone. */
static void
whom_to_ask_matters_to_those_that_are_sent_metadata(void **state)
{
#define ASKING "prometheus: {data_dir: /p, url: 'http://p:9090'}\n"
#define SILENT "prometheus: {data_dir: /p}\n"
#define ENTRY(send_) \
	"remote_write: [{url: 'http://h/w', metadata_config: {send: " send_ \
	"}}]\n"
	(void)state;
	assert_int_equal(
	    between(SILENT ENTRY("true"), ASKING ENTRY("true")), CHANGE_SERIES);
	assert_int_equal(
	    between(SILENT ENTRY("false"), ASKING ENTRY("false")), CHANGE_NONE);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_it_is_written_changes_nothing),
		cmocka_unit_test(what_is_about_sending_is_told_apart),
		cmocka_unit_test(all_else_in_an_entry_is_about_series),
		cmocka_unit_test(what_goes_for_all_entries_counts_too),
		cmocka_unit_test(
		    self_metrics_are_sent_otherwise_if_an_entry_is),
		cmocka_unit_test(what_is_no_matter_of_an_entry_does_not),
		cmocka_unit_test(a_list_of_urls_is_its_members_in_their_order),
		cmocka_unit_test(labels_are_told_apart_whoever_has_them),
		cmocka_unit_test(a_name_that_is_made_counts),
		cmocka_unit_test(what_needs_a_restart_stays_and_is_named),
		cmocka_unit_test(
		    whom_to_ask_matters_to_those_that_are_sent_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
