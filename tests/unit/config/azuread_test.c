/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/config/azuread.h"
#include "tests/unit/config/expect.h"

#define ID "00000000-0000-0000-0000-000000000000"
#define TENANT "00000000-a12b-3cd4-e56f-000000000000"
#define CLOUD "cloud: AzurePublic, "
#define MANAGED "managed_identity: {client_id: " ID "}"
#define OAUTH \
	"oauth: {client_id: " ID ", client_secret: 'Cl1ent$ecret!', " \
	"tenant_id: " TENANT "}"
#define CERTIFICATE \
	"certificate: {client_id: " ID ", tenant_id: " TENANT ", " \
	"certificate_path: /c.pem"

#define RELATIVE \
	"certificate: {client_id: " ID ", tenant_id: " TENANT ", " \
	"certificate_path: c.pem, certificate_key_path: k.pem, " \
	"certificate_password_file: p}"

/* An entry whose azuread, in line 4 from column 13 on, is ${text}. */
static const char *
whole(const char *text)
{
	static char file[2048];

	(void)snprintf(file, sizeof(file),
	    DATA "remote_write:\n- url: https://h/w\n  azuread: {%s}\n", text);
	return file;
}

/* The shapes that Prometheus's own tests accept, by what they are called. */
static void
what_prometheus_accepts_is_accepted(void **state)
{
	static const struct {
		const char *text;
		enum azuread_method method;
	} good[] = {
		{ CLOUD MANAGED, AZUREAD_MANAGED_IDENTITY }, /* specific */
		{ MANAGED, AZUREAD_MANAGED_IDENTITY },       /* cloudmissing */
		{ CLOUD "managed_identity: {client_id: }",
		    AZUREAD_MANAGED_IDENTITY }, /* default */
		{ CLOUD "managed_identity: {client_id: ''}",
		    AZUREAD_MANAGED_IDENTITY },
		{ CLOUD "managed_identity: {}", AZUREAD_MANAGED_IDENTITY },
		{ CLOUD OAUTH, AZUREAD_OAUTH },
		{ CLOUD OAUTH ", scope: 'https://custom-app.com/.default'",
		    AZUREAD_OAUTH }, /* customscope */
		{ CLOUD CERTIFICATE "}", AZUREAD_CERTIFICATE },
		{ CLOUD CERTIFICATE ", certificate_password: 'P@ssw0rd!'}",
		    AZUREAD_CERTIFICATE }, /* pfx */
		{ CLOUD CERTIFICATE ", certificate_key_path: /k.pem, "
				    "send_certificate_chain: true}",
		    AZUREAD_CERTIFICATE }, /* with_key */
		{ CLOUD "sdk: {tenant_id: " TENANT "}", AZUREAD_SDK },
		{ CLOUD "sdk: {}", AZUREAD_SDK },
		{ CLOUD "workload_identity: {client_id: " ID
			", tenant_id: " TENANT
			", token_file_path: /var/run/secrets/t}",
		    AZUREAD_WORKLOAD_IDENTITY },
	};
	struct config *config;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		config = expect_config(whole(good[i].text));
		assert_non_null(config->remotes[0].azuread);
		assert_int_equal(
		    config->remotes[0].azuread->method, good[i].method);
		assert_true(config_authenticates(&config->remotes[0]));
		assert_ptr_equal(config->remotes[0].home, config);
		config_free(config);
	}
}

#define ONE "remote_write[0].azuread"

/* And those that they refuse, each where it stands. */
static const struct {
	const char *text, *wanted;
} bad[] = {
	{ "cloud: AzurePublic", "f.yml:4:3: " ONE ": says not who this is" },
	{ "managed_identity: ", "f.yml:4:3: " ONE ": says not who this is" },
	{ CLOUD "managed_identity: {client_id: foo-foobar-bar-foo}",
	    "f.yml:4:63: " ONE ".managed_identity.client_id: not an "
	    "id; write it as Azure shows it: " },
	{ CLOUD MANAGED ", " OAUTH,
	    "f.yml:4:102: " ONE
	    ".oauth: managed_identity is given too; keep one of "
	    "the two\n" },
	{ CLOUD OAUTH ", sdk: {tenant_id: " TENANT "}",
	    "f.yml:4:172: " ONE
	    ".sdk: oauth is given too; keep one of the two\n" },
	{ CLOUD CERTIFICATE "}, " OAUTH,
	    "f.yml:4:33: " ONE
	    ".certificate: oauth is given too; keep one of the "
	    "two\n" },
	{ "oauth: {client_id: " ID ", client_secret: s}",
	    "f.yml:4:13: " ONE ".oauth.tenant_id: missing; write the "
	    "tenant's id or domain\n" },
	{ "oauth: {client_id: " ID ", tenant_id: t}",
	    "f.yml:4:13: " ONE ".oauth: has neither client_secret nor "
	    "client_secret_file; add one\n" },
	{ "oauth: {tenant_id: t, client_secret: s, client_secret_file: "
	  "f}",
	    "f.yml:4:53: " ONE
	    ".oauth.client_secret_file: client_secret is given "
	    "too; keep one of the two\n" },
	{ "oauth: {client_id: '', tenant_id: t, client_secret: s}",
	    ONE ".oauth.client_id: empty; write the application's" },
	{ "scope: 'invalid<>scope*chars', " OAUTH,
	    "f.yml:4:20: " ONE ".scope: not a scope; write" },
	{ "certificate: {tenant_id: t, certificate_path: /c}",
	    "f.yml:4:13: " ONE ".certificate.client_id: missing; write" },
	{ "certificate: {client_id: " ID ", certificate_path: /c}",
	    "f.yml:4:13: " ONE ".certificate.tenant_id: missing; write" },
	{ "certificate: {client_id: " ID ", tenant_id: t}",
	    "f.yml:4:13: " ONE
	    ".certificate.certificate_path: missing; write" },
	{ "certificate: {client_id: x, tenant_id: t, "
	  "certificate_path: /c}",
	    "f.yml:4:38: " ONE ".certificate.client_id: not an id; write" },
	{ "certificate: {client_id: " ID ", tenant_id: 't!', "
	  "certificate_path: /c}",
	    "f.yml:4:87: " ONE ".certificate.tenant_id: not a tenant; write" },
	{ "workload_identity: {client_id: invalidclientid, "
	  "tenant_id: " TENANT "}",
	    "f.yml:4:44: " ONE
	    ".workload_identity.client_id: not an id; write" },
	{ "workload_identity: {client_id: " ID ", tenant_id: t}",
	    "f.yml:4:93: " ONE
	    ".workload_identity.tenant_id: not an id; write" },
	{ "workload_identity: {tenant_id: " TENANT "}",
	    "f.yml:4:13: " ONE ".workload_identity.client_id: missing; write" },
	{ "workload_identity: {client_id: " ID "}",
	    "f.yml:4:13: " ONE ".workload_identity.tenant_id: missing; write" },
	{ "sdk: {tenant_id: ..}",
	    "f.yml:4:30: " ONE ".sdk.tenant_id: not a tenant; write" },
	{ "cloud: azurepublic, " MANAGED,
	    "f.yml:4:20: " ONE ".cloud: 'azurepublic' is not one of "
	    "them; write AzurePublic, AzureGovernment or "
	    "AzureChina\n" },
	{ "managed_identity: {client_id: " ID ", object_id: " ID "}",
	    "f.yml:4:81: " ONE
	    ".managed_identity.object_id: client_id is given too; "
	    "keep one of the two\n" },
	{ "managed_identity: {resource_id: /subscription/x}",
	    "f.yml:4:45: " ONE
	    ".managed_identity.resource_id: not the resource id" },
	{ "managed_identity: {source: vm}",
	    "f.yml:4:40: " ONE
	    ".managed_identity.source: 'vm' is not one of them" },
	{ "managed_identity: x",
	    "f.yml:4:31: " ONE ".managed_identity: must be a mapping" },
	{ "managed_identitty: {}", "f.yml:4:13: " ONE ": unknown key" },
};

static void
what_prometheus_refuses_is_refused_where_it_stands(void **state)
{
	struct buf faults;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_init(&faults, OUT_MAX);
		assert_null(config_parse("f.yml", whole(bad[i].text),
		    strlen(whole(bad[i].text)), &faults));
		if (strstr(buf_text(&faults), bad[i].wanted) == NULL)
			fail_msg("of %s: %s", bad[i].text, buf_text(&faults));
		assert_null(strstr(buf_text(&faults), "ecret!"));
		buf_release(&faults);
	}
}

static void
an_id_is_taken_in_each_form(void **state)
{
	static const char *const forms[] = {
		"01234567-89ab-cdef-0123-456789ABCDEF",
		"'{01234567-89ab-cdef-0123-456789ABCDEF}'",
		"'urn:uuid:01234567-89ab-cdef-0123-456789ABCDEF'",
		"0123456789abcdef0123456789ABCDEF",
	};
	static const char *const others[] = {
		"01234567-89ab-cdef-0123-456789ABCDE",
		"01234567-89ab-cdef-0123-456789ABCDEFF",
		"'{01234567-89ab-cdef-0123-456789ABCDEF'",
		"01234567-89ab-cdef-0123-456789ABCDEG",
		"01234567-89abcdef-0123-456789ABCDEF0",
		"'01234567-89ab-cdef-0123-456789ABCDEF}'",
		"0123456789abcdef0123456789ABCDEFF",
	};
	struct config *config;
	struct buf faults;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "managed_identity: {object_id: %s}", forms[i]);
		config = expect_config(whole(text));
		assert_string_equal(config->remotes[0].azuread->object_id,
		    "01234567-89ab-cdef-0123-456789ABCDEF");
		config_free(config);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "managed_identity: {object_id: %s}", others[i]);
		buf_init(&faults, OUT_MAX);
		if (config_parse("f.yml", whole(text), strlen(whole(text)),
			&faults) != NULL)
			fail_msg("%s is taken", others[i]);
		buf_release(&faults);
	}
}

static void
everything_else_of_a_managed_identity_is_taken(void **state)
{
	static const char *const id =
	    "/subscriptions/s/resourcegroups/g/providers/"
	    "Microsoft.ManagedIdentity/userAssignedIdentities/n";
	const struct config_azuread *azuread;
	struct config *config;
	char text[256];

	(void)state;
	(void)snprintf(text, sizeof(text),
	    "cloud: AzureChina, managed_identity: {resource_id: %s, "
	    "source: arc}",
	    id);
	config = expect_config(whole(text));
	azuread = config->remotes[0].azuread;
	assert_int_equal(azuread->cloud, AZUREAD_CHINA);
	assert_string_equal(azuread->resource_id, id);
	assert_int_equal(azuread->source, AZUREAD_ARC);
	assert_string_equal(
	    azuread_scope(azuread), "https://monitor.azure.cn//.default");
	config_free(config);
}

static void
everything_of_an_application_is_taken(void **state)
{
	struct config *config = expect_config(
	    whole("oauth: {client_id: " ID ", tenant_id: contoso.example, "
		  "client_secret_file: /s}"));
	const struct config_azuread *azuread = config->remotes[0].azuread;

	(void)state;
	assert_string_equal(azuread->client_id, ID);
	assert_string_equal(azuread->tenant_id, "contoso.example");
	assert_string_equal(azuread->client_secret.file, "/s");
	assert_null(azuread->client_secret.text);
	config_free(config);

	config =
	    expect_config(whole(CERTIFICATE ", certificate_key_path: /k, "
					    "certificate_password_file: /p, "
					    "send_certificate_chain: true}"));
	azuread = config->remotes[0].azuread;
	assert_string_equal(azuread->certificate_path, "/c.pem");
	assert_string_equal(azuread->certificate_key_path, "/k");
	assert_string_equal(azuread->certificate_password.file, "/p");
	assert_true(azuread->send_certificate_chain);
	config_free(config);

	config = expect_config(
	    whole("workload_identity: {client_id: " ID ", tenant_id: " TENANT
		  ", token_file_path: /t}"));
	azuread = config->remotes[0].azuread;
	assert_string_equal(azuread->token_file_path, "/t");
	assert_string_equal(azuread->tenant_id, TENANT);
	config_free(config);
}

static void
its_files_lie_beside_the_configuration(void **state)
{
	const char *text = whole(RELATIVE);
	const struct config_azuread *azuread;
	struct config *config;
	struct buf faults;

	(void)state;
	buf_init(&faults, OUT_MAX);
	config = config_parse("/etc/w/f.yml", text, strlen(text), &faults);
	assert_non_null(config);
	azuread = config->remotes[0].azuread;
	assert_string_equal(azuread->certificate_path, "/etc/w/c.pem");
	assert_string_equal(azuread->certificate_key_path, "/etc/w/k.pem");
	assert_string_equal(azuread->certificate_password.file, "/etc/w/p");
	config_free(config);
	buf_release(&faults);
}

static void
a_scope_goes_before_that_of_the_cloud(void **state)
{
	struct config *config = expect_config(
	    whole("scope: 'https://c.example/.default', managed_identity: {}"));

	(void)state;
	assert_string_equal(azuread_scope(config->remotes[0].azuread),
	    "https://c.example/.default");
	config_free(config);
	config = expect_config(
	    whole("cloud: AzureGovernment, scope: '', managed_identity: {}"));
	assert_string_equal(azuread_scope(config->remotes[0].azuread),
	    "https://monitor.azure.us//.default");
	config_free(config);
}

static void
it_stands_with_no_other_way_to_authenticate(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n- url: https://h/w\n"
			   "  azuread: {managed_identity: {}}\n"
			   "  bearer_token: s\n",
	    "f.yml:4:3: remote_write[0].azuread: there is bearer_token too; "
	    "keep one way to authenticate\n");
	expect_faults(DATA "remote_write:\n- url: https://u:p@h/w\n"
			   "  azuread: {managed_identity: {}}\n",
	    "f.yml:4:3: remote_write[0].azuread: there is a user in the url "
	    "too; keep one way to authenticate\n");
}

static void
entries_that_say_the_same_have_the_same_tokens(void **state)
{
	struct config *config =
	    expect_config(DATA "remote_write:\n"
			       "- url: https://a/w\n"
			       "  azuread: {managed_identity: {source: imds}}\n"
			       "- url: https://b/w\n"
			       "  azuread:\n"
			       "    managed_identity:\n"
			       "      source: imds\n"
			       "- url: https://c/w\n"
			       "  azuread: {managed_identity: {}}\n"
			       "- url: https://d/w\n");

	(void)state;
	assert_string_equal(
	    config->remotes[0].token_text, config->remotes[1].token_text);
	assert_string_not_equal(
	    config->remotes[0].token_text, config->remotes[2].token_text);
	assert_string_equal(config->remotes[3].token_text, "");
	config_free(config);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_prometheus_accepts_is_accepted),
		cmocka_unit_test(
		    what_prometheus_refuses_is_refused_where_it_stands),
		cmocka_unit_test(an_id_is_taken_in_each_form),
		cmocka_unit_test(
		    everything_else_of_a_managed_identity_is_taken),
		cmocka_unit_test(everything_of_an_application_is_taken),
		cmocka_unit_test(its_files_lie_beside_the_configuration),
		cmocka_unit_test(a_scope_goes_before_that_of_the_cloud),
		cmocka_unit_test(it_stands_with_no_other_way_to_authenticate),
		cmocka_unit_test(
		    entries_that_say_the_same_have_the_same_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
