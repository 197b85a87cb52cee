/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/unit/config/expect.h"

/* What follows it continues the entry, two spaces in, from line 4 on. */
#define HEAD DATA "remote_write:\n- url: http://h/w\n"

static void
keys_and_region_are_taken_or_left_to_the_environment(void **state)
{
	struct config *config = expect_config(HEAD
	    "  sigv4: {region: eu-west-1, access_key: AK, secret_key: a/+b,\n"
	    "    profile: '', role_arn: ''}\n");
	const struct config_sigv4 *sigv4 = config->remotes[0].sigv4;

	(void)state;
	assert_string_equal(sigv4->region, "eu-west-1");
	assert_string_equal(sigv4->access_key, "AK");
	assert_string_equal(sigv4->secret_key, "a/+b");
	assert_true(config_authenticates(&config->remotes[0]));
	config_free(config);
	config = expect_config(HEAD "  sigv4: {}\n");
	sigv4 = config->remotes[0].sigv4;
	assert_non_null(sigv4);
	assert_null(sigv4->region);
	assert_null(sigv4->access_key);
	config_free(config);
}

static void
what_asks_for_other_credentials_is_refused_by_name(void **state)
{
	static const char *const keys[] = { "profile", "role_arn",
		"external_id" };
	char text[256], wanted[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), HEAD "  sigv4: {%s: x}\n", keys[i]);
		(void)snprintf(wanted, sizeof(wanted),
		    "f.yml:4:11: remote_write[0].sigv4.%s: not supported by "
		    "this version; write access_key and secret_key, or have "
		    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
		    "AWS_SESSION_TOKEN in the environment\n",
		    keys[i]);
		expect_faults(text, wanted);
	}
}

static void
what_cannot_be_is_refused_and_no_secret_quoted(void **state)
{
	(void)state;
	expect_faults(HEAD "  sigv4: {secret_key: secret}\n",
	    "f.yml:4:3: remote_write[0].sigv4: a key needs its secret, and the "
	    "secret its key; add access_key\n");
	expect_faults(HEAD "  sigv4: {access_key: a}\n",
	    "f.yml:4:3: remote_write[0].sigv4: a key needs its secret, and the "
	    "secret its key; add secret_key\n");
	expect_faults(HEAD "  sigv4: {region: 'a/b', access_key: 'a\tb',\n"
			   "    secret_key: \"secret\\n\"}\n",
	    "f.yml:4:19: remote_write[0].sigv4.region: has what neither a "
	    "region nor a key id has; copy it from AWS, as eu-west-1\n"
	    "f.yml:4:38: remote_write[0].sigv4.access_key: has what neither a "
	    "region nor a key id has; copy it from AWS, as eu-west-1\n"
	    "f.yml:5:17: remote_write[0].sigv4.secret_key: a control character "
	    "or line break; remove it\n");
}

static void
no_other_way_to_authenticate_goes_with_it(void **state)
{
	(void)state;
	expect_faults(HEAD "  basic_auth: {username: u}\n  sigv4: {}\n",
	    "f.yml:5:3: remote_write[0].sigv4: there is basic_auth too; keep "
	    "one way to authenticate\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    keys_and_region_are_taken_or_left_to_the_environment),
		cmocka_unit_test(
		    what_asks_for_other_credentials_is_refused_by_name),
		cmocka_unit_test(
		    what_cannot_be_is_refused_and_no_secret_quoted),
		cmocka_unit_test(no_other_way_to_authenticate_goes_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
