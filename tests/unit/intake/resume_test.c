/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/intake/resume.h"
#include "tests/unit/position/scratch.h"
#include "tests/unit/wal/writer.h"

#define WALL INT64_C(1767323045000)

/* A data directory with a log, and a place to be found in it. */
struct fixture {
	struct scratch scratch;
	struct writer writer;
	struct place place; /* Not kept anywhere. */
	struct config config;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	scratch_open(&f->scratch);
	f->config.data_dir = f->scratch.data;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	scratch_close(&f->scratch);
	free(f);
	return 0;
}

/* Write a log of segments 3 and 4. */
static void
write_log(struct fixture *f)
{
	writer_open_dir(&f->writer, f->scratch.wal, 3);
	writer_sample(&f->writer, 1, 1, 1);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 1, 1, 1);
	writer_close(&f->writer);
}

/* Make it a server's data directory. */
static void
make_server(struct fixture *f)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/chunks_head", f->scratch.data);
	assert_int_equal(mkdir(path, 0700), 0);
}

static enum resume_how
begin(struct fixture *f)
{
	const struct wal_log log = { .path = f->scratch.wal };

	return resume(&f->place, &f->config, &log, WALL);
}

static void
now_is_the_end_of_the_log(void **state)
{
	struct fixture *f = *state;
	const struct position *at = &f->place.position;

	write_log(f);
	f->config.start.kind = CONFIG_START_NOW;
	assert_int_equal(begin(f), RESUME_NEW);
	assert_true(at->begun);
	assert_int_equal(at->mark.at.segment, 4);
	assert_true(at->mark.at.offset > 0);
	assert_int_equal(at->since, INT64_MIN);
	assert_false(at->checkpoint);
	assert_int_equal(at->furthest.segment, 0);
}

static void
or_its_start_if_there_is_none_yet(void **state)
{
	struct fixture *f = *state;

	f->config.start.kind = CONFIG_START_NOW;
	assert_int_equal(begin(f), RESUME_NEW);
	assert_false(f->place.position.begun);
	assert_false(f->place.position.checkpoint);
}

static void
oldest_is_all_with_the_checkpoint_of_a_server(void **state)
{
	struct fixture *f = *state;

	write_log(f);
	f->config.start.kind = CONFIG_START_OLDEST;
	assert_int_equal(begin(f), RESUME_NEW);
	assert_false(f->place.position.begun);
	assert_false(f->place.position.checkpoint);
	make_server(f);
	assert_int_equal(begin(f), RESUME_NEW);
	assert_true(f->place.position.checkpoint);
}

static void
a_time_or_how_long_ago_leaves_out_what_is_older(void **state)
{
	struct fixture *f = *state;

	write_log(f);
	f->config.start.kind = CONFIG_START_AGO;
	f->config.start.ago = 1000;
	assert_int_equal(begin(f), RESUME_NEW);
	assert_false(f->place.position.begun);
	assert_int_equal(f->place.position.since, WALL - 1000);
	f->config.start.kind = CONFIG_START_TIME;
	f->config.start.time = 77;
	assert_int_equal(begin(f), RESUME_NEW);
	assert_int_equal(f->place.position.since, 77);
}

/* So what was left out of requests is left out when they are made again. */
static void
a_place_that_is_known_goes_before_all_that(void **state)
{
	struct fixture *f = *state;
	struct position *at = &f->place.position;

	write_log(f);
	f->config.start.kind = CONFIG_START_NOW;
	f->place.known = true;
	at->begun = at->clean = true;
	at->since = 5;
	at->mark.at.segment = 3;
	at->furthest.segment = 3;
	assert_int_equal(begin(f), RESUME_CLEAN);
	assert_int_equal(at->mark.at.segment, 3);
	assert_int_equal(at->since, 5);
	assert_int_equal(at->furthest.segment, 3);
	assert_false(at->clean);
}

static void
after_a_hard_end_all_that_is_there_may_have_been_sent(void **state)
{
	struct fixture *f = *state;
	struct position *at = &f->place.position;

	write_log(f);
	f->place.known = true;
	at->begun = true;
	at->mark.generation = 9;
	at->furthest = (struct position_point){ 9, 3, 77 };
	assert_int_equal(begin(f), RESUME_HARD);
	assert_int_equal(at->furthest.generation, 9);
	assert_int_equal(at->furthest.segment, 4);
	at->furthest = (struct position_point){ 9, 8, 1 };
	at->clean = false;
	assert_int_equal(begin(f), RESUME_HARD);
	assert_int_equal(at->furthest.segment, 8);
}

static void
a_place_that_is_lost_begins_with_all_in_doubt(void **state)
{
	struct fixture *f = *state;

	write_log(f);
	make_server(f);
	f->config.start.kind = CONFIG_START_NOW;
	f->place.lost = true;
	assert_int_equal(begin(f), RESUME_LOST);
	assert_false(f->place.position.begun);
	assert_true(f->place.position.checkpoint);
	assert_int_equal(f->place.position.furthest.segment, 4);
}

/* What is logged of ${how}, into ${ret} of ${size} bytes. */
static void
log_of(enum resume_how how, char *ret, size_t size)
{
	struct place place = {
		.position.mark.at = { .segment = 7, .offset = 9 },
	};
	int fd = memfd_create("log", MFD_CLOEXEC);
	ssize_t len;

	assert_true(fd >= 0);
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fd);
	resume_say(how, &place, "receiver");
	log_to(STDERR_FILENO);
	len = pread(fd, ret, size - 1, 0);
	assert_true(len >= 0);
	ret[len] = '\0';
	(void)close(fd);
}

static void
it_says_where_it_goes_on(void **state)
{
	char text[512];

	(void)state;
	log_of(RESUME_NEW, text, sizeof(text));
	assert_string_equal(text, "");
	log_of(RESUME_CLEAN, text, sizeof(text));
	assert_non_null(
	    strstr(text, "remote=receiver segment=7 offset=9 stop=clean"));
	log_of(RESUME_HARD, text, sizeof(text));
	assert_non_null(strstr(text, "stop=unclean"));
	log_of(RESUME_LOST, text, sizeof(text));
	assert_non_null(strstr(text, "is of no use"));
	assert_non_null(strstr(text, "remote=receiver"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(now_is_the_end_of_the_log),
		TEST(or_its_start_if_there_is_none_yet),
		TEST(oldest_is_all_with_the_checkpoint_of_a_server),
		TEST(a_time_or_how_long_ago_leaves_out_what_is_older),
		TEST(a_place_that_is_known_goes_before_all_that),
		TEST(after_a_hard_end_all_that_is_there_may_have_been_sent),
		TEST(a_place_that_is_lost_begins_with_all_in_doubt),
		cmocka_unit_test(it_says_where_it_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
