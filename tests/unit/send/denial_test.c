/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/config/azuread.h"
#include "agent/send/denial.h"

static void
each_denial_has_its_words(void **state)
{
	static const struct {
		int status;
		const char *body, *words;
	} cases[] = {
		{ 401, "", "does not accept the token" },
		{ 403, "", "Monitoring Metrics Publisher" },
		{ 403, "AuthorizationFailed", "Monitoring Metrics Publisher" },
		{ 403, "use a Private Link", "private link" },
		{ 403, "publicNetworkAccess is off", "private link" },
		{ 404, "", "no such data collection rule" },
	};
	static struct config_azuread azuread;
	const struct config_remote azure = { .azuread = &azuread };
	const struct config_remote plain = { 0 };
	struct http_response response = { .outcome = HTTP_ANSWERED };
	const struct denial *denial;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		response.status = cases[i].status;
		response.body = cases[i].body;
		denial = denial_of(&azure, &response);
		assert_non_null(strstr(denial->words, cases[i].words));
		assert_non_null(strstr(denial->words, denial->what));
		assert_non_null(strstr(denial->words, denial->mend));
		assert_null(denial_of(&plain, &response));
	}
	response.status = 410;
	assert_null(denial_of(&azure, &response));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_denial_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
