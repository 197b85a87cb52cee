/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "agent/config/oauth2.h"
#include "tests/unit/config/expect.h"

/* What follows it continues the entry, two spaces in, from line 4 on. */
#define HEAD DATA "remote_write:\n- url: http://h/w\n"
#define LEAST "client_id: c, token_url: 'https://t/o'"
#define JWT "urn:ietf:params:oauth:grant-type:jwt-bearer"

static void
everything_is_taken(void **state)
{
	static const char text[] =
	    HEAD "  oauth2:\n"
		 "    client_id: me\n"
		 "    client_secret_file: s\n"
		 "    scopes: [a, b]\n"
		 "    token_url: https://u:hush@t/o?x=hush\n"
		 "    endpoint_params: {resource: r, other: ''}\n"
		 "    tls_config: {ca_file: a, server_name: n}\n"
		 "    proxy_url: http://p:1\n"
		 "    no_proxy: h\n";
	const struct config_oauth2 *oauth2;
	struct config *config;
	struct buf faults;

	(void)state;
	buf_init(&faults, OUT_MAX);
	config = config_parse("/etc/w/f.yml", text, strlen(text), &faults);
	assert_string_equal(buf_text(&faults), "");
	assert_non_null(config);
	assert_true(config_authenticates(&config->remotes[0]));
	oauth2 = config->remotes[0].oauth2;
	assert_string_equal(oauth2->client_id, "me");
	assert_string_equal(oauth2->secret.file, "/etc/w/s");
	assert_string_equal(oauth2->scopes, "a b");
	assert_null(strstr(oauth2->shown_url, "hush"));
	assert_false(oauth2->signs);
	assert_int_equal(oauth2->params_len, 2);
	assert_string_equal(oauth2->params[0].name, "resource");
	assert_string_equal(oauth2->params[1].value, "");
	assert_string_equal(oauth2->tls.ca.file, "/etc/w/a");
	assert_string_equal(oauth2->proxy.no_proxy, "h");
	config_free(config);
	buf_release(&faults);
}

static void
a_client_may_sign(void **state)
{
	struct config *config =
	    expect_config(HEAD "  oauth2:\n"
			       "    client_id: me\n"
			       "    token_url: https://t/o\n"
			       "    grant_type: " JWT "\n"
			       "    client_certificate_key: k\n"
			       "    client_certificate_key_id: i\n"
			       "    signature_algorithm: RS512\n"
			       "    iss: who\n"
			       "    audience: for\n"
			       "    claims: {a: 1, b: [x]}\n");
	const struct config_oauth2 *oauth2 = config->remotes[0].oauth2;

	(void)state;
	assert_true(oauth2->signs);
	assert_string_equal(oauth2->key.text, "k");
	assert_string_equal(oauth2->key_id, "i");
	assert_int_equal(oauth2->algorithm, OAUTH2_RS512);
	assert_string_equal(oauth2->issuer, "who");
	assert_string_equal(oauth2->audience, "for");
	assert_string_equal(oauth2->claims, "\"a\":1,\"b\":[\"x\"]");
	config_free(config);
	expect_right(HEAD "  oauth2: {" LEAST ", grant_type: '', "
			  "signature_algorithm: '', claims: {}, scopes: []}\n");
}

/* What is wrong with the entry's "oauth2: {${keys}}". */
static void
expect_fault(const char *keys, const char *wanted)
{
	char text[512], whole[512];

	(void)snprintf(text, sizeof(text), HEAD "  oauth2: {%s}\n", keys);
	(void)snprintf(whole, sizeof(whole),
	    "f.yml:4:3: remote_write[0].oauth2: %s\n", wanted);
	expect_faults(text, whole);
}

static void
what_does_not_go_together_is_refused(void **state)
{
	(void)state;
	expect_fault("token_url: 'https://t/o'",
	    "has no client_id; write the one that the server knows");
	expect_fault("client_id: c",
	    "has no token_url; write where the server gives out tokens, as "
	    "https://host/oauth2/token");
	expect_fault(LEAST ", grant_type: '" JWT "'",
	    "has no key to sign with; add client_certificate_key_file");
	expect_fault(LEAST ", client_certificate_key: secret",
	    "has a key, with which client_credentials does nothing; write "
	    "grant_type: " JWT ", or remove the key");
	expect_fault(LEAST ", grant_type: '" JWT "', client_secret: secret, "
			   "client_certificate_key: secret",
	    "has a key to sign with, and a secret too; keep one of the two");
	expect_faults(HEAD "  oauth2: {" LEAST ",\n"
			   "    client_secret: secret, client_secret_file: f,\n"
			   "    grant_type: password, no_proxy: x,\n"
			   "    token_url: secret, claims: x}\n",
	    "f.yml:5:28: remote_write[0].oauth2.client_secret_file: "
	    "client_secret is given too; keep one of the two\n"
	    "f.yml:6:17: remote_write[0].oauth2.grant_type: 'password' is not "
	    "one of them; write client_credentials or " JWT "\n"
	    "f.yml:6:27: remote_write[0].oauth2.no_proxy: there is no "
	    "proxy_url; add it, or remove this\n"
	    "f.yml:7:5: the same key as in line 4; keep one of the two\n"
	    "f.yml:7:32: remote_write[0].oauth2.claims: must be a mapping, as "
	    "'key: value'\n");
	expect_faults(HEAD "  basic_auth: {username: u}\n"
			   "  oauth2: {" LEAST "}\n",
	    "f.yml:5:3: remote_write[0].oauth2: there is basic_auth too; keep "
	    "one way to authenticate\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_taken),
		cmocka_unit_test(a_client_may_sign),
		cmocka_unit_test(what_does_not_go_together_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
