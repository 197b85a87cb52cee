/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/doctor/wire.h"
#include "tests/unit/doctor/patient.h"
#include "tests/unit/http/server.h"

#define LAST_CENTURY "Mon, 01 Jan 1990 00:00:00 GMT"

static const struct server_reply found = {
	"HTTP/1.1 404 Not Found\r\nDate: " LAST_CENTURY
	"\r\nContent-Length: 2\r\n\r\nno",
	SERVER_KEEP, 0
};
static const struct server_reply undated = {
	"HTTP/1.1 404 Not Found\r\nDate: soon\r\nContent-Length: 0\r\n\r\n",
	SERVER_KEEP, 0
};
static const struct server_reply wants_user = {
	"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: "
	"0\r\n\r\n",
	SERVER_KEEP, 0
};
static const struct server_reply broken = { NULL, SERVER_CLOSE, 0 };

/* Have it send to a server that answers ${reply}, with ${more} in the entry. */
static struct server *
serve(struct patient *p, const struct server_reply *reply, const char *more)
{
	struct server *server = server_start("127.0.0.1", 0, reply, 1);
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "remote_write:\n- {url: 'http://127.0.0.1:%u/w'%s}\n",
	    (unsigned)server_port(server), more);
	patient_configure(p, text);
	return server;
}

static void
test_a_name_has_an_address(void **state)
{
	struct patient *p = *state;

	patient_finds(p, wire_names, FINDING_OK, "localhost is 127.0.0.1", "");
	assert_string_equal(p->exam.addresses, "127.0.0.1");
	patient_finds(p, wire_address, FINDING_OK, "this host itself", "");
}

static void
test_an_address_needs_none(void **state)
{
	struct patient *p = *state;

	patient_send_to(p, "http://192.0.2.7:1/w");
	patient_finds(p, wire_names, FINDING_OK, "192.0.2.7 is an address", "");
	patient_finds(p, wire_address, FINDING_OK, "public", "");
	patient_send_to(p, "http://[fd00::7]:1/w");
	patient_finds(p, wire_names, FINDING_OK, "fd00::7 is an address", "");
	patient_finds(p, wire_address, FINDING_OK, "private", "");
}

static void
test_private_addresses_are_told_from_others(void **state)
{
	static const struct {
		const char *addresses, *words;
		enum finding_result result;
	} cases[] = {
		{ "10.1.2.3", "private", FINDING_OK },
		{ "172.31.0.1,192.168.0.1", "private", FINDING_OK },
		{ "172.32.0.1", "public", FINDING_OK },
		{ "100.100.1.1", "private", FINDING_OK },
		{ "169.254.1.1", "private", FINDING_OK },
		{ "[fe80::1]", "private", FINDING_OK },
		{ "[2001:db8::1],20.1.2.3", "public", FINDING_OK },
		{ "10.0.0.4,20.1.2.3", "some of its addresses", FINDING_WARN },
	};
	struct patient *p = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		(void)strcpy(p->exam.addresses, cases[i].addresses);
		patient_finds(
		    p, wire_address, cases[i].result, cases[i].words, "");
	}
}

static void
test_the_proxys_name_is_asked_for_if_there_is_one(void **state)
{
	struct patient *p = *state;

	patient_configure(p,
	    "remote_write:\n- {url: 'http://nowhere.invalid/w', proxy_url: "
	    "'http://u:hush@localhost:3128'}\n");
	patient_finds(p, wire_names, FINDING_OK,
	    "localhost is 127.0.0.1 (the proxy)", "");
	patient_finds(p, wire_address, FINDING_OK, "the proxy finds", "");
	patient_finds(p, wire_proxy, FINDING_OK, "http://localhost:3128", "");
	assert_null(strstr(p->finding.found, "hush"));
	patient_configure(p,
	    "remote_write:\n- {url: 'http://localhost/w', proxy_url: "
	    "'http://nowhere.invalid:3128'}\n");
	exam_turn_to(&p->exam, &p->exam.config->remotes[0]);
	patient_finds(p, wire_proxy, FINDING_OK, "nowhere.invalid", "");
}

static void
test_without_a_proxy_there_is_none(void **state)
{
	patient_finds(*state, wire_proxy, FINDING_OK, "none", "");
}

static void
test_whose_environment_names_the_proxy_is_said(void **state)
{
	struct patient *p = *state;

	assert_int_equal(setenv("HTTP_PROXY", "http://localhost:9", 1), 0);
	patient_configure(p,
	    "remote_write:\n- {url: 'http://receiver.example/w', "
	    "proxy_from_environment: true}\n");
	patient_finds(
	    p, wire_proxy, FINDING_OK, "that of the unit may differ", "");
	p->exam.entered = true;
	patient_finds(p, wire_proxy, FINDING_OK,
	    "http://localhost:9, as the environment of the service says", "");
	assert_int_equal(unsetenv("HTTP_PROXY"), 0);
}

static void
test_any_answer_is_a_connection(void **state)
{
	struct patient *p = *state;
	struct server *server = serve(p, &found,
	    ", basic_auth: {username: u, password: hush}, headers: {X-A: b}");
	char text[SERVER_REQUEST_MAX];

	patient_finds(p, wire_connection, FINDING_OK, "without TLS", "");
	server_last(server, text);
	assert_non_null(strstr(text, "GET /w HTTP/1.1"));
	/* Nothing of who we are is shown. */
	assert_null(strcasestr(text, "authorization"));
	assert_true(p->exam.dated);
	server_stop(server);
}

static void
test_no_connection_fails(void **state)
{
	struct patient *p = *state;
	struct server *server = serve(p, &broken, "");

	patient_finds(p, wire_connection, FINDING_FAIL, "", "receiver's log");
	server_stop(server);
	patient_finds(p, wire_connection, FINDING_FAIL, "Failed to connect",
	    "that the receiver runs");
	assert_false(p->exam.dated);
}

static void
test_a_proxy_that_wants_a_user_is_named(void **state)
{
	struct patient *p = *state;
	struct server *server = serve(p, &wants_user, "");

	patient_finds(p, wire_connection, FINDING_FAIL, "407",
	    "the user and password of the proxy");
	server_stop(server);
}

static void
test_a_clock_is_judged_by_the_receivers(void **state)
{
	struct patient *p = *state;
	struct server *server = serve(p, &found, "");

	patient_finds(p, wire_connection, FINDING_OK, "", "");
	patient_finds(p, wire_clock, FINDING_FAIL, "s ahead of the receiver's",
	    "timedatectl");
	server_stop(server);
	p->exam.ahead = -WIRE_SKEW_FAIL;
	patient_finds(p, wire_clock, FINDING_FAIL, "300 s behind", "");
	p->exam.ahead = WIRE_SKEW_FAIL - 1;
	patient_finds(p, wire_clock, FINDING_WARN, "ahead of", "timedatectl");
	p->exam.ahead = WIRE_SKEW_WARN - 1;
	patient_finds(p, wire_clock, FINDING_OK, "within 60 s", "");
}

static void
test_a_receiver_without_a_clock_says_nothing(void **state)
{
	struct patient *p = *state;
	struct server *server = serve(p, &undated, "");

	patient_finds(p, wire_connection, FINDING_OK, "", "");
	patient_finds(p, wire_clock, FINDING_SKIP, "does not say", "");
	server_stop(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_a_name_has_an_address),
		PATIENT_TEST(test_an_address_needs_none),
		PATIENT_TEST(test_private_addresses_are_told_from_others),
		PATIENT_TEST(test_the_proxys_name_is_asked_for_if_there_is_one),
		PATIENT_TEST(test_without_a_proxy_there_is_none),
		PATIENT_TEST(test_whose_environment_names_the_proxy_is_said),
		PATIENT_TEST(test_any_answer_is_a_connection),
		PATIENT_TEST(test_no_connection_fails),
		PATIENT_TEST(test_a_proxy_that_wants_a_user_is_named),
		PATIENT_TEST(test_a_clock_is_judged_by_the_receivers),
		PATIENT_TEST(test_a_receiver_without_a_clock_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
