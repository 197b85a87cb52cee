/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/auth/source.h"
#include "agent/config/azuread.h"

static void
who_needs_no_token_has_no_source(void **state)
{
	struct config_azuread azuread = { .method = AZUREAD_MANAGED_IDENTITY };
	struct config_remote remote = { 0 };

	(void)state;
	assert_false(source_wanted(&remote));
	remote.azuread = &azuread;
	assert_true(source_wanted(&remote));
}

static void
a_source_is_called_after_its_kind_and_id(void **state)
{
	struct config_azuread azuread = { .method = AZUREAD_MANAGED_IDENTITY };
	struct config_remote remote = { .azuread = &azuread };
	char name[SOURCE_NAME_MAX], many[2 * SOURCE_NAME_MAX];

	(void)state;
	source_name(&remote, name);
	assert_string_equal(name, "managed_identity");
	source_name(&(struct config_remote){ 0 }, name);
	assert_string_equal(name, "");
	azuread.object_id = (char[]){ "o" };
	source_name(&remote, name);
	assert_string_equal(name, "managed_identity o");
	azuread.client_id = (char[]){ "c" };
	azuread.method = AZUREAD_OAUTH;
	source_name(&remote, name);
	assert_string_equal(name, "oauth c");
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	azuread.client_id = many;
	source_name(&remote, name);
	assert_int_equal(strlen(name), SOURCE_NAME_MAX - 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_needs_no_token_has_no_source),
		cmocka_unit_test(a_source_is_called_after_its_kind_and_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
