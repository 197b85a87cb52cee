/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/config/shown.h"
#include "tests/unit/config/expect.h"

/* What is shown of ${config}, to be freed. */
static char *
shown(const struct config *config)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	shown_put(config, &out);
	assert_false(out.bad);
	text = strdup(buf_text(&out));
	buf_release(&out);
	assert_non_null(text);
	return text;
}

/* What is shown of the configuration ${text} has all the ${lines}. */
static char *
check(const char *text, const char *const lines[])
{
	struct config *config = expect_config(text);
	char *said = shown(config);

	for (; *lines != NULL; lines++)
		if (strstr(said, *lines) == NULL)
			fail_msg("no \"%s\" in:\n%s", *lines, said);
	config_free(config);
	return said;
}

static void
what_was_not_given_is_filled_in(void **state)
{
	static const char *const lines[] = {
		"prometheus:\n  data_dir: \"/data\"\n",
		"\nstate_dir: \"/var/lib/walship\"\n", "\nstart: now\n",
		"\nspool:\n  mode: auto\n", "\n  max_bytes: 10737418240B\n",
		"\n  max_age: 1d\n  min_free: 10%\n",
		"\n  listen_address: \"127.0.0.1:9795\"\n",
		"\n    remote_timeout: 30s\n",
		"\n      batch_send_deadline: 5s\n      min_backoff: 30ms\n",
		"\n    on_refused: drop\n", NULL
	};

	(void)state;
	free(check(DATA REMOTE, lines));
}

/* As long as nothing secret is in it, it can be written to a file again. */
static void
what_is_shown_is_a_configuration_that_says_the_same(void **state)
{
	static const char text[] =
	    "prometheus: {data_dir: /data, url: 'http://p:9090/'}\n"
	    "state_dir: /state\n"
	    "start: 2026-01-02T03:04:05Z\n"
	    "spool: {mode: fd, dir: /spool, max_bytes: 1GiB, max_age: 90m, "
	    "min_free: 3MiB}\n"
	    "external_labels: {a: \"b\\\"\\n\\xfc\", c: d}\n"
	    "web: {listen_address: ':0', config_file: /w.yml, "
	    "enable_lifecycle: true}\n"
	    "self_metrics: {interval: 90s}\n"
	    "limits: {max_series: 7, memory: 5MiB}\n"
	    "log: {level: warn, format: json}\n"
	    "remote_write:\n"
	    "- {url: 'https://a/w', name: n, remote_timeout: 1m1s, "
	    "send_exemplars: true, profile: azuremonitor, max_lag: 0, "
	    "future_limit: 1h, max_bytes_per_send: 5, label_limits: truncate, "
	    "on_refused: drop, hold_on_status: [418], "
	    "queue_config: {max_shards: 3, retry_on_http_429: false}, "
	    "metadata_config: {send: false}, "
	    "rate_limit: {samples_per_minute: 9, catch_up: 0}, "
	    "write_relabel_configs: [{source_labels: [x, y], regex: 'a(.)\"', "
	    "target_label: t, replacement: '$1'}, {regex: z, action: "
	    "labeldrop}, {source_labels: [q], modulus: 8, target_label: m, "
	    "action: hashmod}]}\n"
	    "- {url: 'http://b/w'}\n";
	static const char *const lines[] = { "\n  config_file: \"/w.yml\"\n",
		NULL };
	char *said, *again;

	(void)state;
	(void)text;
	said = check(text, lines);
	again = check(said, lines);
	assert_string_equal(again, said);
	free(said);
	free(again);
}

static void
nothing_secret_is_shown(void **state)
{
	static const char *const lines[] = {
		"\n    url: \"http://a/w?k=***\"\n",
		"\n    basic_auth: \"***\"\n", "\n      \"X-Key\": \"***\"\n",
		"\n    proxy_url: \"http://p:1/\"\n",
		"\n    oauth2:\n      client_id: \"me\"\n",
		"\n      token_url: \"https://t/?s=***\"\n",
		"\n    sigv4: \"***\"\n", NULL
	};
	char *said;

	(void)state;
	said = check(DATA
	    "remote_write:\n"
	    "- {url: 'http://a/w?k=secret2', basic_auth: {username: "
	    "secret3, password: secret4}, headers: {X-Key: secret5}, "
	    "proxy_url: 'http://u:secret6@p:1/'}\n"
	    "- {url: 'https://b/w', oauth2: {client_id: me, client_secret: "
	    "secret7, token_url: 'https://t/?s=secret8', endpoint_params: "
	    "{x: secret9}}}\n"
	    "- {url: 'https://c/w', sigv4: {region: r, access_key: secret10, "
	    "secret_key: secret11}}\n",
	    lines);
	assert_null(strstr(said, "secret"));
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_given_is_filled_in),
		cmocka_unit_test(
		    what_is_shown_is_a_configuration_that_says_the_same),
		cmocka_unit_test(nothing_secret_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
