/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/endpoint.h"

#define PATH "/metadata/identity/oauth2/token"
#define IMDS "http://169.254.169.254" PATH

static const char *const variables[] = { "IDENTITY_ENDPOINT", "IDENTITY_HEADER",
	"IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST" };

/* Where nothing of Azure Arc's agent is. */
static const struct endpoint_paths nowhere = {
	.himds = "/nowhere/himds",
	.conf = "/nowhere/azcmagent.conf",
	.tokens = "/nowhere/tokens",
};

static struct endpoint found;
static char error[TOKEN_ERROR_MAX];

static int
set_up(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		assert_int_equal(unsetenv(variables[i]), 0);
	error[0] = '\0';
	return 0;
}

static void
set(const char *name, const char *value)
{
	assert_int_equal(setenv(name, value, 1), 0);
}

/* That ${source} is ${kind} at ${url}. */
static void
expect(enum azuread_source source, const struct endpoint_paths *paths,
    enum azuread_source kind, const char *url)
{
	assert_int_equal(endpoint_find(source, paths, &found, error), 0);
	assert_int_equal(found.kind, kind);
	assert_string_equal(found.url, url);
}

/* That ${source} cannot be asked, in words that hold ${words}. */
static void
expect_error(enum azuread_source source, const char *words)
{
	assert_int_equal(endpoint_find(source, &nowhere, &found, error), -1);
	if (strstr(error, words) == NULL)
		fail_msg("%s", error);
}

static void
without_anything_it_is_imds(void **state)
{
	(void)state;
	expect(AZUREAD_AUTO, &nowhere, AZUREAD_IMDS, IMDS);
	expect(AZUREAD_IMDS, &nowhere, AZUREAD_IMDS, IMDS);
	set("IDENTITY_ENDPOINT", "");
	set("IDENTITY_HEADER", "");
	expect(AZUREAD_AUTO, &nowhere, AZUREAD_IMDS, IMDS);
}

static void
imds_may_be_elsewhere(void **state)
{
	(void)state;
	set("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:7/");
	expect(AZUREAD_AUTO, &nowhere, AZUREAD_IMDS, "http://127.0.0.1:7" PATH);
	set("AZURE_POD_IDENTITY_AUTHORITY_HOST", "https://pods.example");
	expect(
	    AZUREAD_IMDS, &nowhere, AZUREAD_IMDS, "https://pods.example" PATH);
}

static void
app_service_goes_before_arc(void **state)
{
	(void)state;
	set("IDENTITY_ENDPOINT", "http://127.0.0.1:41/msi/token");
	set("IDENTITY_HEADER", "secret");
	set("IMDS_ENDPOINT", "http://localhost:40342");
	expect(AZUREAD_AUTO, &nowhere, AZUREAD_APPSERVICE,
	    "http://127.0.0.1:41/msi/token");
	assert_string_equal(found.header, "secret");
	expect(AZUREAD_ARC, &nowhere, AZUREAD_ARC,
	    "http://127.0.0.1:41/msi/token");
	expect(AZUREAD_IMDS, &nowhere, AZUREAD_IMDS, IMDS);
}

static void
app_service_needs_both_its_variables(void **state)
{
	(void)state;
	expect_error(AZUREAD_APPSERVICE, "IDENTITY_ENDPOINT and");
	set("IDENTITY_ENDPOINT", "http://127.0.0.1:41/msi/token");
	expect_error(AZUREAD_APPSERVICE, "IDENTITY_ENDPOINT and");
	/* That alone is not Arc's either. */
	expect(AZUREAD_AUTO, &nowhere, AZUREAD_IMDS, IMDS);
}

static void
arc_tells_services_where_it_is(void **state)
{
	(void)state;
	set("IDENTITY_ENDPOINT", "http://localhost:40342" PATH);
	set("IMDS_ENDPOINT", "http://localhost:40342");
	expect(
	    AZUREAD_AUTO, &nowhere, AZUREAD_ARC, "http://127.0.0.1:40342" PATH);
	assert_int_equal(unsetenv("IDENTITY_ENDPOINT"), 0);
	set("IMDS_ENDPOINT", "http://127.0.0.1:9/");
	expect(AZUREAD_ARC, &nowhere, AZUREAD_ARC, "http://127.0.0.1:9" PATH);
}

static void
arc_is_found_where_no_one_was_told(void **state)
{
	char path[] = "/tmp/walship-conf-XXXXXX";
	struct endpoint_paths paths = nowhere;
	int fd = mkstemp(path);
	static const char text[] =
	    "[Manager]\n"
	    "DefaultEnvironment=\"XIDENTITY_ENDPOINT=http://localhost:6\" "
	    "\"IMDS_ENDPOINT=http://localhost:5\" "
	    "\"IDENTITY_ENDPOINT=http://localhost:5/token\"\n";

	(void)state;
	assert_true(fd >= 0);
	expect(
	    AZUREAD_ARC, &nowhere, AZUREAD_ARC, "http://127.0.0.1:40342" PATH);
	paths.himds = path;
	expect(
	    AZUREAD_AUTO, &paths, AZUREAD_ARC, "http://127.0.0.1:40342" PATH);
	paths.himds = nowhere.himds;
	paths.conf = path;
	expect(
	    AZUREAD_AUTO, &paths, AZUREAD_ARC, "http://127.0.0.1:40342" PATH);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	expect(AZUREAD_AUTO, &paths, AZUREAD_ARC, "http://127.0.0.1:5/token");
	(void)close(fd);
	(void)unlink(path);
}

static void
arc_is_on_this_machine(void **state)
{
	(void)state;
	set("IDENTITY_ENDPOINT", "http://169.254.1.1:40342" PATH);
	expect_error(AZUREAD_ARC, "IDENTITY_ENDPOINT is not at this machine");
	set("IDENTITY_ENDPOINT", "https://arc.example" PATH);
	expect_error(AZUREAD_ARC, "IDENTITY_ENDPOINT is not at this machine");
	set("IDENTITY_ENDPOINT", "http://localhost.example" PATH);
	expect_error(AZUREAD_ARC, "at another machine");
}

static void
no_one_is_asked_elsewhere_without_tls(void **state)
{
	static const char *const wrong[] = { "http://10.0.0.1", "http://h",
		"http://128.0.0.1", "http://1270.0.0.1", "http://127.0.0.1.x",
		"http://[::2]", "http://[2001:db8::1]", "http://169.253.0.1" };
	static const char *const near[] = { "http://127.9.9.9",
		"http://localhost:5", "http://[::1]:5", "http://[fe80::1]",
		"http://169.254.1.2" };
	static const char *const never[] = { "ftp://127.0.0.1", "127.0.0.1",
		"http://u:p@127.0.0.1", "http://127.0.0.1/?a=b",
		"http://127.0.0.1 /x" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		set("AZURE_POD_IDENTITY_AUTHORITY_HOST", wrong[i]);
		expect_error(AZUREAD_IMDS,
		    "AZURE_POD_IDENTITY_AUTHORITY_HOST is at another machine");
	}
	for (i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		set("AZURE_POD_IDENTITY_AUTHORITY_HOST", near[i]);
		assert_int_equal(
		    endpoint_find(AZUREAD_IMDS, &nowhere, &found, error), 0);
	}
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		set("AZURE_POD_IDENTITY_AUTHORITY_HOST", never[i]);
		expect_error(AZUREAD_IMDS, "is not a URL");
	}
}

static void
an_address_that_is_too_long_is_none(void **state)
{
	char url[2 * ENDPOINT_URL_MAX];

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1/%0*d",
	    (int)ENDPOINT_URL_MAX, 0);
	set("AZURE_POD_IDENTITY_AUTHORITY_HOST", url);
	expect_error(AZUREAD_IMDS, "is not a URL");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, set_up)
	static const struct CMUnitTest tests[] = {
		TEST(without_anything_it_is_imds),
		TEST(imds_may_be_elsewhere),
		TEST(app_service_goes_before_arc),
		TEST(app_service_needs_both_its_variables),
		TEST(arc_tells_services_where_it_is),
		TEST(arc_is_found_where_no_one_was_told),
		TEST(arc_is_on_this_machine),
		TEST(no_one_is_asked_elsewhere_without_tls),
		TEST(an_address_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
