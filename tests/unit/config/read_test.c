/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/base/clock.h"
#include "tests/unit/config/expect.h"

static void
what_is_not_said_has_its_default(void **state)
{
	struct config *config = expect_config(DATA REMOTE);

	(void)state;
	assert_string_equal(config->data_dir, "/data");
	assert_null(config->prometheus_url);
	assert_null(config->prometheus_shown_url);
	assert_string_equal(config->state_dir, "/var/lib/walship");
	assert_int_equal(config->start.kind, CONFIG_START_NOW);
	assert_int_equal(config->external_labels_len, 0);
	assert_string_equal(config->listen_address, "127.0.0.1:9795");
	assert_false(config->lifecycle);
	assert_int_equal(config->log_level, LOG_INFO);
	assert_int_equal(config->log_format, LOG_LOGFMT);
	assert_int_equal(config->remotes_len, 1);
	config_free(config);
}

static void
what_is_said_is_taken(void **state)
{
	struct config *config = expect_config(DATA REMOTE
	    "state_dir: /state/\n"
	    "start: oldest\n"
	    "external_labels: {a: b}\n"
	    "web: {listen_address: '[::1]:0', enable_lifecycle: yes}\n"
	    "log: {level: debug, format: json}\n");

	(void)state;
	assert_true(config->lifecycle);
	assert_string_equal(config->state_dir, "/state/");
	assert_int_equal(config->start.kind, CONFIG_START_OLDEST);
	assert_int_equal(config->external_labels_len, 1);
	assert_string_equal(config->listen_address, "[::1]:0");
	assert_int_equal(config->log_level, LOG_DEBUG);
	assert_int_equal(config->log_format, LOG_JSON);
	config_free(config);
}

static void
the_url_of_prometheus_is_kept_whole_and_shown_without_secrets(void **state)
{
	static const char *const wanted =
	    "f.yml:1:33: prometheus.url: empty, or has a query; write where "
	    "Prometheus listens, as http://127.0.0.1:9090, with the path of "
	    "its --web.route-prefix if it has one\n";
	struct config *config =
	    expect_config("prometheus: {data_dir: /d, url: "
			  "'http://me:pw@h:9090/p'}\n" REMOTE);

	(void)state;
	assert_string_equal(config->prometheus_url, "http://me:pw@h:9090/p");
	assert_string_equal(config->prometheus_shown_url, "http://h:9090/p");
	config_free(config);
	expect_faults(
	    "prometheus: {data_dir: /d, url: 'http://h/?a=b'}\n" REMOTE,
	    wanted);
	expect_faults("prometheus: {data_dir: /d, url: ''}\n" REMOTE, wanted);
	expect_faults("prometheus: {data_dir: /d, url: []}\n" REMOTE,
	    "f.yml:1:33: prometheus.url: must be a single value\n");
	expect_faults("prometheus: {data_dir: /d, url: 'u:secret@h'}\n" REMOTE,
	    "f.yml:1:33: prometheus.url: must begin with http:// or "
	    "https://\n");
}

static void
there_are_four_log_levels(void **state)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	static const enum log_level levels[] = { LOG_DEBUG, LOG_INFO, LOG_WARN,
		LOG_ERROR };
	struct config *config;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		(void)snprintf(text, sizeof(text),
		    DATA REMOTE "log: {level: %s, format: logfmt}\n", names[i]);
		config = expect_config(text);
		assert_int_equal(config->log_level, levels[i]);
		assert_int_equal(config->log_format, LOG_LOGFMT);
		config_free(config);
	}
	expect_faults(DATA REMOTE "log: {level: INFO, format: xml}\n",
	    "f.yml:3:14: log.level: 'INFO' is not one of them; write debug, "
	    "info, warn or error\n"
	    "f.yml:3:28: log.format: 'xml' is not one of them; write logfmt "
	    "or json\n");
}

static void
a_start_is_now_or_then(void **state)
{
	struct config *config;

	(void)state;
	expect_right(DATA REMOTE "start: now\n");
	config = expect_config(DATA REMOTE "start: 15m\n");
	assert_int_equal(config->start.kind, CONFIG_START_AGO);
	assert_int_equal(config->start.ago, 900000);
	config_free(config);
	config = expect_config(DATA REMOTE "start: 2026-01-01T00:00:00Z\n");
	assert_int_equal(config->start.kind, CONFIG_START_TIME);
	assert_int_equal(config->start.time, INT64_C(1767225600000));
	config_free(config);
	expect_faults(DATA REMOTE "start: later\n",
	    "f.yml:3:8: start: 'later' is no start; write now, oldest, how "
	    "long ago as 15m, or a time as 2026-01-02T03:04:05Z\n");
	expect_faults(DATA REMOTE "start: 0s\n",
	    "f.yml:3:8: start: '0s' is no start; write now, oldest, how long "
	    "ago as 15m, or a time as 2026-01-02T03:04:05Z\n");
	expect_faults(DATA REMOTE "start: []\n",
	    "f.yml:3:8: start: must be a single value\n");
}

static void
directories_are_absolute(void **state)
{
	char *text = malloc(2 * PATH_MAX);
	size_t len;

	(void)state;
	expect_faults("prometheus: {data_dir: data}\nstate_dir: ''\n" REMOTE,
	    "f.yml:1:24: prometheus.data_dir: must be an absolute path, from "
	    "/ on\n"
	    "f.yml:2:12: state_dir: must be an absolute path, from / on\n");
	expect_faults("prometheus: {data_dir: [/data]}\n" REMOTE,
	    "f.yml:1:24: prometheus.data_dir: must be a single value\n");
	assert_non_null(text);
	len = (size_t)sprintf(text, "%s", DATA REMOTE "state_dir: /");
	memset(text + len, 'x', PATH_MAX - 1);
	text[len + PATH_MAX - 1] = '\0';
	expect_faults(text,
	    "f.yml:3:12: state_dir: longer than any path can "
	    "be; shorten it\n");
	text[len + PATH_MAX - 2] = '\0';
	expect_right(text);
	free(text);
}

static void
the_data_directory_is_missed(void **state)
{
	static const char *const hint =
	    "prometheus.data_dir: missing; write the directory that holds "
	    "Prometheus's wal/, as /var/lib/prometheus\n";
	char wanted[512];

	(void)state;
	(void)snprintf(wanted, sizeof(wanted), "f.yml:1:1: %s", hint);
	expect_faults(REMOTE, wanted);
	expect_faults("prometheus:\n" REMOTE, wanted);
	expect_faults("prometheus: {}\n" REMOTE, wanted);
	(void)snprintf(wanted, sizeof(wanted), "f.yml:1:14: %s", hint);
	expect_faults("prometheus: {data_dir: }\n" REMOTE, wanted);
	expect_faults("prometheus: /data\n" REMOTE,
	    "f.yml:1:13: prometheus: must be a mapping, as 'key: value'\n");
	expect_faults("prometheus: *x\n" REMOTE,
	    "f.yml:1:13: aliases (*) are not supported; write the value out, "
	    "or quote it\n");
}

static void
an_empty_file_lacks_both_that_are_required(void **state)
{
	static const char *const wanted =
	    "f.yml:1:1: prometheus.data_dir: missing; write the directory "
	    "that holds Prometheus's wal/, as /var/lib/prometheus\n"
	    "f.yml:1:1: remote_write: missing; add an entry with a url\n";

	(void)state;
	expect_faults("", wanted);
	expect_faults("# nothing yet\n", wanted);
	expect_faults("{}", wanted);
	expect_faults(
	    "just words\n", "f.yml:1:1: must be a mapping, as 'key: value'\n");
}

static void
an_address_to_listen_at_may_be_left_empty(void **state)
{
	struct config *config =
	    expect_config(DATA REMOTE "web: {listen_address: ''}\n");

	(void)state;
	assert_string_equal(config->listen_address, "");
	config_free(config);
	expect_right(DATA REMOTE "web: {listen_address: ':9795'}\n");
	expect_faults(DATA REMOTE "web: {listen_address: '127.0.0.1'}\n",
	    "f.yml:3:23: web.listen_address: '127.0.0.1' is no address to "
	    "listen at; write IP and port as 127.0.0.1:9795 or [::1]:9795, "
	    ":9795 for any, or \"\" for none\n");
	expect_faults(DATA REMOTE "web: {listen_address: []}\n",
	    "f.yml:3:23: web.listen_address: must be a single value\n");
}

static void
the_web_configuration_lies_beside_it(void **state)
{
	static const char text[] = DATA REMOTE "web: {config_file: web.yml}\n";
	struct config *config;
	struct buf faults;

	(void)state;
	buf_init(&faults, sizeof(text));
	config =
	    config_parse("/etc/walship/f.yml", text, strlen(text), &faults);
	assert_non_null(config);
	assert_string_equal(config->web_file, "/etc/walship/web.yml");
	config_free(config);
	buf_release(&faults);
	config = expect_config(DATA REMOTE);
	assert_string_equal(config->web_file, "");
	config_free(config);
	expect_faults(DATA REMOTE "web: {config_file: []}\n",
	    "f.yml:3:20: web.config_file: must be a single value\n");
}

#define REMOTES \
	"external_labels: {h: '${HOSTNAME}'}\n" \
	"remote_write:\n" \
	"- url: http://h/w\n" \
	"- {url: 'http://127.0.0.1/w', profile: azuremonitor}\n"

/* How often the two of REMOTES are sent self_metrics. */
static void
expect_intervals(const char *text, uint64_t first, uint64_t second)
{
	struct config *config = expect_config(text);

	assert_int_equal(config->remotes[0].self_interval, first);
	assert_int_equal(config->remotes[1].self_interval, second);
	config_free(config);
}

static void
self_metrics_have_the_interval_of_the_profile_or_their_own(void **state)
{
	(void)state;
	expect_intervals(DATA REMOTES, 0, 60 * CLOCK_SEC);
	expect_intervals(DATA REMOTES "self_metrics: {}\n", 0, 60 * CLOCK_SEC);
	expect_intervals(DATA REMOTES "self_metrics: {interval: 0s}\n", 0, 0);
	expect_intervals(DATA REMOTES "self_metrics: {interval: 1s}\n",
	    CLOCK_SEC, CLOCK_SEC);
	expect_faults(DATA REMOTE "self_metrics: {interval: 999ms}\n",
	    "f.yml:3:26: self_metrics.interval: must be at least 1s, as 60s, "
	    "or 0s for none\n");
	expect_faults(DATA REMOTE "self_metrics: {interval: x}\n",
	    "f.yml:3:26: self_metrics.interval: 'x' is no duration; write "
	    "numbers with units, as 500ms, 30s, 5m or 1h30m\n");
}

static void
the_file_of_prometheus_is_found_from_where_this_one_lies(void **state)
{
	static const char text[] = "prometheus: {data_dir: /d,\n"
				   "  config_file: p.yml}\n" REMOTE;
	struct config *config;
	struct buf faults;

	(void)state;
	buf_init(&faults, OUT_MAX);
	config = config_parse("/etc/w.yml", text, strlen(text), &faults);
	assert_non_null(config);
	assert_string_equal(config->prometheus_file, "/etc/p.yml");
	assert_string_equal(config->source, text);
	config_free(config);
	buf_release(&faults);
	config = expect_config(DATA REMOTE);
	assert_null(config->prometheus_file);
	config_free(config);
	expect_faults("prometheus: {data_dir: /d, config_file: ''}\n" REMOTE,
	    "f.yml:1:41: prometheus.config_file: empty or too long; write "
	    "where Prometheus's own configuration lies, as "
	    "/etc/prometheus/prometheus.yml\n");
}

static void
limits_are_a_number_and_a_size(void **state)
{
	struct config *config = expect_config(
	    DATA REMOTE "limits: {max_series: 10, memory: 1GiB}\n");

	(void)state;
	assert_int_equal(config->limits.max_series, 10);
	assert_int_equal(config->limits.memory, 1 << 30);
	config_free(config);
	config = expect_config(DATA REMOTE);
	assert_int_equal(config->limits.max_series, 0);
	assert_int_equal(config->limits.memory, 0);
	config_free(config);
	expect_faults(DATA REMOTE "limits: {max_series: -1, memory: 1G}\n",
	    "f.yml:3:22: limits.max_series: '-1' will not do; write a whole "
	    "number from 0 to 4294967295\n"
	    "f.yml:3:34: limits.memory: '1G' is no size; write a number and a "
	    "unit, as 512MiB or 10GiB, or 0 for no limit\n");
}

static void
what_asks_for_nothing_is_taken(void **state)
{
	(void)state;
	expect_right(DATA REMOTE "self_metrics: {}\n"
				 "limits: {max_series: 0, memory: 0}\n"
				 "spool: {mode: off}\n"
				 "web:\nlog: {}\nstart:\nstate_dir: ~\n");
}

static void
unknown_keys_get_the_nearest(void **state)
{
	(void)state;
	expect_faults(DATA REMOTE "remote_wirte: []\n"
				  "global: {}\n"
				  "log: {lvl: info, levels: x}\n",
	    "f.yml:3:1: unknown key 'remote_wirte'; did you mean "
	    "'remote_write'?\n"
	    "f.yml:4:1: unknown key 'global'; remove it\n"
	    "f.yml:5:7: log: unknown key 'lvl'; did you mean 'level'?\n"
	    "f.yml:5:18: log: unknown key 'levels'; did you mean 'level'?\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_has_its_default),
		cmocka_unit_test(what_is_said_is_taken),
		cmocka_unit_test(
		    the_url_of_prometheus_is_kept_whole_and_shown_without_secrets),
		cmocka_unit_test(there_are_four_log_levels),
		cmocka_unit_test(a_start_is_now_or_then),
		cmocka_unit_test(directories_are_absolute),
		cmocka_unit_test(the_data_directory_is_missed),
		cmocka_unit_test(an_empty_file_lacks_both_that_are_required),
		cmocka_unit_test(an_address_to_listen_at_may_be_left_empty),
		cmocka_unit_test(
		    the_file_of_prometheus_is_found_from_where_this_one_lies),
		cmocka_unit_test(limits_are_a_number_and_a_size),
		cmocka_unit_test(the_web_configuration_lies_beside_it),
		cmocka_unit_test(
		    self_metrics_have_the_interval_of_the_profile_or_their_own),
		cmocka_unit_test(what_asks_for_nothing_is_taken),
		cmocka_unit_test(unknown_keys_get_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
