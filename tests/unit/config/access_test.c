/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/unit/config/expect.h"

/* What follows it continues the entry, two spaces in, from line 4 on. */
#define HEAD DATA "remote_write:\n- url: http://h/w\n"

static void
without_any_of_it_there_is_nothing(void **state)
{
	struct config *config = expect_config(
	    HEAD "  bearer_token: ''\n  basic_auth:\n  tls_config: {ca: ''}\n");
	const struct config_remote *remote = &config->remotes[0];

	(void)state;
	assert_int_equal(remote->auth.kind, CONFIG_AUTH_NONE);
	assert_null(remote->tls.ca.text);
	assert_null(remote->tls.server_name);
	assert_false(remote->tls.insecure_skip_verify);
	assert_int_equal(remote->tls.min_version, CONFIG_TLS_DEFAULT);
	assert_false(config_authenticates(remote));
	config_free(config);
}

static void
a_user_and_a_password_are_taken(void **state)
{
	struct config *config = expect_config(
	    HEAD "  basic_auth: {username: u, password: ' p:w '}\n");
	const struct config_auth *auth = &config->remotes[0].auth;

	(void)state;
	assert_int_equal(auth->kind, CONFIG_AUTH_BASIC);
	assert_string_equal(auth->user.text, "u");
	assert_string_equal(auth->secret.text, " p:w ");
	assert_true(config_authenticates(&config->remotes[0]));
	config_free(config);
}

static void
credentials_have_a_type(void **state)
{
	static const struct {
		const char *text, *type, *secret, *file;
	} cases[] = {
		{ "authorization: {credentials: s}", "Bearer", "s", NULL },
		{ "authorization: {type: ' Token ', credentials: s}", "Token",
		    "s", NULL },
		{ "authorization: {type: '', credentials_file: /f}", "Bearer",
		    NULL, "/f" },
		{ "bearer_token: s", "Bearer", "s", NULL },
		{ "bearer_token_file: /f", "Bearer", NULL, "/f" },
	};
	const struct config_auth *auth;
	struct config *config;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), HEAD "  %s\n", cases[i].text);
		config = expect_config(text);
		auth = &config->remotes[0].auth;
		assert_int_equal(auth->kind, CONFIG_AUTH_HEADER);
		assert_string_equal(auth->type, cases[i].type);
		if (cases[i].secret != NULL)
			assert_string_equal(auth->secret.text, cases[i].secret);
		else
			assert_null(auth->secret.text);
		if (cases[i].file != NULL)
			assert_string_equal(auth->secret.file, cases[i].file);
		else
			assert_null(auth->secret.file);
		assert_true(config_authenticates(&config->remotes[0]));
		config_free(config);
	}
}

static void
a_relative_file_lies_beside_the_configuration(void **state)
{
	static const char text[] =
	    HEAD "  basic_auth: {username_file: u, password_file: /p}\n"
		 "  tls_config: {ca_file: d/a, cert_file: c, key_file: k}\n";
	const struct config_remote *remote;
	struct config *config;
	struct buf faults;

	(void)state;
	buf_init(&faults, OUT_MAX);
	config = config_parse("/etc/w/f.yml", text, strlen(text), &faults);
	assert_non_null(config);
	remote = &config->remotes[0];
	assert_string_equal(remote->auth.user.file, "/etc/w/u");
	assert_string_equal(remote->auth.secret.file, "/p");
	assert_string_equal(remote->tls.ca.file, "/etc/w/d/a");
	assert_string_equal(remote->tls.cert.file, "/etc/w/c");
	assert_string_equal(remote->tls.key.file, "/etc/w/k");
	config_free(config);
	config = expect_config(text);
	assert_string_equal(config->remotes[0].auth.user.file, "u");
	config_free(config);
	buf_release(&faults);
}

static void
an_entry_authenticates_in_one_way(void **state)
{
	(void)state;
	expect_faults(HEAD "  basic_auth: {username: u}\n"
			   "  authorization: {credentials: secret}\n"
			   "  bearer_token_file: /f\n",
	    "f.yml:5:3: remote_write[0].authorization: there is basic_auth "
	    "too; keep one way to authenticate\n"
	    "f.yml:6:3: remote_write[0].bearer_token_file: there is "
	    "authorization too; keep one way to authenticate\n");
	expect_faults(HEAD "  bearer_token: secret\n  bearer_token_file: /f\n",
	    "f.yml:5:3: remote_write[0].bearer_token_file: there is "
	    "bearer_token too; keep one way to authenticate\n");
	expect_faults(DATA "remote_write:\n- url: http://u:secret@h/w\n"
			   "  basic_auth: {username: u}\n",
	    "f.yml:4:3: remote_write[0].basic_auth: there is a user in the "
	    "url too; keep one way to authenticate\n");
}

static void
a_secret_is_a_text_or_a_file(void **state)
{
	static const char *const cases[][4] = {
		{ "basic_auth", "username", "username_file", "" },
		{ "basic_auth", "password", "password_file", "" },
		{ "authorization", "credentials", "credentials_file", "" },
		{ "tls_config", "ca", "ca_file", "" },
	};
	char text[512], wanted[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    HEAD "  %s: { %s: /f, %s: secret%s}\n", cases[i][0],
		    cases[i][2], cases[i][1], cases[i][3]);
		(void)snprintf(wanted, sizeof(wanted),
		    "f.yml:4:%zu: remote_write[0].%s.%s: %s is given too; keep "
		    "one of the two\n",
		    strlen(cases[i][0]) + 7, cases[i][0], cases[i][2],
		    cases[i][1]);
		expect_faults(text, wanted);
	}
}

static void
what_cannot_be_is_refused_and_no_secret_quoted(void **state)
{
	(void)state;
	expect_faults(HEAD "  authorization: {}\n",
	    "f.yml:4:3: remote_write[0].authorization: has neither "
	    "credentials nor credentials_file; add one\n");
	expect_faults(HEAD
	    "  authorization: {type: BASIC, credentials: secret}\n",
	    "f.yml:4:25: remote_write[0].authorization.type: Basic has a key "
	    "of its own; write basic_auth instead of authorization\n");
	expect_faults(HEAD
	    "  authorization: {type: a b, credentials: secret}\n",
	    "f.yml:4:25: remote_write[0].authorization.type: not a type; "
	    "write one word, as Bearer\n");
	expect_faults(HEAD "  bearer_token: \"secret\\nX: y\"\n",
	    "f.yml:4:17: remote_write[0].bearer_token: a control character or "
	    "line break; remove it\n");
	expect_faults(HEAD "  authorization: {credentials_ref: secret}\n",
	    "f.yml:4:19: remote_write[0].authorization.credentials_ref: not "
	    "supported by this version; remove it\n");
}

static void
what_goes_in_the_clear_is_noted(void **state)
{
	static const char *const ways[] = { "basic_auth: {username: u}",
		"authorization: {credentials: s}", "bearer_token: s",
		"oauth2: {client_id: c, token_url: 'https://t/o'}" };
	char text[256], notes[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		(void)snprintf(text, sizeof(text), HEAD "  %s\n", ways[i]);
		(void)snprintf(notes, sizeof(notes),
		    "f.yml:3:3: remote_write[0].url: plain http shows %.*s, "
		    "and all samples, to everyone on the way; write https\n",
		    (int)strcspn(ways[i], ":"), ways[i]);
		expect_notes(text, notes);
		(void)snprintf(text, sizeof(text),
		    DATA "remote_write:\n- url: https://h/w\n  %s\n", ways[i]);
		expect_notes(text, "");
		(void)snprintf(text, sizeof(text),
		    DATA "remote_write:\n- url: http://127.0.0.1/w\n  %s\n",
		    ways[i]);
		expect_notes(text, "");
	}
	expect_notes(DATA "remote_write:\n- url: http://u:hush@h/w\n",
	    "f.yml:3:3: remote_write[0].url: plain http shows a user in the "
	    "url, and all samples, to everyone on the way; write https\n");
	expect_notes(HEAD "  sigv4: {region: r}\n", "");
	expect_notes(HEAD, "");
	expect_notes(HEAD "  oauth2: {client_id: c, token_url: "
			  "'http://t/o'}\n",
	    "f.yml:3:3: remote_write[0].url: plain http shows oauth2, and all "
	    "samples, to everyone on the way; write https\n"
	    "f.yml:4:26: remote_write[0].oauth2.token_url: plain http shows "
	    "what tokens are had for, and the tokens, to everyone on the way; "
	    "write https\n");
}

static void
who_asks_can_be_forgotten(void **state)
{
	static const char text[] =
	    "prometheus: {data_dir: /d, url: 'http://p:9090'}\n"
	    "remote_write:\n"
	    "- url: https://a/w\n"
	    "  basic_auth: {username: u, password: s3cret}\n"
	    "  tls_config: {ca_file: /ca, insecure_skip_verify: true}\n"
	    "  proxy_url: http://u:s3cret@proxy\n"
	    "  http_headers: {X-Key: {secrets: [s3cret]}}\n"
	    "- url: https://b/w\n"
	    "  azuread: {managed_identity: {}}\n"
	    "- url: https://c/w\n"
	    "  oauth2: {client_id: c, client_secret: s, token_url: "
	    "'https://t'}\n"
	    "- url: https://d/w\n"
	    "  sigv4: {region: r, access_key: k, secret_key: s3cret}\n";
	struct config *config = expect_config(text);
	size_t i;

	(void)state;
	for (i = 0; i < config->remotes_len; i++)
		assert_true(config_authenticates(&config->remotes[i]));
	config_forget_access(config);
	assert_null(config->prometheus_url);
	for (i = 0; i < config->remotes_len; i++) {
		assert_false(config_authenticates(&config->remotes[i]));
		assert_null(config->remotes[i].tls.ca.file);
		assert_null(config->remotes[i].proxy.url);
	}
	config_free(config);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_can_be_forgotten),
		cmocka_unit_test(without_any_of_it_there_is_nothing),
		cmocka_unit_test(a_user_and_a_password_are_taken),
		cmocka_unit_test(credentials_have_a_type),
		cmocka_unit_test(a_relative_file_lies_beside_the_configuration),
		cmocka_unit_test(an_entry_authenticates_in_one_way),
		cmocka_unit_test(a_secret_is_a_text_or_a_file),
		cmocka_unit_test(
		    what_cannot_be_is_refused_and_no_secret_quoted),
		cmocka_unit_test(what_goes_in_the_clear_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
