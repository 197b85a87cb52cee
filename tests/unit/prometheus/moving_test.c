/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/prometheus/moving.h"

#define OUT_MAX (1u << 20)

/* What is moved of a file /etc/p/p.yml of ${text}; how many entries. */
static int
move(const char *text, struct buf *out, bool *ret_secrets)
{
	struct settings *settings;
	struct buf faults;
	int count;

	buf_init(&faults, OUT_MAX);
	settings = settings_parse("/etc/p/p.yml", text, strlen(text), &faults);
	assert_string_equal(buf_text(&faults), "");
	assert_non_null(settings);
	count = moving_put_remotes(settings, "/etc/p/p.yml", out, ret_secrets);
	settings_free(settings);
	buf_release(&faults);
	return count;
}

/* That ${text} is moved as ${wanted}. */
static void
assert_moved(const char *text, int count, bool secrets, const char *wanted)
{
	bool had = !secrets;
	struct buf out;

	buf_init(&out, OUT_MAX);
	assert_int_equal(move(text, &out, &had), count);
	assert_string_equal(buf_text(&out), wanted);
	assert_int_equal(had, secrets);
	buf_release(&out);
}

static void
entries_are_moved_word_for_word(void **state)
{
	(void)state;
	assert_moved(
	    "remote_write:\n"
	    "- url: http://one/w\n"
	    "  remote_timeout: 30s\n"
	    "  name: 'quo\"ted'\n"
	    "  send_exemplars: yes\n"
	    "  queue_config: {max_shards: 5, min_backoff: }\n"
	    "  headers: {}\n"
	    "  write_relabel_configs:\n"
	    "  - {source_labels: [a, \"b\"], regex: 'x\\d|\n\n    y'}\n"
	    "  - action: labeldrop\n"
	    "- url: http://two/w\n"
	    "  write_relabel_configs: []\n",
	    2, false,
	    "  - url: http://one/w\n"
	    "    remote_timeout: 30s\n"
	    "    name: \"quo\\\"ted\"\n"
	    "    send_exemplars: yes\n"
	    "    queue_config:\n"
	    "      max_shards: 5\n"
	    "      min_backoff:\n"
	    "    headers: {}\n"
	    "    write_relabel_configs:\n"
	    "      - source_labels:\n"
	    "          - a\n"
	    "          - \"b\"\n"
	    "        regex: \"x\\\\d|\\ny\"\n"
	    "      - action: labeldrop\n"
	    "  - url: http://two/w\n"
	    "    write_relabel_configs: []\n"
	    "    name: \"two\"\n");
	assert_moved("global: {}\n", 0, false, "");
	assert_moved("remote_write: []\n", 0, false, "");
}

static void
aliases_and_merges_are_written_out(void **state)
{
	(void)state;
	assert_moved("x: &x {remote_timeout: 1s, name: no}\n"
		     "remote_write:\n"
		     "- &one {url: http://one/w, <<: [*x, *x], name: yes}\n"
		     "- <<: *one\n"
		     "  url: http://two/w\n",
	    2, false,
	    "  - url: http://one/w\n"
	    "    name: yes\n"
	    "    remote_timeout: 1s\n"
	    "  - url: http://two/w\n"
	    "    name: yes\n"
	    "    remote_timeout: 1s\n");
}

static void
files_are_named_from_the_root_on(void **state)
{
	(void)state;
	assert_moved("remote_write:\n"
		     "- url: http://one/w\n"
		     "  basic_auth: {password_file: a, username_file: /b}\n"
		     "  tls_config: {ca_file: ../ca.pem, cert_file: ''}\n"
		     "  http_headers: {X: {files: [c, /d]}}\n",
	    1, false,
	    "  - url: http://one/w\n"
	    "    basic_auth:\n"
	    "      password_file: \"/etc/p/a\"\n"
	    "      username_file: /b\n"
	    "    tls_config:\n"
	    "      ca_file: \"/etc/p/../ca.pem\"\n"
	    "      cert_file: \"\"\n"
	    "    http_headers:\n"
	    "      X:\n"
	    "        files:\n"
	    "          - \"/etc/p/c\"\n"
	    "          - /d\n"
	    "    name: \"one\"\n");
}

static void
secrets_are_noted(void **state)
{
	(void)state;
	assert_moved("remote_write:\n"
		     "- bearer_token: abc\n"
		     "  url: http://u:p@one/w\n"
		     "  sigv4: {secret_key: s}\n"
		     "  http_headers: {X: {secrets: [t]}}\n"
		     "- url: http://two/w\n"
		     "  bearer_token: ''\n",
	    2, true,
	    "  - bearer_token: abc  # A secret: better in a file, as "
	    "bearer_token_file\n"
	    "    url: http://u:p@one/w  # Has a password: better basic_auth, "
	    "with password_file.\n"
	    "    sigv4:\n"
	    "      secret_key: s  # A secret\n"
	    "    http_headers:\n"
	    "      X:\n"
	    "        secrets:\n"
	    "          - t  # A secret: better in a file, as files\n"
	    "    name: \"one\"\n"
	    "  - url: http://two/w\n"
	    "    bearer_token: \"\"\n"
	    "    name: \"two\"\n");
}

/* What is shown of nowhere else; see shown.h. */
static void
what_may_be_a_secret_counts_as_one(void **state)
{
	static const char *const entries[] = {
		"url: http://h/w?key=k",
		"url: http://h/w\n  proxy_url: http://u:p@proxy:1",
		"url: http://h/w\n  headers:\n    X-Key: k",
		"url: http://h/w\n  http_headers:\n    X:\n      values: [k]",
		"url: http://h/w\n  proxy_connect_header:\n    X: [k]",
		"url: http://h/w\n  oauth2:\n    token_url: http://u:p@h/t",
		"url: http://h/w\n  proxy_url: http://proxy:1",
		"url: http://h/w\n  headers: {}",
	};
	char text[256];
	struct buf out;
	bool secrets;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), "remote_write:\n- %s\n", entries[i]);
		buf_init(&out, OUT_MAX);
		assert_int_equal(move(text, &out, &secrets), 1);
		assert_int_equal(secrets, i < 6);
		buf_release(&out);
	}
}

static void
remote_write_2_is_left_out(void **state)
{
	(void)state;
	assert_moved("remote_write:\n"
		     "- protobuf_message: io.prometheus.write.v2.Request\n"
		     "  url: http://one/w\n"
		     "- url: http://two/w\n"
		     "  protobuf_message: prometheus.WriteRequest\n",
	    2, false,
	    "  - # io.prometheus.write.v2.Request is left out: walship sends "
	    "remote write 1.0.\n"
	    "    url: http://one/w\n"
	    "    name: \"one\"\n"
	    "  - url: http://two/w\n"
	    "    protobuf_message: prometheus.WriteRequest\n"
	    "    name: \"two\"\n");
}

/* By the host, which a password in front of it is no part of; a name that is
 * given is left alone, and taken. */
static void
what_has_no_name_is_given_one(void **state)
{
	(void)state;
	assert_moved("remote_write:\n"
		     "- url: https://u:p@Two.example:1/w\n"
		     "- {url: http://one/w, name: two.example-1}\n"
		     "- url: https://two.example/x\n"
		     "- {url: http://one/x, name: ''}\n"
		     "- url: https://n.r-1.metrics.ingest.monitor.azure.us/w\n"
		     "- url: http://[::1]:1/w\n"
		     "- url: no url\n",
	    7, true,
	    "  - url: https://u:p@Two.example:1/w  # Has a password: better "
	    "basic_auth, with password_file.\n"
	    "  - url: http://one/w\n"
	    "    name: two.example-1\n"
	    "  - url: https://two.example/x\n"
	    "    name: \"two.example-3\"\n"
	    "  - url: http://one/x\n"
	    "    name: \"\"\n"
	    "  - url: https://n.r-1.metrics.ingest.monitor.azure.us/w\n"
	    "    name: \"azure\"\n"
	    "  - url: http://[::1]:1/w\n"
	    "    name: \"::1\"\n"
	    "  - url: no url\n");
}

static void
what_cannot_be_an_entry_is_refused(void **state)
{
	static const char *const texts[] = { "remote_write: [{[a]: b}]",
		"remote_write: [{\"a\\0\": b}]",
		"remote_write: [{a: \"b\\0\"}]", "remote_write: &r [*r]",
		"remote_write: [&r {a: *r}]" };
	bool secrets;
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_init(&out, OUT_MAX);
		assert_int_equal(move(texts[i], &out, &secrets), -1);
		buf_release(&out);
	}
}

/* Each of these is the one before twice: 2^24 nodes. */
static void
aliases_without_end_are_refused(void **state)
{
	char text[2048] = "x0: &x0 [a]\n";
	size_t i, len = strlen(text);
	struct buf out;
	bool secrets;

	(void)state;
	for (i = 1; i < 14; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "x%zu: &x%zu [*x%zu, *x%zu]\n", i, i, i - 1, i - 1);
	(void)snprintf(text + len, sizeof(text) - len,
	    "remote_write: [*x13, *x13, *x13, *x13, *x13, *x13]\n");
	buf_init(&out, OUT_MAX);
	assert_int_equal(move(text, &out, &secrets), -1);
	buf_release(&out);
}

static void
labels_are_moved_as_texts(void **state)
{
	static const char text[] =
	    "x: &x {b: 2, c: 3}\n"
	    "global: {external_labels: {a: yes, b: \"${X}\\n\", <<: *x, e: }}";
	struct settings *settings;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	settings = settings_parse("p", text, strlen(text), &out);
	assert_non_null(settings);
	assert_int_equal(moving_put_labels(settings, &out), 3);
	assert_string_equal(buf_text(&out),
	    "  \"a\": \"yes\"\n  \"b\": \"${X}\\n\"\n  \"c\": \"3\"\n");
	settings_free(settings);
	buf_release(&out);
}

static void
a_path_needs_no_quotes(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	moving_put_text(&out, "/var/lib/p-1.2_3");
	buf_putc(&out, ' ');
	moving_put_text(&out, "/a b");
	buf_putc(&out, ' ');
	moving_put_text(&out, "no");
	assert_string_equal(buf_text(&out), "/var/lib/p-1.2_3 \"/a b\" \"no\"");
	buf_release(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_moved_word_for_word),
		cmocka_unit_test(aliases_and_merges_are_written_out),
		cmocka_unit_test(files_are_named_from_the_root_on),
		cmocka_unit_test(secrets_are_noted),
		cmocka_unit_test(what_may_be_a_secret_counts_as_one),
		cmocka_unit_test(remote_write_2_is_left_out),
		cmocka_unit_test(what_has_no_name_is_given_one),
		cmocka_unit_test(what_cannot_be_an_entry_is_refused),
		cmocka_unit_test(aliases_without_end_are_refused),
		cmocka_unit_test(labels_are_moved_as_texts),
		cmocka_unit_test(a_path_needs_no_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
