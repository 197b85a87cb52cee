/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/send/complaint.h"
#include "tests/unit/send/sending.h"

static int
set_up(void **state)
{
	*state = sending_new();
	return 0;
}

static int
tear_down(void **state)
{
	sending_free(*state);
	return 0;
}

/* What is logged from now on goes to the result; tear_down is as before. */
static int
begin_log(void)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	log_to(fd);
	log_init(LOG_INFO, LOG_LOGFMT);
	return fd;
}

/* The text that was logged to ${fd}, to be freed. */
static char *
end_log(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)len + 1);

	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)len, 0), len);
	(void)close(fd);
	log_to(STDERR_FILENO);
	return text;
}

static size_t
count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* Every second request fails: two lines each period, and no more. */
static void
a_flapping_receiver_does_not_fill_the_log(void **state)
{
	static struct sim_answer script[4000];
	struct sending *f = *state;
	unsigned int i;
	char *text;
	int fd;

	for (i = 0; i < 4000; i++)
		script[i] = i % 2 == 0 ? (struct sim_answer)SENDING_STATUS(500)
				       : (struct sim_answer)SENDING_OK;
	sending_start(f, script, 4000);
	fd = begin_log();
	for (i = 0; i < 1000; i++) {
		(void)sending_put(f, i % SENDING_SERIES, 1);
		sender_fly(f->sender);
		(void)sim_run(f->sim, 100 * CLOCK_MSEC);
	}
	text = end_log(fd);
	assert_in_range(count_lines(text), 2, 2 * (100 / 30 + 1));
	assert_non_null(strstr(text, "delivering again"));
	free(text);
}

static void
the_log_tells_what_the_receiver_said_but_no_secret(void **state)
{
	static char secret[] = "http://user:hunter2@receiver/write?key=hunter2";
	static char body[3000];
	struct sending *f = *state;
	char *text;
	int fd;

	memset(body, 'x', sizeof(body) - 1);
	memcpy(body, "no \x1b[31m", 8);
	f->remote.url = secret;
	sending_start(f, NULL, 0);
	f->always = (struct sim_answer)SENDING_STATUS(500);
	f->always.body = body;
	fd = begin_log();
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 1000);
	text = end_log(fd);
	assert_int_equal(count_lines(text), 1);
	assert_null(strstr(text, "hunter2"));
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, SENDING_SHOWN));
	assert_non_null(strstr(text, "status=500"));
	assert_true(strlen(text) < COMPLAINT_BODY_MAX + 500);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_flapping_receiver_does_not_fill_the_log),
		TEST(the_log_tells_what_the_receiver_said_but_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
