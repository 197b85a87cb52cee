/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "packaging/azure/extension/compose.h"

static const char *
composed(struct settings *settings, struct buf *out)
{
	size_t i;

	buf_init(out, COMPOSE_MAX);
	compose(settings, "/data \"1\"", out);
	assert_false(out->bad);
	assert_true(compose_is_ours(out->data, out->len));
	assert_true(compose_is_unchanged(out->data, out->len));
	/* Each byte counts, wherever it is. */
	for (i = 0; i < out->len; i++) {
		out->data[i] ^= 1;
		assert_false(compose_is_unchanged(out->data, out->len));
		out->data[i] ^= 1;
		assert_false(compose_is_unchanged(out->data, i));
	}
	return strchr(buf_text(out), '\n') + 1;
}

static void
of_a_system_identity_only_the_url_is_needed(void **state)
{
	struct settings settings = { .ingestion_url = (char[]){ "https://u" } };
	struct buf out;

	(void)state;
	assert_string_equal(composed(&settings, &out),
	    "prometheus:\n"
	    "  data_dir: \"/data \\\"1\\\"\"\n"
	    "external_labels:\n"
	    "  host: \"${HOSTNAME}\"\n"
	    "remote_write:\n"
	    "  - url: \"https://u\"\n"
	    "    azuread:\n"
	    "      managed_identity: {}\n");
	buf_release(&out);
}

static void
an_application_shows_a_certificate_or_a_secret(void **state)
{
	struct settings settings = { .ingestion_url = (char[]){ "https://u" },
		.client_id = (char[]){ "c" },
		.tenant_id = (char[]){ "t" },
		.cloud = (char[]){ "AzureChina" },
		.client_certificate = (char[]){ "pem" },
		.client_certificate_password = (char[]){ "hush" },
		.labels = json_object() };
	const char *text;
	struct buf out;

	(void)state;
	text = composed(&settings, &out);
	assert_non_null(strstr(text,
	    "external_labels:\n  {}\n"
	    "remote_write:\n"
	    "  - url: \"https://u\"\n"
	    "    azuread:\n"
	    "      cloud: \"AzureChina\"\n"
	    "      certificate:\n"
	    "        client_id: \"c\"\n"
	    "        tenant_id: \"t\"\n"
	    "        certificate_path: extension-certificate\n"
	    "        certificate_password_file: extension-password\n"));
	assert_null(strstr(text, "hush"));
	buf_release(&out);
	settings.client_secret = (char[]){ "hush" };
	settings.client_certificate = NULL;
	text = composed(&settings, &out);
	assert_non_null(strstr(text, "      oauth:\n"));
	assert_non_null(
	    strstr(text, "        client_secret_file: extension-secret\n"));
	assert_null(strstr(text, "hush"));
	buf_release(&out);
	json_decref(settings.labels);
}

static void
a_whole_configuration_is_taken_as_it_is(void **state)
{
	struct settings settings = { .configuration = (char[]){ "a: b" } };
	struct buf out;

	(void)state;
	assert_string_equal(composed(&settings, &out), "a: b\n");
	buf_release(&out);
	assert_false(compose_is_ours("a: b\n", 5));
	assert_false(compose_is_ours("", 0));
}

/* It is to be replaced by an update, not kept as if an operator had written
 * it. */
static void
what_the_first_versions_wrote_is_ours(void **state)
{
	static const char old[] = "# Written by walship's extension from its "
				  "settings; edit those instead.\na: b\n";

	(void)state;
	assert_true(compose_is_ours(old, sizeof(old) - 1));
	assert_false(compose_is_unchanged(old, sizeof(old) - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_system_identity_only_the_url_is_needed),
		cmocka_unit_test(
		    an_application_shows_a_certificate_or_a_secret),
		cmocka_unit_test(a_whole_configuration_is_taken_as_it_is),
		cmocka_unit_test(what_the_first_versions_wrote_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
