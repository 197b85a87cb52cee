/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/doctor/pass.h"
#include "agent/doctor/whose.h"
#include "tests/unit/doctor/patient.h"
#include "tests/unit/http/server.h"

/* {"appid":"app","oid":"obj"} */
#define TOKEN "e30.eyJhcHBpZCI6ImFwcCIsIm9pZCI6Im9iaiJ9.c2ln"
#define ANSWER(status_, body_) \
	{ \
		"HTTP/1.1 " status_ "\r\nConnection: close\r\n\r\n" body_, \
		    SERVER_CLOSE, 0 \
	}

static const struct server_reply taken[] = { ANSWER("204 No Content", "") };
static const struct server_reply granted[] = { ANSWER("200 OK",
    "{\"access_token\":\"" TOKEN "\",\"token_type\":\"Bearer\","
    "\"expires_in\":3600}") };
static const struct server_reply no_client[] = { ANSWER(
    "401 Unauthorized", "{\"error\":\"invalid_client\"}") };

static void
configure(struct patient *p, struct server *server, const char *more)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "external_labels: {host: 'here'}\n"
	    "remote_write:\n- {url: 'http://127.0.0.1:%u/w'%s}\n",
	    (unsigned)server_port(server), more);
	patient_configure(p, text);
}

/* A probe is answered by ${replies}, ${n} of them. */
static void
expect_role(struct patient *p, const struct server_reply *replies, size_t n,
    enum finding_result result, const char *found, const char *mend)
{
	struct server *server = server_start("127.0.0.1", 0, replies, n);

	configure(p, server, "");
	patient_finds(p, pass_role, result, found, mend);
	server_stop(server);
}

static void
test_a_probe_that_is_taken_is_well(void **state)
{
	struct patient *p = *state;
	struct server *server = server_start("127.0.0.1", 0, taken, 1);
	char text[SERVER_REQUEST_MAX];

	configure(p, server, ", basic_auth: {username: u, password: p}");
	patient_finds(p, pass_token, FINDING_OK, "basic_auth", "");
	patient_finds(p, pass_role, FINDING_OK, PASS_PROBE, "");
	assert_true(p->exam.probed > 0);
	server_last(server, text);
	assert_non_null(strstr(text, "POST /w HTTP/1.1"));
	assert_non_null(strstr(text, "Authorization: Basic dTpw"));
	assert_non_null(strstr(text, "Content-Encoding: snappy"));
	assert_non_null(strstr(text, PASS_PROBE));
	assert_non_null(strstr(text, "here"));
	server_stop(server);
}

static void
test_each_refusal_has_its_mend(void **state)
{
	static const struct {
		struct server_reply reply;
		const char *found, *mend;
	} cases[] = {
		{ ANSWER("401 Unauthorized", "x"), "status 401: x",
		    "credentials" },
		{ ANSWER("403 Forbidden", ""), "status 403", "lets these" },
		{ ANSWER("404 Not Found", ""), "status 404", "the path" },
		{ ANSWER("400 Bad Request", "out of bounds"),
		    "status 400: out of bounds", "no such sample" },
		{ ANSWER("413 Too Large", ""), "status 413", "its limits" },
		{ ANSWER("302 Found", ""), "status 302", "redirects" },
		{ ANSWER("500 Oops", ""), "status 500", "receiver's log" },
		{ { NULL, SERVER_CLOSE, 0 }, "was not answered",
		    "what is between" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect_role(*state, &cases[i].reply, 1, FINDING_FAIL,
		    cases[i].found, cases[i].mend);
	assert_int_equal(((struct patient *)*state)->exam.probed, 0);
}

static void
test_one_throttling_passes_and_several_do_not(void **state)
{
	static const struct server_reply once[] = { ANSWER("429 Too Many", ""),
		ANSWER("200 OK", "") };
	static const struct server_reply always[] = { ANSWER(
	    "429 Too Many", "calm down") };

	struct server *server = server_start("127.0.0.1", 0, always, 1);

	expect_role(*state, once, 2, FINDING_OK, PASS_PROBE, "");
	configure(*state, server, "");
	patient_finds(*state, pass_role, FINDING_FAIL,
	    "3 requests in a row were throttled (status 429): calm down",
	    "limits raised");
	assert_int_equal(server_requests(server), PASS_TRIES);
	server_stop(server);
}

static void
test_credentials_that_cannot_be_read_are_no_fault_of_the_receiver(void **state)
{
	struct patient *p = *state;
	struct server *server = server_start("127.0.0.1", 0, taken, 1);

	configure(p, server,
	    ", basic_auth: {username: u, password_file: /no/such/file}");
	patient_finds(p, pass_role, FINDING_FAIL,
	    "/no/such/file: No such file or directory",
	    "let walship's user read it");
	assert_int_equal(server_requests(server), 0);
	server_stop(server);
}

static void
test_whose_token_it_is_is_said_and_never_the_token(void **state)
{
	struct patient *p = *state;
	struct server *server = server_start("127.0.0.1", 0, granted, 1);
	char text[512];

	(void)snprintf(text, sizeof(text),
	    ", oauth2: {client_id: c, client_secret: hush, token_url: "
	    "'http://127.0.0.1:%u/t'}",
	    (unsigned)server_port(server));
	configure(p, server, text);
	patient_finds(p, pass_token, FINDING_OK,
	    "had one: application app, object obj", "");
	assert_null(strstr(p->finding.found, TOKEN));
	exam_turn_to(&p->exam, NULL);
	server_stop(server);
}

static void
test_why_there_is_no_token_is_said(void **state)
{
	struct patient *p = *state;
	struct server *server = server_start("127.0.0.1", 0, no_client, 1);
	char text[512];

	(void)snprintf(text, sizeof(text),
	    ", oauth2: {client_id: c, client_secret: hush, token_url: "
	    "'http://127.0.0.1:%u/t'}",
	    (unsigned)server_port(server));
	configure(p, server, text);
	patient_finds(p, pass_token, FINDING_FAIL, "invalid_client", "");
	assert_null(strstr(p->finding.found, "hush"));
	exam_turn_to(&p->exam, NULL);
	server_stop(server);
}

static void
test_who_shows_no_token_needs_none(void **state)
{
	struct patient *p = *state;

	patient_finds(p, pass_token, FINDING_OK, "none is needed", "");
	patient_configure(p,
	    "remote_write:\n- {url: 'http://localhost:1/', authorization: "
	    "{credentials: hush}}\n");
	patient_finds(p, pass_token, FINDING_OK, "authorization", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_a_probe_that_is_taken_is_well),
		PATIENT_TEST(test_each_refusal_has_its_mend),
		PATIENT_TEST(test_one_throttling_passes_and_several_do_not),
		PATIENT_TEST(
		    test_credentials_that_cannot_be_read_are_no_fault_of_the_receiver),
		PATIENT_TEST(
		    test_whose_token_it_is_is_said_and_never_the_token),
		PATIENT_TEST(test_why_there_is_no_token_is_said),
		PATIENT_TEST(test_who_shows_no_token_needs_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
