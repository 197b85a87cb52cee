/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "agent/base/clock.h"
#include "tests/unit/config/expect.h"

/* What follows it continues the entry, two spaces in, from line 4 on. */
#define HEAD DATA "remote_write:\n- url: http://h/w\n"

static void
an_entry_of_a_url_alone_has_every_default(void **state)
{
	struct config *config = expect_config(HEAD);
	const struct config_remote *remote = &config->remotes[0];

	(void)state;
	assert_int_equal(config->remotes_len, 1);
	assert_string_equal(remote->url, "http://h/w");
	assert_string_equal(remote->shown_url, "http://h/w");
	assert_string_equal(remote->name, "http://h/w");
	assert_int_equal(remote->remote_timeout, 30 * CLOCK_SEC);
	assert_int_equal(remote->headers_len, 0);
	assert_false(remote->send_exemplars);
	assert_false(remote->send_native_histograms);
	assert_true(remote->metadata.send);
	assert_int_equal(remote->metadata.send_interval, 60 * CLOCK_SEC);
	assert_int_equal(remote->metadata.max_samples_per_send, 2000);
	assert_int_equal(remote->queue.max_shards, 50);
	assert_int_equal(remote->queue.max_samples_per_send, 2000);
	assert_false(remote->queue.max_samples_given);
	assert_int_equal(remote->queue.batch_send_deadline, 5 * CLOCK_SEC);
	assert_int_equal(remote->queue.min_backoff, 30 * CLOCK_MSEC);
	assert_int_equal(remote->queue.max_backoff, 5 * CLOCK_SEC);
	assert_true(remote->queue.retry_on_http_429);
	assert_int_equal(remote->queue.sample_age_limit, 0);
	assert_true(remote->follow_redirects);
	assert_false(remote->bisect_refused);
	assert_int_equal(remote->hold.len, 2);
	assert_int_equal(remote->hold.statuses[0], 401);
	assert_int_equal(remote->hold.statuses[1], 403);
	assert_false(remote->hold.given);
	assert_int_equal(remote->max_lag, 0);
	assert_int_equal(remote->max_bytes_per_send, 0);
	assert_int_equal(remote->samples_per_minute, 0);
	assert_int_equal(remote->catch_up, 0);
	assert_int_equal(remote->future_limit, 0);
	assert_int_equal(remote->label_limits, CONFIG_LABELS_SEND);
	assert_int_equal(remote->profile, CONFIG_PROFILE_NONE);
	assert_false(remote->spread);
	assert_int_equal(remote->line, 3);
	config_free(config);
}

static void
every_setting_that_works_is_taken(void **state)
{
	struct config *config =
	    expect_config(HEAD "  name: azure\n"
			       "  remote_timeout: 1m\n"
			       "  send_exemplars: true\n"
			       "  send_native_histograms: true\n"
			       "  metadata_config: {send: false,\n"
			       "    send_interval: 5m,\n"
			       "    max_samples_per_send: 500}\n"
			       "  queue_config:\n"
			       "    max_shards: 4\n"
			       "    max_samples_per_send: 2000\n"
			       "    batch_send_deadline: 15s\n"
			       "    min_backoff: 100ms\n"
			       "    max_backoff: 1m\n"
			       "    retry_on_http_429: false\n");
	const struct config_remote *remote = &config->remotes[0];

	(void)state;
	assert_string_equal(remote->name, "azure");
	assert_int_equal(remote->remote_timeout, 60 * CLOCK_SEC);
	assert_true(remote->send_exemplars);
	assert_true(remote->send_native_histograms);
	assert_false(remote->metadata.send);
	assert_int_equal(remote->metadata.send_interval, 300 * CLOCK_SEC);
	assert_int_equal(remote->metadata.max_samples_per_send, 500);
	assert_int_equal(remote->queue.max_shards, 4);
	assert_int_equal(remote->queue.max_samples_per_send, 2000);
	assert_true(remote->queue.max_samples_given);
	assert_int_equal(remote->queue.batch_send_deadline, 15 * CLOCK_SEC);
	assert_int_equal(remote->queue.min_backoff, 100 * CLOCK_MSEC);
	assert_int_equal(remote->queue.max_backoff, 60 * CLOCK_SEC);
	assert_false(remote->queue.retry_on_http_429);
	config_free(config);
}

static void
what_is_done_about_answers_is_taken(void **state)
{
	struct config *config =
	    expect_config(HEAD "  on_refused: bisect\n"
			       "  follow_redirects: false\n"
			       "  hold_on_status: [404, 401]\n"
			       "  max_lag: 5m\n"
			       "  max_bytes_per_send: 1000000\n"
			       "  rate_limit: {samples_per_minute: 60000,\n"
			       "    catch_up: 3}\n"
			       "  future_limit: 10m\n"
			       "  spread: true\n"
			       "  label_limits: truncate\n"
			       "  queue_config: {sample_age_limit: 19m}\n");
	const struct config_remote *remote = &config->remotes[0];

	(void)state;
	assert_true(remote->bisect_refused);
	assert_false(remote->follow_redirects);
	assert_int_equal(remote->hold.len, 2);
	assert_int_equal(remote->hold.statuses[0], 404);
	assert_int_equal(remote->hold.statuses[1], 401);
	assert_true(remote->hold.given);
	assert_int_equal(remote->max_lag, 300 * CLOCK_SEC);
	assert_int_equal(remote->max_bytes_per_send, 1000000);
	assert_int_equal(remote->samples_per_minute, 60000);
	assert_int_equal(remote->catch_up, 3);
	assert_int_equal(remote->future_limit, 600 * CLOCK_SEC);
	assert_true(remote->spread);
	assert_int_equal(remote->label_limits, CONFIG_LABELS_TRUNCATE);
	assert_int_equal(remote->queue.sample_age_limit, 19 * 60 * CLOCK_SEC);
	config_free(config);
}

static void
a_backlog_must_be_faster_than_what_is_live(void **state)
{
	(void)state;
	expect_faults(HEAD "  rate_limit: {catch_up: 1}\n",
	    "f.yml:4:26: remote_write[0].rate_limit.catch_up: would never "
	    "catch up; write 2 or more, or 0 for no limit\n");
	expect_faults(HEAD "  label_limits: keep\n",
	    "f.yml:4:17: remote_write[0].label_limits: 'keep' is not one of "
	    "them; write send, drop or truncate\n");
}

static void
only_refusals_can_be_held(void **state)
{
	static const char *const never[] = { "200", "302", "399", "408", "413",
		"429", "500", "70000" };
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(never) / sizeof(*never); i++) {
		(void)snprintf(text, sizeof(text),
		    HEAD "  hold_on_status: [403, %s]\n", never[i]);
		expect_faults(text,
		    "f.yml:4:25: remote_write[0].hold_on_status[1]: not a "
		    "status that can be held; write one from 400 to 499, but "
		    "not 408, 413 or 429\n");
	}
	expect_faults(HEAD "  hold_on_status: 403\n",
	    "f.yml:4:19: remote_write[0].hold_on_status: must be a list, each "
	    "entry after '- '\n");
	expect_faults(HEAD "  hold_on_status: [401, 402, 403, 404, 405, 406, "
			   "407, 409, 410, 411,\n"
			   "    412, 414, 415, 416, 417, 418, 421]\n",
	    "f.yml:5:35: remote_write[0].hold_on_status[16]: more than 16; "
	    "remove some\n");
	expect_right(HEAD "  hold_on_status: []\n");
}

static void
http_2_is_spoken_if_it_is_asked_for(void **state)
{
	struct config *config = expect_config(
	    DATA "remote_write:\n- {url: 'https://h/w', enable_http2: true}\n"
		 "- url: https://i/w\n");

	(void)state;
	assert_true(config->remotes[0].enable_http2);
	assert_false(config->remotes[1].enable_http2);
	config_free(config);
}

static void
the_url_is_kept_whole_and_shown_without_secrets(void **state)
{
	struct config *config = expect_config(
	    DATA "remote_write:\n- url: https://u:pw@h:1/w?key=sig&a=b\n");
	const struct config_remote *remote = &config->remotes[0];

	(void)state;
	assert_string_equal(remote->url, "https://u:pw@h:1/w?key=sig&a=b");
	assert_string_equal(remote->name, "https://h:1/w");
	assert_null(strstr(remote->shown_url, "pw"));
	assert_null(strstr(remote->shown_url, "sig"));
	config_free(config);
}

static void
a_bad_url_is_refused_unquoted(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n- url: ftp://u:secret@h/w\n",
	    "f.yml:3:8: remote_write[0].url: must begin with http:// or "
	    "https://\n");
	expect_faults(DATA "remote_write:\n- url: [secret]\n",
	    "f.yml:3:8: remote_write[0].url: must be a single value\n");
	expect_faults(DATA "remote_write:\n- url: 'http://u:secret@/w'\n"
			   "- url: ''\n",
	    "f.yml:3:8: remote_write[0].url: has no usable host; write a "
	    "name, an IPv4 address, or an IPv6 address in [], after the //\n"
	    "f.yml:4:8: remote_write[1].url: empty; write where to send, as "
	    "https://host/api/v1/write\n");
}

static void
the_url_is_missed(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n- name: x\n- url:\n- {}\n",
	    "f.yml:3:3: remote_write[0].url: missing; write where to send, as "
	    "https://host/api/v1/write\n"
	    "f.yml:4:3: remote_write[1].url: missing; write where to send, as "
	    "https://host/api/v1/write\n"
	    "f.yml:5:3: remote_write[2].url: missing; write where to send, as "
	    "https://host/api/v1/write\n");
}

static void
values_that_ask_for_nothing_are_taken(void **state)
{
	(void)state;
	expect_right(
	    HEAD "  protobuf_message: prometheus.WriteRequest\n"
		 "  send_exemplars: false\n"
		 "  send_native_histograms: false\n"
		 "  round_robin_dns: false\n"
		 "  failed_request_logging: false\n"
		 "  follow_redirects: false\n"
		 "  enable_http2: false\n"
		 "  proxy_from_environment: false\n"
		 "  proxy_from_arc: false\n"
		 "  proxy_url: ''\n"
		 "  no_proxy: ''\n"
		 "  proxy_connect_header: {}\n"
		 "  http_headers: {}\n"
		 "  bearer_token: ''\n"
		 "  bearer_token_file: ''\n"
		 "  write_relabel_configs: []\n"
		 "  tls_config: {insecure_skip_verify: false, ca: '',\n"
		 "    ca_file: '', cert: '', cert_file: '',\n"
		 "    key: '', key_file: '', server_name: ''}\n"
		 "  azuread:\n"
		 "  basic_auth: ~\n"
		 "  on_refused: drop\n"
		 "  max_lag: 0s\n"
		 "  name: ''\n"
		 "  queue_config: {sample_age_limit: 0s}\n");
	expect_right(HEAD "  metadata_config: {}\n  tls_config: {}\n"
			  "  queue_config: {}\n");
}

static void
what_sizes_shards_is_checked_and_has_no_effect(void **state)
{
	(void)state;
	expect_right(
	    HEAD "  queue_config: {capacity: 10000, min_shards: 50}\n");
	expect_faults(HEAD "  queue_config: {capacity: x}\n",
	    "f.yml:4:28: remote_write[0].queue_config.capacity: 'x' will not "
	    "do; write a whole number from 1 to 4294967295\n");
	expect_faults(HEAD "  queue_config: {min_shards: 0}\n",
	    "f.yml:4:30: remote_write[0].queue_config.min_shards: '0' will "
	    "not do; write a whole number from 1 to 4294967295\n");
	expect_faults(HEAD "  queue_config: {max_shards: 3, min_shards: 4}\n",
	    "f.yml:4:45: remote_write[0].queue_config.min_shards: above "
	    "max_shards, which is 3; raise that or lower this\n");
}

/* The one thing that is noted of what follows HEAD. */
static void
expect_note(const char *rest, const char *wanted)
{
	struct config *config;
	char text[512];

	(void)snprintf(text, sizeof(text), HEAD "%s", rest);
	config = expect_config(text);
	assert_int_equal(config->warnings_len, 1);
	assert_string_equal(config->warnings[0], wanted);
	config_free(config);
}

static void
a_backoff_above_the_greatest_is_refused(void **state)
{
	static const char *const why = "min_backoff, 30ms if it is not given, "
				       "is above max_backoff, 5s if it is not "
				       "given; lower the one or raise the "
				       "other\n";
	char wanted[512];

	(void)state;
	expect_right(
	    HEAD "  queue_config: {min_backoff: 2s, max_backoff: 2s}\n");
	(void)snprintf(wanted, sizeof(wanted),
	    "f.yml:4:31: remote_write[0].queue_config.min_backoff: %s", why);
	expect_faults(HEAD "  queue_config: {min_backoff: 10s}\n", wanted);
	expect_faults(HEAD
	    "  queue_config: {min_backoff: 10s, max_backoff: 1s}\n",
	    wanted);
	(void)snprintf(wanted, sizeof(wanted),
	    "f.yml:4:31: remote_write[0].queue_config.max_backoff: %s", why);
	expect_faults(HEAD "  queue_config: {max_backoff: 10ms}\n", wanted);
	expect_faults(HEAD
	    "  queue_config: {min_backoff: 10s, max_backoff: 1}\n",
	    "f.yml:4:49: remote_write[0].queue_config.max_backoff: '1' is no "
	    "duration; write numbers with units, as 500ms, 30s, 5m or "
	    "1h30m\n");
}

static void
what_has_no_effect_is_taken_and_said(void **state)
{
	(void)state;
	expect_note("  failed_request_logging: true\n",
	    "f.yml:4:3: remote_write[0].failed_request_logging: has no effect "
	    "here; it can be removed");
	expect_note("  queue_config: {capacity: 1}\n",
	    "f.yml:4:18: remote_write[0].queue_config.capacity: has no effect "
	    "here; it can be removed");
	expect_note("  queue_config: {min_shards: 1}\n",
	    "f.yml:4:18: remote_write[0].queue_config.min_shards: has no "
	    "effect here; it can be removed");
}

static void
each_of_several_urls_has_an_entry_of_its_own(void **state)
{
	struct config *config = expect_config(
	    DATA "remote_write:\n"
		 "- urls: ['http://a/w', 'http://b/w']\n"
		 "  headers: {X: y}\n"
		 "  write_relabel_configs: [{action: drop, regex: a}]\n"
		 "- url: http://c/w\n");
	const struct config_remote *remotes = config->remotes;

	(void)state;
	assert_int_equal(config->remotes_len, 3);
	assert_string_equal(remotes[0].url, "http://a/w");
	assert_string_equal(remotes[1].url, "http://b/w");
	assert_string_equal(remotes[1].shown_url, "http://b/w");
	assert_int_equal(remotes[0].share_index, 0);
	assert_int_equal(remotes[0].share_count, 2);
	assert_int_equal(remotes[1].share_index, 1);
	assert_int_equal(remotes[1].share_count, 2);
	assert_string_equal(remotes[1].headers[0].value, "y");
	assert_int_equal(remotes[1].rules_len, 1);
	assert_int_equal(remotes[2].share_index, 0);
	assert_int_equal(remotes[2].share_count, 1);
	assert_int_equal(config->warnings_len, 0);
	config_free(config);
}

static void
every_one_of_several_urls_must_be_right(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n"
			   "- urls: ['http://a/w', 'ftp://b', 'http://a/w']\n",
	    "f.yml:3:24: remote_write[0].urls[1]: must begin with http:// or "
	    "https://\n"
	    "f.yml:3:35: remote_write[0].urls[2]: is in the list already; "
	    "remove it\n");
	expect_faults(DATA "remote_write:\n- urls: []\n",
	    "f.yml:3:9: remote_write[0].urls: empty; write where to send, as "
	    "- https://host/api/v1/write\n");
	expect_faults(DATA "remote_write:\n- urls: http://a/w\n",
	    "f.yml:3:9: remote_write[0].urls: must be a list, each entry after "
	    "'- '\n");
	expect_faults(HEAD "  urls: ['http://a/w']\n",
	    "f.yml:4:3: remote_write[0].urls: there is url too; keep one of "
	    "the two\n");
	expect_faults(DATA "remote_write:\n- urls: [~]\n",
	    "f.yml:3:10: remote_write[0].urls[0]: must be a single value\n");
}

static void
what_stands_for_google_iam_is_said(void **state)
{
	(void)state;
	expect_faults(HEAD "  google_iam: {}\n",
	    "f.yml:4:3: remote_write[0].google_iam: not supported; write "
	    "oauth2 with grant_type: "
	    "urn:ietf:params:oauth:grant-type:jwt-bearer and the key of a "
	    "service account, or authorization with credentials_file\n");
}

static void
settings_with_one_value_for_now_name_it(void **state)
{
	(void)state;
	expect_faults(HEAD
	    "  protobuf_message: io.prometheus.write.v2.Request\n",
	    "f.yml:4:21: remote_write[0].protobuf_message: "
	    "io.prometheus.write.v2.Request is not supported by this version; "
	    "write prometheus.WriteRequest\n");
	expect_faults(HEAD "  protobuf_message: v1\n",
	    "f.yml:4:21: remote_write[0].protobuf_message: 'v1' is not one of "
	    "them; write prometheus.WriteRequest or "
	    "io.prometheus.write.v2.Request\n");
}

static void
how_metadata_are_sent_is_checked(void **state)
{
	(void)state;
	expect_faults(HEAD
	    "  metadata_config: {send: maybe, send_interval: 0s,\n"
	    "    max_samples_per_send: 0}\n",
	    "f.yml:4:27: remote_write[0].metadata_config.send: 'maybe' is "
	    "neither; write true or false\n"
	    "f.yml:4:49: remote_write[0].metadata_config.send_interval: must "
	    "be above 0, as 30s\n"
	    "f.yml:5:27: remote_write[0].metadata_config.max_samples_per_send: "
	    "'0' will not do; write a whole number from 1 to 4294967295\n");
}

static void
an_unknown_key_of_an_entry_gets_the_nearest(void **state)
{
	(void)state;
	expect_faults(HEAD "  remote_timout: 1s\n"
			   "  azure_ad: {}\n"
			   "  queue_config: {max_shard: 1}\n",
	    "f.yml:4:3: remote_write[0]: unknown key 'remote_timout'; did you "
	    "mean 'remote_timeout'?\n"
	    "f.yml:5:3: remote_write[0]: unknown key 'azure_ad'; did you mean "
	    "'azuread'?\n"
	    "f.yml:6:18: remote_write[0].queue_config: unknown key "
	    "'max_shard'; did you mean 'max_shards'?\n");
}

static void
a_name_is_short_and_printable(void **state)
{
	char text[1024], name[258];

	(void)state;
	expect_faults(HEAD "  name: \"a\\nb\"\n",
	    "f.yml:4:9: remote_write[0].name: has a control character; remove "
	    "it\n");
	expect_faults(HEAD "  name: \"a\\x7f\"\n",
	    "f.yml:4:9: remote_write[0].name: has a control character; remove "
	    "it\n");
	expect_faults(HEAD "  name: {}\n",
	    "f.yml:4:9: remote_write[0].name: must be a single value\n");
	memset(name, 'x', sizeof(name));
	name[257] = '\0';
	(void)snprintf(text, sizeof(text), HEAD "  name: %s\n", name);
	expect_faults(text,
	    "f.yml:4:9: remote_write[0].name: longer than 256 "
	    "bytes; shorten it\n");
	(void)snprintf(text, sizeof(text), HEAD "  name: %s\n", name + 1);
	expect_right(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_of_a_url_alone_has_every_default),
		cmocka_unit_test(every_setting_that_works_is_taken),
		cmocka_unit_test(what_is_done_about_answers_is_taken),
		cmocka_unit_test(a_backlog_must_be_faster_than_what_is_live),
		cmocka_unit_test(only_refusals_can_be_held),
		cmocka_unit_test(http_2_is_spoken_if_it_is_asked_for),
		cmocka_unit_test(
		    the_url_is_kept_whole_and_shown_without_secrets),
		cmocka_unit_test(a_bad_url_is_refused_unquoted),
		cmocka_unit_test(the_url_is_missed),
		cmocka_unit_test(values_that_ask_for_nothing_are_taken),
		cmocka_unit_test(
		    what_sizes_shards_is_checked_and_has_no_effect),
		cmocka_unit_test(a_backoff_above_the_greatest_is_refused),
		cmocka_unit_test(what_has_no_effect_is_taken_and_said),
		cmocka_unit_test(each_of_several_urls_has_an_entry_of_its_own),
		cmocka_unit_test(every_one_of_several_urls_must_be_right),
		cmocka_unit_test(what_stands_for_google_iam_is_said),
		cmocka_unit_test(settings_with_one_value_for_now_name_it),
		cmocka_unit_test(how_metadata_are_sent_is_checked),
		cmocka_unit_test(an_unknown_key_of_an_entry_gets_the_nearest),
		cmocka_unit_test(a_name_is_short_and_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
