/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/doctor/readback.h"
#include "tests/unit/doctor/patient.h"
#include "tests/unit/http/server.h"

#define ANSWER(status_, body_) \
	{ \
		"HTTP/1.1 " status_ "\r\nConnection: close\r\n\r\n" body_, \
		    SERVER_CLOSE, 0 \
	}
#define NONE "{\"status\":\"success\",\"data\":{\"result\":[]}}"
#define FOUND "{\"status\":\"success\",\"data\":{\"result\":[{}]}}"

/* Look for a probe at a server that answers ${replies}; the last request. */
static void
look(struct patient *p, const struct server_reply *replies, size_t n,
    enum finding_result result, const char *found, const char *mend,
    char text[SERVER_REQUEST_MAX])
{
	struct server *server = server_start("127.0.0.1", 0, replies, n);
	char url[64], config[512];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/q/",
	    (unsigned)server_port(server));
	(void)snprintf(config, sizeof(config),
	    "remote_write:\n- {url: 'http://127.0.0.1:%u/w', basic_auth: "
	    "{username: u, password: p}}\n",
	    (unsigned)server_port(server));
	patient_configure(p, config);
	p->exam.query_url = url;
	p->exam.probed = 1234567;
	patient_finds(p, readback_look, result, found, mend);
	if (text != NULL)
		server_last(server, text);
	server_stop(server);
}

static void
test_what_is_found_again_is_well(void **state)
{
	static const struct server_reply reply[] = { ANSWER("200 OK", FOUND) };
	char text[SERVER_REQUEST_MAX];

	look(*state, reply, 1, FINDING_OK, "found again", "", text);
	assert_non_null(strstr(text,
	    "GET /q/api/v1/query?query="
	    "walship_doctor_probe%20%3D%3D%201234567 HTTP"));
	/* It is the entry's own host. */
	assert_non_null(strstr(text, "Authorization: Basic dTpw"));
}

static void
test_it_is_looked_for_again_until_it_is_there(void **state)
{
	static const struct server_reply replies[] = { ANSWER("200 OK", NONE),
		ANSWER("200 OK", FOUND) };

	look(*state, replies, 2, FINDING_OK, "found again", "", NULL);
}

static void
test_what_cannot_be_looked_for_is_a_warning(void **state)
{
	static const struct server_reply denied[] = { ANSWER(
	    "403 Forbidden", "") };
	static const struct server_reply page[] = { ANSWER(
	    "404 Not Found", "what?") };
	static const struct server_reply broken[] = { { NULL, SERVER_CLOSE,
	    0 } };

	look(*state, denied, 1, FINDING_WARN, "may not be queried",
	    "Monitoring Data Reader", NULL);
	look(*state, page, 1, FINDING_WARN, "status 404: what?", "--query-url",
	    NULL);
	look(*state, broken, 1, FINDING_WARN, "", "--query-url", NULL);
}

static void
test_another_host_is_shown_nothing(void **state)
{
	static const struct server_reply reply[] = { ANSWER("200 OK", FOUND) };
	struct server *server = server_start("127.0.0.1", 0, reply, 1);
	struct patient *p = *state;
	char url[64], text[SERVER_REQUEST_MAX];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u",
	    (unsigned)server_port(server));
	patient_configure(p,
	    "remote_write:\n- {url: 'http://127.0.0.1:1/w', basic_auth: "
	    "{username: u, password: p}}\n");
	p->exam.query_url = url;
	patient_finds(p, readback_look, FINDING_OK, "found again", "");
	server_last(server, text);
	assert_null(strcasestr(text, "authorization"));
	server_stop(server);
}

static void
test_without_a_place_to_look_it_is_skipped(void **state)
{
	patient_finds(*state, readback_look, FINDING_SKIP, "--query-url", "");
}

static void
test_tells_answers_apart(void **state)
{
#define READ(text_) readback_read(text_, strlen(text_))
	(void)state;
	assert_int_equal(READ(FOUND), READBACK_FOUND);
	assert_int_equal(READ(NONE), READBACK_NONE);
	assert_int_equal(READ(""), READBACK_NO_ANSWER);
	assert_int_equal(READ("[]"), READBACK_NO_ANSWER);
	assert_int_equal(READ("{\"status\":\"error\",\"data\":{\"result\":"
			      "[1]}}"),
	    READBACK_NO_ANSWER);
	assert_int_equal(READ("{\"status\":\"success\",\"data\":{\"result\":"
			      "5}}"),
	    READBACK_NO_ANSWER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_what_is_found_again_is_well),
		PATIENT_TEST(test_it_is_looked_for_again_until_it_is_there),
		PATIENT_TEST(test_what_cannot_be_looked_for_is_a_warning),
		PATIENT_TEST(test_another_host_is_shown_nothing),
		PATIENT_TEST(test_without_a_place_to_look_it_is_skipped),
		PATIENT_TEST(test_tells_answers_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
