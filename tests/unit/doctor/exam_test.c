/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/doctor/patient.h"
#include "tests/unit/http/server.h"

static void
test_waits_no_longer_than_it_is_told(void **state)
{
	struct patient *p = *state;
	const bool never = false, always = true;
	uint64_t begin = clock_monotonic(p->exam.clock);

	assert_false(
	    exam_wait(&p->exam, &never, exam_until(&p->exam, 50 * CLOCK_MSEC)));
	assert_true(clock_monotonic(p->exam.clock) - begin >= 50 * CLOCK_MSEC);
	assert_true(exam_wait(&p->exam, &always, 0));
}

static void
test_all_of_it_has_one_deadline(void **state)
{
	struct patient *p = *state;
	uint64_t now = clock_monotonic(p->exam.clock);

	p->exam.deadline = now + CLOCK_SEC;
	assert_int_equal(
	    exam_until(&p->exam, CLOCK_NEVER / 4), now + CLOCK_SEC);
	assert_true(exam_until(&p->exam, 0) < now + CLOCK_SEC);
}

static void
test_keeps_what_was_answered(void **state)
{
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:07 GMT\r\n"
		"Content-Length: 2\r\n\r\nhi",
		SERVER_KEEP, 0
	};
	struct server *server = server_start("127.0.0.1", 0, &reply, 1);
	struct patient *p = *state;
	struct exam_answer answer;
	char url[64], text[SERVER_REQUEST_MAX];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/",
	    (unsigned)server_port(server));
	assert_true(exam_ask(&p->exam, p->exam.http,
	    &(struct http_request){
		.method = HTTP_GET, .url = url, .timeout = 20 * CLOCK_SEC },
	    &answer));
	assert_int_equal(answer.outcome, HTTP_ANSWERED);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.date, 7000);
	assert_string_equal(buf_text(&answer.text), "hi");
	buf_release(&answer.text);
	server_last(server, text);
	assert_non_null(strstr(text, "(doctor)"));
	server_stop(server);
}

static void
test_gives_up_on_who_does_not_answer(void **state)
{
	static const struct server_reply mute = { NULL, SERVER_STALL, 0 };
	struct server *server = server_start("127.0.0.1", 0, &mute, 1);
	struct patient *p = *state;
	struct exam_answer answer;
	char url[64];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/",
	    (unsigned)server_port(server));
	assert_true(exam_ask(&p->exam, p->exam.http,
	    &(struct http_request){
		.method = HTTP_GET, .url = url, .timeout = CLOCK_SEC / 10 },
	    &answer));
	assert_int_equal(answer.outcome, HTTP_TIMED_OUT);
	assert_true(answer.text.len > 0);
	buf_release(&answer.text);
	server_stop(server);
}

static void
test_turning_forgets_the_one_before(void **state)
{
	struct patient *p = *state;

	(void)strcpy(p->exam.addresses, "x");
	p->exam.dated = p->exam.proxied = true;
	p->exam.probed = 5;
	p->exam.traffic.samples = 7;
	exam_turn_to(&p->exam, NULL);
	assert_null(p->exam.remote);
	assert_string_equal(p->exam.addresses, "");
	assert_false(p->exam.dated || p->exam.proxied);
	assert_int_equal(p->exam.probed, 0);
	assert_int_equal(p->exam.traffic.samples, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_waits_no_longer_than_it_is_told),
		PATIENT_TEST(test_all_of_it_has_one_deadline),
		PATIENT_TEST(test_keeps_what_was_answered),
		PATIENT_TEST(test_gives_up_on_who_does_not_answer),
		PATIENT_TEST(test_turning_forgets_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
