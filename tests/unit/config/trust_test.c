/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/config/expect.h"

/* What follows it continues the entry, two spaces in, from line 4 on. */
#define HEAD DATA "remote_write:\n- url: http://h/w\n"

static void
everything_of_tls_is_taken(void **state)
{
	struct config *config =
	    expect_config(HEAD "  tls_config:\n"
			       "    ca: |\n"
			       "      one\n"
			       "      two\n"
			       "    cert_file: /c\n"
			       "    key: k\n"
			       "    server_name: n.example\n"
			       "    insecure_skip_verify: true\n"
			       "    min_version: TLS10\n"
			       "    max_version: TLS13\n");
	const struct config_tls *tls = &config->remotes[0].tls;

	(void)state;
	assert_string_equal(tls->ca.text, "one\ntwo\n");
	assert_string_equal(tls->cert.file, "/c");
	assert_string_equal(tls->key.text, "k");
	assert_string_equal(tls->server_name, "n.example");
	assert_true(tls->insecure_skip_verify);
	assert_int_equal(tls->min_version, CONFIG_TLS10);
	assert_int_equal(tls->max_version, CONFIG_TLS13);
	assert_true(config_authenticates(&config->remotes[0]));
	config_free(config);
}

static void
each_is_written_out_or_in_a_file(void **state)
{
	(void)state;
	expect_faults(HEAD "  tls_config: {ca: secret, ca_file: /f}\n",
	    "f.yml:4:28: remote_write[0].tls_config.ca_file: ca is given too; "
	    "keep one of the two\n");
	expect_faults(HEAD
	    "  tls_config: {cert: secret, cert_file: /f, key: k}\n",
	    "f.yml:4:30: remote_write[0].tls_config.cert_file: cert is given "
	    "too; keep one of the two\n");
	expect_faults(HEAD
	    "  tls_config: {key: secret, key_file: /f, cert: c}\n",
	    "f.yml:4:29: remote_write[0].tls_config.key_file: key is given "
	    "too; keep one of the two\n");
}

static void
what_cannot_be_is_refused(void **state)
{
	(void)state;
	expect_faults(HEAD "  tls_config: {cert_file: /c}\n",
	    "f.yml:4:3: remote_write[0].tls_config: a client certificate needs "
	    "its key, and the key its certificate; add key_file\n");
	expect_faults(HEAD "  tls_config: {key: secret}\n",
	    "f.yml:4:3: remote_write[0].tls_config: a client certificate needs "
	    "its key, and the key its certificate; add cert_file\n");
	expect_faults(HEAD "  tls_config: {min_version: TLS1}\n",
	    "f.yml:4:29: remote_write[0].tls_config.min_version: 'TLS1' is not "
	    "one of them; write TLS10, TLS11, TLS12 or TLS13\n");
	expect_faults(HEAD
	    "  tls_config: {min_version: TLS13, max_version: TLS12}\n",
	    "f.yml:4:3: remote_write[0].tls_config: max_version is below "
	    "min_version, and nothing is between; raise it\n");
	expect_faults(HEAD "  tls_config: {server_name: 'a b'}\n",
	    "f.yml:4:29: remote_write[0].tls_config.server_name: not the name "
	    "of a host; write it as in the receiver's certificate\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_of_tls_is_taken),
		cmocka_unit_test(each_is_written_out_or_in_a_file),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
