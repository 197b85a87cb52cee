/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/config/profile.h"
#include "tests/unit/config/expect.h"

#define WORKSPACE \
	"https://dce-1234.westeurope-1.metrics.ingest.monitor.azure.com/" \
	"dataCollectionRules/dcr-0/streams/Microsoft-PrometheusMetrics/api/" \
	"v1/" \
	"write?api-version=2023-04-24"

/* A label that each host has for itself; without it there is a warning. */
#define HOST "external_labels: {host: '${HOSTNAME}'}\n"

#define MINUTE (60 * CLOCK_SEC)

/* The profile of an entry with these keys. */
static enum config_profile
profile_of(const char *keys)
{
	enum config_profile profile;
	struct config *config;
	char text[1024];

	(void)snprintf(
	    text, sizeof(text), DATA HOST "remote_write: [{%s}]\n", keys);
	config = expect_config(text);
	assert_int_equal(config->warnings_len, 0);
	profile = config->remotes[config->remotes_len - 1].profile;
	config_free(config);
	return profile;
}

static void
a_workspace_is_known_by_its_host(void **state)
{
	static const char *const workspaces[] = { "url: '" WORKSPACE "'",
		"url: 'https://D.METRICS.ingest.monitor.azure.us/w'",
		"url: 'https://d.metrics.ingest.monitor.azure.cn:443/w'",
		"urls: ['https://h/w', '" WORKSPACE "']" };
	static const char *const others[] = { "url: 'https://h/w'",
		"url: 'https://metrics.ingest.monitor.azure.com/w'",
		"url: 'https://d.metrics.ingest.monitor.azure.com.example/w'",
		"url: 'https://d.ingest.monitor.azure.com/w'",
		"url: 'https://h/d.metrics.ingest.monitor.azure.com'",
		"urls: ['" WORKSPACE "', 'https://h/w']" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(workspaces) / sizeof(workspaces[0]); i++)
		assert_int_equal(
		    profile_of(workspaces[i]), CONFIG_PROFILE_AZUREMONITOR);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(profile_of(others[i]), CONFIG_PROFILE_NONE);
}

static void
what_the_key_says_counts_more_than_the_host(void **state)
{
	(void)state;
	assert_int_equal(
	    profile_of("url: 'https://h/w', profile: azuremonitor"),
	    CONFIG_PROFILE_AZUREMONITOR);
	assert_int_equal(
	    profile_of("url: '" WORKSPACE "', profile: prometheus"),
	    CONFIG_PROFILE_NONE);
	assert_int_equal(profile_of("url: '" WORKSPACE "', profile: none"),
	    CONFIG_PROFILE_NONE);
	assert_int_equal(profile_of("url: '" WORKSPACE "', profile: ~"),
	    CONFIG_PROFILE_AZUREMONITOR);
	expect_faults(DATA "remote_write:\n- url: https://h/w\n"
			   "  profile: azure\n",
	    "f.yml:4:12: remote_write[0].profile: 'azure' is not one of them; "
	    "write none, prometheus or azuremonitor\n");
}

static void
a_workspace_has_defaults_of_its_own(void **state)
{
	struct config *config =
	    expect_config(DATA HOST "remote_write: [{url: '" WORKSPACE "'}]\n");
	const struct config_remote *remote = &config->remotes[0];

	(void)state;
	assert_int_equal(remote->queue.sample_age_limit, 19 * MINUTE);
	assert_int_equal(remote->future_limit, 19 * MINUTE);
	assert_int_equal(remote->max_lag, 5 * MINUTE);
	assert_int_equal(remote->max_bytes_per_send, 1000000);
	assert_int_equal(remote->queue.batch_send_deadline, 15 * CLOCK_SEC);
	assert_int_equal(remote->queue.max_backoff, 30 * CLOCK_SEC);
	assert_true(remote->spread);
	assert_int_equal(remote->catch_up, 2);
	assert_true(remote->bisect_refused);
	assert_int_equal(remote->label_limits, CONFIG_LABELS_DROP);
	/* Prometheus's, but held whoever adds the token. */
	assert_int_equal(remote->hold.len, 2);
	assert_true(remote->hold.given);
	assert_int_equal(remote->queue.max_samples_per_send, 2000);
	config_free(config);
}

static void
each_default_can_be_overridden(void **state)
{
	struct config *config = expect_config(DATA HOST
	    "remote_write:\n"
	    "- url: '" WORKSPACE "'\n"
	    "  queue_config: {sample_age_limit: 0s, batch_send_deadline: 3s,\n"
	    "    max_backoff: 2s}\n"
	    "  future_limit: 0s\n"
	    "  max_lag: 0s\n"
	    "  max_bytes_per_send: 5\n"
	    "  spread: false\n"
	    "  rate_limit: {catch_up: 0}\n"
	    "  on_refused: drop\n"
	    "  label_limits: send\n"
	    "  hold_on_status: []\n");
	const struct config_remote *remote = &config->remotes[0];
	struct buf out;

	(void)state;
	assert_int_equal(remote->profile, CONFIG_PROFILE_AZUREMONITOR);
	assert_int_equal(remote->queue.sample_age_limit, 0);
	assert_int_equal(remote->queue.batch_send_deadline, 3 * CLOCK_SEC);
	assert_int_equal(remote->queue.max_backoff, 2 * CLOCK_SEC);
	assert_int_equal(remote->future_limit, 0);
	assert_int_equal(remote->max_lag, 0);
	assert_int_equal(remote->max_bytes_per_send, 5);
	assert_false(remote->spread);
	assert_int_equal(remote->catch_up, 0);
	assert_false(remote->bisect_refused);
	assert_int_equal(remote->label_limits, CONFIG_LABELS_SEND);
	assert_int_equal(remote->hold.len, 0);
	buf_init(&out, PROFILE_TEXT_MAX);
	profile_put(remote, &out);
	assert_string_equal(buf_text(&out), "");
	buf_release(&out);
	config_free(config);
}

static void
what_is_in_force_is_said(void **state)
{
	struct config *config =
	    expect_config(DATA HOST "remote_write:\n"
				    "- url: '" WORKSPACE "'\n"
				    "  max_lag: 1m\n"
				    "- url: 'https://h/w'\n"
				    "  max_lag: 5m\n");
	struct buf out;

	(void)state;
	buf_init(&out, PROFILE_TEXT_MAX);
	profile_put(&config->remotes[0], &out);
	assert_string_equal(buf_text(&out),
	    "queue_config.sample_age_limit=19m future_limit=19m "
	    "max_bytes_per_send=1000000 queue_config.batch_send_deadline=15s "
	    "queue_config.max_backoff=30s spread=true rate_limit.catch_up=2 "
	    "on_refused=bisect label_limits=drop");
	buf_reset(&out);
	profile_put(&config->remotes[1], &out);
	assert_int_equal(out.len, 0);
	buf_release(&out);
	config_free(config);
}

static void
a_workspace_is_sent_to_over_https(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n- profile: azuremonitor\n"
			   "  url: http://h/w\n",
	    "f.yml:4:8: remote_write[0].url: plain http would show tokens and "
	    "samples to all on the way; write https, or http to a proxy at "
	    "127.0.0.1\n");
	/* And so is any token of Entra's. */
	expect_faults(DATA "remote_write:\n- url: http://h/w\n"
			   "  profile: none\n"
			   "  azuread: {managed_identity: {}}\n",
	    "f.yml:3:8: remote_write[0].url: plain http would show tokens and "
	    "samples to all on the way; write https, or http to a proxy at "
	    "127.0.0.1\n");
	assert_int_equal(
	    profile_of("profile: azuremonitor, url: 'http://127.0.0.1:8081/w'"),
	    CONFIG_PROFILE_AZUREMONITOR);
}

static void
who_has_a_token_to_get_sends_to_a_workspace(void **state)
{
	static const char text[] = "azuread: {managed_identity: {}}";
	struct fault_list faults = { 0 };
	struct tree_node *root = tree_parse(text, strlen(text), &faults);
	const struct schema_at at = { .node = root, .faults = &faults };
	struct config_remote remote = { .hold = { { 401, 403 }, 2, false } };

	(void)state;
	profile_begin(&at, "https://h/w", &remote);
	assert_int_equal(remote.profile, CONFIG_PROFILE_AZUREMONITOR);
	/* Until the rule that the url names is there. */
	assert_int_equal(remote.hold.len, 3);
	assert_int_equal(remote.hold.statuses[2], 404);
	tree_free(root);
}

/* How many warnings there are with these external labels. */
static size_t
warned(const char *labels)
{
	struct config *config;
	char text[1024];
	size_t len;

	(void)snprintf(text, sizeof(text),
	    DATA "external_labels: {%s}\nremote_write: [{url: '" WORKSPACE
		 "'}]\n",
	    labels);
	config = expect_config(text);
	len = config->warnings_len;
	if (len == 1)
		assert_string_equal(config->warnings[0],
		    "f.yml:3:1: remote_write: no external label tells this "
		    "host from others: two that scrape localhost:9100 would "
		    "corrupt each other's series in the workspace; add "
		    "external_labels: {host: '${HOSTNAME}'}");
	config_free(config);
	return len;
}

static void
hosts_that_look_alike_are_warned_of(void **state)
{
	char host[HOST_NAME_MAX + 1], label[HOST_NAME_MAX + 16];

	(void)state;
	assert_int_equal(warned(""), 1);
	assert_int_equal(warned("cluster: in-no-host's-name"), 1);
	assert_int_equal(warned("a: in-no-host's-name, b: '${HOSTNAME}'"), 0);
	assert_int_equal(gethostname(host, sizeof(host)), 0);
	(void)snprintf(label, sizeof(label), "a: 'x %s'", host);
	assert_int_equal(warned(label), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_workspace_is_known_by_its_host),
		cmocka_unit_test(what_the_key_says_counts_more_than_the_host),
		cmocka_unit_test(a_workspace_has_defaults_of_its_own),
		cmocka_unit_test(each_default_can_be_overridden),
		cmocka_unit_test(what_is_in_force_is_said),
		cmocka_unit_test(a_workspace_is_sent_to_over_https),
		cmocka_unit_test(who_has_a_token_to_get_sends_to_a_workspace),
		cmocka_unit_test(hosts_that_look_alike_are_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
