/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/keeper.h"

/* A log of the segments 4, 5 and 6, of a sample each, and a keeper. */
struct fixture {
	struct tail tail;
	struct keeper keeper;
	struct wal_log log;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int64_t time;

	assert_non_null(f);
	tail_open(&f->tail, 4);
	for (time = 0; time < 3; time++) {
		if (time > 0)
			writer_rotate(&f->tail.writer);
		writer_sample(&f->tail.writer, 1, time, 1.0);
	}
	keeper_init(&f->keeper, &f->tail);
	f->log = (struct wal_log){
		.path = f->tail.wal,
		.keeper = &f->keeper.keeper,
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	wal_log_release(&f->log);
	keeper_release(&f->keeper);
	tail_close(&f->tail);
	free(f);
	return 0;
}

/* The numbers of the segments there are, in order; in brackets: only kept. */
static const char *
segments(struct fixture *f)
{
	static char text[256];
	size_t i, len = 0;

	assert_int_equal(wal_log_look(&f->log), WAL_OK);
	text[0] = '\0';
	for (i = 0; i < f->log.dir.segments.len; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    f->log.dir.segments.entries[i].name[0] != '\0'
			? " %" PRIu64
			: " (%" PRIu64 ")",
		    f->log.dir.segments.entries[i].number);
	return len > 0 ? text + 1 : text;
}

static void
without_a_keeper_there_is_what_is_there(void **state)
{
	struct fixture *f = *state;

	f->log.keeper = NULL;
	f->log.generation = 7;
	assert_string_equal(segments(f), "4 5 6");
	assert_int_equal(f->log.generation, 7);
	assert_false(f->log.closed);
	assert_int_equal(tail_remove_all(f->tail.wal), 0);
	assert_string_equal(segments(f), "");
	assert_int_equal(mkdir(f->tail.wal, 0777), 0);
}

static void
what_was_deleted_is_there_if_it_is_kept(void **state)
{
	struct fixture *f = *state;
	const struct wal_dir_entry *entry;
	int a, b;
	char byte;

	keeper_keep(&f->keeper, &f->tail, 4);
	keeper_keep(&f->keeper, &f->tail, 5);
	tail_delete(&f->tail, 4);
	assert_string_equal(segments(f), "(4) 5 6");
	entry = wal_dir_at(&f->log.dir.segments, 4);
	a = wal_log_open(&f->log, entry);
	b = wal_log_open(&f->log, entry);
	assert_int_equal(read(a, &byte, 1), 1);
	assert_int_equal(lseek(b, 0, SEEK_CUR), 0);
	(void)close(a);
	(void)close(b);
	f->log.generation = 9; /* As if it were yet to come. */
	assert_string_equal(segments(f), "(4) 5 6");
	assert_int_equal(f->log.generation, 0);
}

/* Whether it is the file that was kept, not that in its place. */
static void
what_is_kept_is_read_though_another_has_its_name(void **state)
{
	struct fixture *f = *state;
	struct stat kept, st;
	int fd;

	keeper_keep(&f->keeper, &f->tail, 5);
	assert_true(wal_dir_stat(f->keeper.path, "0-5", &kept));
	tail_delete(&f->tail, 5);
	writer_close(&f->tail.writer);
	writer_open_dir(&f->tail.writer, f->tail.wal, 5);
	assert_string_equal(segments(f), "4 5 6");
	fd = wal_log_open(&f->log, wal_dir_at(&f->log.dir.segments, 5));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_ino, kept.st_ino);
	(void)close(fd);
	fd = wal_log_open(&f->log, wal_dir_at(&f->log.dir.segments, 6));
	assert_int_not_equal(fd, -1);
	(void)close(fd);
}

static void
of_a_closed_generation_there_is_only_what_is_kept(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint(&f->tail, 3, 1);
	tail_checkpoint(&f->tail, 4, 1);
	keeper_keep(&f->keeper, &f->tail, 5);
	keeper_keep(&f->keeper, &f->tail, 6);
	f->keeper.now = 2;
	f->keeper.common = 4;
	assert_string_equal(segments(f), "(5) (6)");
	assert_true(f->log.closed);
	assert_int_equal(f->log.dir.checkpoints.len, 1);
	assert_int_equal(f->log.dir.checkpoints.entries[0].number, 3);
	f->log.generation = 1;
	assert_string_equal(segments(f), "");
	assert_true(f->log.closed);
	f->log.generation = 2;
	assert_string_equal(segments(f), "4 5 6");
	assert_false(f->log.closed);
	assert_int_equal(f->log.dir.checkpoints.len, 2);
	/* It is there though the directory is not. */
	f->log.generation = 0;
	assert_int_equal(tail_remove_all(f->tail.wal), 0);
	assert_string_equal(segments(f), "(5) (6)");
	assert_int_equal(mkdir(f->tail.wal, 0777), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(without_a_keeper_there_is_what_is_there),
		TEST(what_was_deleted_is_there_if_it_is_kept),
		TEST(what_is_kept_is_read_though_another_has_its_name),
		TEST(of_a_closed_generation_there_is_only_what_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
