/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/authority.h"

#define PATH "/t/oauth2/v2.0/token"

static void
assert_url(enum azuread_cloud cloud, const char *tenant, const char *want)
{
	char *url = NULL;

	assert_null(authority_url(cloud, tenant, &url));
	assert_string_equal(url, want);
	free(url);
}

static void
each_cloud_has_its_host(void **state)
{
	(void)state;
	assert_url(
	    AZUREAD_PUBLIC, "t", "https://login.microsoftonline.com" PATH);
	assert_url(
	    AZUREAD_GOVERNMENT, "t", "https://login.microsoftonline.us" PATH);
	assert_url(AZUREAD_CHINA, "t",
	    "https://login.partner.microsoftonline.cn" PATH);
	assert_url(AZUREAD_PUBLIC, "A-1.example",
	    "https://login.microsoftonline.com/A-1.example/oauth2/v2.0/token");
}

static void
the_environment_may_name_another(void **state)
{
	static const char *const hosts[][2] = {
		{ "https://h.example", "https://h.example" PATH },
		{ "https://h.example/", "https://h.example" PATH },
		{ "https://h.example:444//", "https://h.example:444" PATH },
		{ "https://h.example/base/", "https://h.example/base" PATH },
		{ "http://127.0.0.1:8080", "http://127.0.0.1:8080" PATH },
		{ "http://[::1]:8080/", "http://[::1]:8080" PATH },
		{ "", "https://login.microsoftonline.com" PATH },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		assert_int_equal(
		    setenv("AZURE_AUTHORITY_HOST", hosts[i][0], 1), 0);
		assert_url(AZUREAD_PUBLIC, "t", hosts[i][1]);
	}
	assert_int_equal(unsetenv("AZURE_AUTHORITY_HOST"), 0);
}

static void
not_one_that_would_let_others_see_secrets(void **state)
{
	static const char *const hosts[] = { "http://h.example",
		"http://127.0.0.1.example", "http://10.0.0.1", "h.example",
		"ftp://h.example", "https://u:p@h.example",
		"https://h.example/?a=b", "https://h.example/#a", "https://",
		"//h.example", "https://h.example/\n" };
	const char *fault;
	char *url = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		assert_int_equal(
		    setenv("AZURE_AUTHORITY_HOST", hosts[i], 1), 0);
		fault = authority_url(AZUREAD_PUBLIC, "t", &url);
		assert_non_null(fault);
		assert_non_null(strstr(fault, "AZURE_AUTHORITY_HOST"));
		assert_null(url);
	}
	assert_int_equal(unsetenv("AZURE_AUTHORITY_HOST"), 0);
}

static void
a_tenant_leads_nowhere_else(void **state)
{
	static const char *const tenants[] = { "", ".", "..", "a/b", "a?b",
		"a#b", "a%2fb", "a b", "\xc3\xa4", ".a" };
	char *url = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tenants) / sizeof(*tenants); i++)
		assert_non_null(
		    authority_url(AZUREAD_PUBLIC, tenants[i], &url));
	assert_null(url);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cloud_has_its_host),
		cmocka_unit_test(the_environment_may_name_another),
		cmocka_unit_test(not_one_that_would_let_others_see_secrets),
		cmocka_unit_test(a_tenant_leads_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
