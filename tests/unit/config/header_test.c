/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "agent/config/header.h"
#include "tests/unit/config/expect.h"

#define HEAD DATA "remote_write:\n- url: http://h/w\n  headers:\n"

static void
headers_are_kept_in_file_order(void **state)
{
	struct config *config =
	    expect_config(HEAD "    X-Scope-OrgID: 12\n"
			       "    x_y.z!: \"a: b\xc3\xa9\"\n");
	const struct config_remote *remote = &config->remotes[0];

	(void)state;
	assert_int_equal(remote->headers_len, 2);
	assert_string_equal(remote->headers[0].name, "X-Scope-OrgID");
	assert_string_equal(remote->headers[0].value, "12");
	assert_string_equal(remote->headers[1].name, "x_y.z!");
	assert_string_equal(remote->headers[1].value, "a: b\xc3\xa9");
	config_free(config);
}

static void
no_headers_is_right(void **state)
{
	(void)state;
	expect_right(HEAD);
	expect_right(HEAD "    {}\n");
}

static void
reserved_headers_are_refused_by_name(void **state)
{
	static const char *const names[] = { "host", "Host", "content-encoding",
		"Content-Length", "CONTENT-TYPE", "user-agent", "connection",
		"keep-alive", "proxy-authenticate", "Proxy-Authorization",
		"proxy-x", "www-authenticate", "accept-encoding",
		"X-Prometheus-Remote-Write-Version",
		"x-prometheus-remote-read-version", "x-amz-date",
		"x-amz-security-token", "x-amz-content-sha256", "Authorization",
		"transfer-encoding", "expect", "te", "trailer", "upgrade" };
	char text[256], wanted[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), HEAD "    %s: secret\n", names[i]);
		(void)snprintf(wanted, sizeof(wanted),
		    "f.yml:5:5: remote_write[0].headers.%s: set by walship "
		    "itself; remove it\n",
		    names[i]);
		expect_faults(text, wanted);
	}
}

static void
a_name_that_is_no_token_is_refused_unquoted(void **state)
{
	(void)state;
	expect_faults(HEAD "    X Y: secret\n"
			   "    \"\": secret\n"
			   "    \"X\\r\\nY\": secret\n"
			   "    \xc3\xa9: secret\n",
	    "f.yml:5:5: remote_write[0].headers: not a header name; write "
	    "'Name: value', with a space after the colon\n"
	    "f.yml:6:5: remote_write[0].headers: not a header name; write "
	    "'Name: value', with a space after the colon\n"
	    "f.yml:7:5: remote_write[0].headers: not a header name; write "
	    "'Name: value', with a space after the colon\n"
	    "f.yml:8:5: remote_write[0].headers: not a header name; write "
	    "'Name: value', with a space after the colon\n");
	expect_faults(HEAD "    {X-Key:secret}\n",
	    "f.yml:5:6: remote_write[0].headers: not a header name; write "
	    "'Name: value', with a space after the colon\n");
}

static void
a_value_that_would_break_the_request_is_refused_unquoted(void **state)
{
	(void)state;
	expect_faults(HEAD "    A: \"secret\\r\\nHost: x\"\n"
			   "    B: \"secret\\e\"\n"
			   "    C: \"secret\\t\"\n"
			   "    D: \"secret\\x7f\"\n"
			   "    E: ''\n"
			   "    F: ' secret'\n"
			   "    G: 'secret '\n"
			   "    H: [secret]\n"
			   "    I: |\n"
			   "      secret\n"
			   "    J:\n",
	    "f.yml:5:8: remote_write[0].headers.A: a control character or "
	    "line break; remove it\n"
	    "f.yml:6:8: remote_write[0].headers.B: a control character or "
	    "line break; remove it\n"
	    "f.yml:7:8: remote_write[0].headers.C: a control character or "
	    "line break; remove it\n"
	    "f.yml:8:8: remote_write[0].headers.D: a control character or "
	    "line break; remove it\n"
	    "f.yml:9:8: remote_write[0].headers.E: empty; remove it, or give "
	    "it a value\n"
	    "f.yml:10:8: remote_write[0].headers.F: a space at the beginning "
	    "or end; remove it\n"
	    "f.yml:11:8: remote_write[0].headers.G: a space at the beginning "
	    "or end; remove it\n"
	    "f.yml:12:8: remote_write[0].headers.H: must be a single value\n"
	    "f.yml:13:8: remote_write[0].headers.I: a control character or "
	    "line break; remove it\n"
	    "f.yml:15:7: remote_write[0].headers.J: must be a single value\n");
}

static void
a_header_is_given_once_whatever_its_capitals(void **state)
{
	(void)state;
	expect_faults(HEAD "    X-A: 1\n    x-a: 2\n",
	    "f.yml:6:5: remote_write[0].headers.x-a: the same header as in "
	    "line 5; keep one of the two\n");
}

static void
names_and_values_have_a_ceiling(void **state)
{
	char text[2 * HEADER_VALUE_MAX], word[HEADER_VALUE_MAX + 2];

	(void)state;
	memset(word, 'x', sizeof(word));
	word[HEADER_VALUE_MAX + 1] = '\0';
	(void)snprintf(text, sizeof(text), HEAD "    A: %s\n", word);
	expect_faults(text,
	    "f.yml:5:8: remote_write[0].headers.A: too long; "
	    "shorten it to 8192 bytes\n");
	(void)snprintf(text, sizeof(text), HEAD "    A: %s\n", word + 1);
	expect_right(text);
	word[HEADER_NAME_MAX + 1] = '\0';
	(void)snprintf(text, sizeof(text), HEAD "    %s: x\n", word);
	expect_faults(text,
	    "f.yml:5:5: remote_write[0].headers: not a header name; write "
	    "'Name: value', with a space after the colon\n");
	(void)snprintf(text, sizeof(text), HEAD "    %s: x\n", word + 1);
	expect_right(text);
}

static void
their_number_has_a_ceiling(void **state)
{
	char text[64 * (CONFIG_HEADERS_MAX + 2)];
	size_t i, len;

	(void)state;
	len = (size_t)snprintf(text, sizeof(text), HEAD);
	for (i = 0; i < CONFIG_HEADERS_MAX; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "    a%zu: x\n", i);
	expect_right(text);
	(void)snprintf(text + len, sizeof(text) - len, "    b: x\n");
	expect_faults(text,
	    "f.yml:4:3: remote_write[0].headers: more than 64 "
	    "headers; remove some\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_kept_in_file_order),
		cmocka_unit_test(no_headers_is_right),
		cmocka_unit_test(reserved_headers_are_refused_by_name),
		cmocka_unit_test(a_name_that_is_no_token_is_refused_unquoted),
		cmocka_unit_test(
		    a_value_that_would_break_the_request_is_refused_unquoted),
		cmocka_unit_test(a_header_is_given_once_whatever_its_capitals),
		cmocka_unit_test(names_and_values_have_a_ceiling),
		cmocka_unit_test(their_number_has_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
