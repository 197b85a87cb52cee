/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "packaging/azure/extension/settings.h"

#define URL "\"ingestionUrl\":\"https://u\""

/* What the envelope holds, and that it was opened. */
struct opened {
	const char *plain, *wrong;
	unsigned times;
};

static const char *
open_it(void *arg, const char *text, const char *thumbprint, struct buf *plain)
{
	struct opened *opened = arg;

	assert_string_equal(text, "SEALED");
	assert_string_equal(thumbprint, "AB");
	opened->times++;
	if (opened->wrong == NULL)
		buf_puts(plain, opened->plain);
	return opened->wrong;
}

/* The settings of ${public}, and ${protected} unless that is NULL. */
static int
decode(struct settings *settings, const char *public, const char *protected)
{
	struct opened opened = { .plain = protected };
	char text[4096];
	int result;

	(void)snprintf(text, sizeof(text),
	    "{\"runtimeSettings\":[{\"handlerSettings\":{"
	    "\"publicSettings\":%s,\"protectedSettings\":%s,"
	    "\"protectedSettingsCertThumbprint\":%s}}]}",
	    public, protected != NULL ? "\"SEALED\"" : "null",
	    protected != NULL ? "\"AB\"" : "null");
	result =
	    settings_decode(settings, text, strlen(text), open_it, &opened);
	assert_true(opened.times <= 1);
	return result;
}

static void
must_refuse(const char *public, const char *protected, const char *words)
{
	struct settings settings;

	assert_int_equal(decode(&settings, public, protected), -1);
	if (strstr(settings.wrong, words) == NULL)
		fail_msg("%s: %s", public, settings.wrong);
	assert_null(strstr(settings.wrong, "hush"));
	settings_release(&settings);
}

static void
public_and_protected_ones_go_together(void **state)
{
	struct settings settings;

	(void)state;
	assert_int_equal(
	    decode(&settings,
		"{" URL ",\"clientId\":\"c\",\"tenantId\":\"t\",\"dataDir\":"
		"\"/d\",\"cloud\":\"\",\"externalLabels\":{\"a\":\"b\"},"
		"\"warnAfterMinutes\":3}",
		"{\"clientCertificate\":\"pem\","
		"\"clientCertificatePassword\":\"p\"}"),
	    0);
	assert_string_equal(settings.ingestion_url, "https://u");
	assert_string_equal(settings.client_id, "c");
	assert_string_equal(settings.tenant_id, "t");
	assert_string_equal(settings.data_dir, "/d");
	assert_null(settings.cloud);
	assert_string_equal(settings.client_certificate, "pem");
	assert_string_equal(settings.client_certificate_password, "p");
	assert_int_equal(json_object_size(settings.labels), 1);
	assert_int_equal(settings.warn_after, 3);
	assert_true(settings_given(&settings));
	assert_false(settings.secret);
	settings_release(&settings);
}

static void
none_at_all_are_no_fault(void **state)
{
	struct settings settings;

	(void)state;
	assert_int_equal(settings_decode(&settings, "", 0, open_it, NULL), 0);
	assert_false(settings_given(&settings));
	assert_int_equal(settings.warn_after, SETTINGS_WARN_AFTER);
	settings_release(&settings);
	assert_int_equal(decode(&settings, "null", NULL), 0);
	assert_false(settings_given(&settings));
	settings_release(&settings);
}

static void
a_configuration_that_came_protected_is_secret(void **state)
{
	struct settings settings;

	(void)state;
	assert_int_equal(
	    decode(&settings, "{}", "{\"configuration\":\"x\"}"), 0);
	assert_true(settings.secret && settings_given(&settings));
	settings_release(&settings);
	assert_int_equal(
	    decode(&settings, "{\"configuration\":\"x\"}", "{}"), 0);
	assert_false(settings.secret);
	settings_release(&settings);
}

static void
what_does_not_go_together_is_refused(void **state)
{
	(void)state;
	must_refuse("{\"clientId\":\"c\"}", NULL, "ingestionUrl is missing");
	must_refuse("{" URL ",\"configuration\":\"x\"}", NULL, "all of");
	must_refuse("{\"configuration\":\"x\"}", "{\"configuration\":\"y\"}",
	    "given twice");
	must_refuse("{" URL "}", "{\"clientSecret\":\"hush\"}", "tenantId");
	must_refuse("{" URL ",\"clientId\":\"c\",\"tenantId\":\"t\"}",
	    "{\"clientSecret\":\"hush\",\"clientCertificate\":\"hush\"}",
	    "not both");
	must_refuse("{\"access\":\"acl\"}", NULL, "ingestionUrl is missing");
	must_refuse(
	    "{" URL ",\"access\":\"all\"}", NULL, "auto, group, acl or none");
}

static void
half_an_application_is_refused(void **state)
{
	static const char *const shown[] = { "clientSecret",
		"clientCertificate" };
	char protected[64];
	size_t i;

	(void)state;
	/* It would pass for a managed identity. */
	must_refuse("{" URL ",\"tenantId\":\"t\"}", NULL, "leave tenantId out");
	must_refuse("{" URL ",\"tenantId\":\"t\",\"clientId\":\"c\"}", "{}",
	    "clientSecret or clientCertificate");
	for (i = 0; i < 2; i++) {
		(void)snprintf(protected, sizeof(protected),
		    "{\"%s\":\"hush\"}", shown[i]);
		must_refuse("{" URL ",\"clientId\":\"c\"}", protected,
		    "clientId and tenantId");
		must_refuse("{" URL ",\"tenantId\":\"t\"}", protected,
		    "clientId and tenantId");
	}
	must_refuse("{" URL ",\"tenantId\":\"t\",\"clientId\":\"c\"}",
	    "{\"clientSecret\":\"hush\",\"clientCertificatePassword\":"
	    "\"hush\"}",
	    "no clientCertificate");
	must_refuse("{" URL "}", "{\"clientCertificatePassword\":\"hush\"}",
	    "no clientCertificate");
	must_refuse("{" URL ",\"tenantId\":\"t\",\"clientId\":\"c\"}",
	    "{\"clientCertificate\":"
	    "\"-----BEGIN ENCRYPTED PRIVATE KEY-----\"}",
	    "give clientCertificatePassword");
}

static void
what_is_of_the_wrong_kind_or_in_the_wrong_place_is_refused(void **state)
{
	(void)state;
	must_refuse("[]", NULL, "public settings must be an object");
	must_refuse("{\"ingestionUrl\":1}", NULL, "must be a text");
	must_refuse(
	    "{\"ingestionURL\":\"u\"}", NULL, "no setting ingestionURL");
	must_refuse(
	    "{" URL ",\"externalLabels\":{\"a\":1}}", NULL, "externalLabels");
	must_refuse("{" URL ",\"warnAfterMinutes\":81}", NULL, "80");
	must_refuse("{" URL ",\"warnAfterMinutes\":0}", NULL, "from 1");
	must_refuse("{" URL ",\"warnAfterMinutes\":1.5}", NULL, "whole");
	must_refuse("{\"clientSecret\":\"hush\"}", NULL, "protected settings");
	must_refuse("{" URL "}", "{\"clientId\":\"c\"}", "public settings");
	must_refuse("{" URL "}", "{\"hush\":\"x\"}", "name that is not known");
	must_refuse("{" URL "}", "[\"hush\"]", "protected settings must be");
	must_refuse("{" URL "}", "hush", "not JSON");
}

static void
what_cannot_be_opened_is_refused_with_its_reason(void **state)
{
	static const char text[] =
	    "{\"runtimeSettings\":[{\"handlerSettings\":{"
	    "\"protectedSettings\":\"SEALED\","
	    "\"protectedSettingsCertThumbprint\":\"AB\"}}]}";
	struct opened opened = { .wrong = "no key" };
	struct settings settings;

	(void)state;
	assert_int_equal(settings_decode(&settings, text, sizeof(text) - 1,
			     open_it, &opened),
	    -1);
	assert_non_null(strstr(settings.wrong, "no key"));
	settings_release(&settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_and_protected_ones_go_together),
		cmocka_unit_test(none_at_all_are_no_fault),
		cmocka_unit_test(a_configuration_that_came_protected_is_secret),
		cmocka_unit_test(what_does_not_go_together_is_refused),
		cmocka_unit_test(half_an_application_is_refused),
		cmocka_unit_test(
		    what_is_of_the_wrong_kind_or_in_the_wrong_place_is_refused),
		cmocka_unit_test(
		    what_cannot_be_opened_is_refused_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
