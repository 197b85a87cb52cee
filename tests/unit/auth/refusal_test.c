/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/auth/refusal.h"

#define SAID(error, words) \
	"{\"error\":\"" error "\",\"error_description\":\"" words "\"}"
#define NOBODY SAID("invalid_request", "Identity not found")
#define SEVERAL \
	SAID("invalid_request", \
	    "Multiple user assigned identities exist, please specify the " \
	    "clientId / resourceId of the identity in the token request")

static const struct config_azuread nameless;
static const struct config_azuread named = { .client_id = (char[]){ "c-1" } };
static const struct config_azuread object = { .object_id = (char[]){ "o-1" } };
static const struct endpoint imds = { .kind = AZUREAD_IMDS, .url = "http://i" };
static const struct endpoint arc = { .kind = AZUREAD_ARC, .url = "http://a" };

static struct http_response
answer(int status, const char *body)
{
	return (struct http_response){ .outcome = HTTP_ANSWERED,
		.status = status,
		.error = "",
		.body = body,
		.body_len = strlen(body) };
}

static void
each_refusal_has_its_reason_and_advice(void **state)
{
	static const struct {
		const struct endpoint *endpoint;
		const struct config_azuread *azuread;
		int status;
		const char *body;
		enum token_failure failure;
		const char *words;
	} cases[] = {
		{ &imds, &nameless, 400, NOBODY, TOKEN_NO_IDENTITY,
		    "IMDS says that this machine has no identity; assign" },
		{ &imds, &named, 400, NOBODY, TOKEN_WRONG_ID,
		    "IMDS knows no identity c-1 on this machine; check" },
		{ &imds, &object, 400, NOBODY, TOKEN_WRONG_ID, "o-1" },
		{ &arc, &named, 404, SAID("identity_not_found", ""),
		    TOKEN_WRONG_ID, "Azure Arc's agent knows no identity c-1" },
		{ &imds, &nameless, 400, SEVERAL, TOKEN_AMBIGUOUS,
		    "name one by client_id" },
		{ &imds, &nameless, 400, SAID("invalid_resource", "AADSTS1: x"),
		    TOKEN_SETTING, "https://monitor.azure.com//.default" },
		{ &imds, &nameless, 400, SAID("e", "d"), TOKEN_REFUSED,
		    "status 400, e: d" },
		{ &imds, &nameless, 403, SAID("e", "no"), TOKEN_REFUSED,
		    "status 403: no; see what stands between" },
		{ &arc, &nameless, 403, "", TOKEN_REFUSED, "status 403" },
		{ &imds, &nameless, 404, "", TOKEN_BUSY, "passes by itself" },
		{ &imds, &nameless, 410, "", TOKEN_BUSY, "passes by itself" },
		{ &imds, &nameless, 429, "", TOKEN_BUSY, "passes by itself" },
		{ &imds, &nameless, 500, "x", TOKEN_BUSY, "passes by itself" },
		{ &imds, &nameless, 307, "", TOKEN_INVALID, "not followed" },
		{ &imds, &nameless, 204, "", TOKEN_INVALID, "status 204" },
	};
	struct http_response response;
	char error[TOKEN_ERROR_MAX];
	enum token_failure failure;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		response = answer(cases[i].status, cases[i].body);
		failure = refusal_read(
		    cases[i].endpoint, cases[i].azuread, &response, error);
		if (failure != cases[i].failure ||
		    strstr(error, cases[i].words) == NULL)
			fail_msg("%zu: %d: %s", i, (int)failure, error);
	}
}

static void
one_that_cannot_be_reached_is_named(void **state)
{
	struct http_response response = { .outcome = HTTP_UNREACHED,
		.error = "refused" };
	char error[TOKEN_ERROR_MAX];

	(void)state;
	assert_int_equal(refusal_read(&imds, &nameless, &response, error),
	    TOKEN_UNREACHABLE);
	assert_non_null(strstr(error,
	    "IMDS does not answer at http://i: "
	    "refused; is this an Azure VM"));
	response.outcome = HTTP_TIMED_OUT;
	assert_int_equal(
	    refusal_read(&arc, &nameless, &response, error), TOKEN_UNREACHABLE);
	assert_non_null(strstr(error, "systemctl start himdsd"));
	response.outcome = HTTP_FAILED;
	assert_int_equal(
	    refusal_read(&arc, &nameless, &response, error), TOKEN_FAILED);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refusal_has_its_reason_and_advice),
		cmocka_unit_test(one_that_cannot_be_reached_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
