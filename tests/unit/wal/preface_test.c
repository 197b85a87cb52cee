/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read of checkpoints before the segments, as text: a word for each
 * record, "5:t7" being the sample at 7 in checkpoint 5, with "'" if it is for
 * its series only, and for each notice, "!5".
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/tail.h"
#include "wal/preface.h"

#define SAMPLE 34u /* Bytes that the record of one sample takes. */

struct fixture {
	struct tail tail;
	struct wal_dir dir;
	struct wal_preface preface;
	struct wal_notice notice;
	char *text;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	tail_open(&f->tail, 9);
	f->preface.path = f->tail.wal;
	f->preface.patient = true;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	wal_preface_close(&f->preface);
	wal_dir_release(&f->dir);
	tail_close(&f->tail);
	free(f->text);
	free(f);
	return 0;
}

static enum wal_status
begin(struct fixture *f)
{
	assert_int_equal(wal_dir_read(&f->dir, f->tail.wal), WAL_OK);
	return wal_preface_open(&f->preface, &f->dir.checkpoints,
	    wal_dir_last(&f->dir.checkpoints), &f->notice);
}

/* Read on, for at most ${calls}; what came. */
static const char *
step(struct fixture *f, int calls)
{
	struct wal_sample_list list = { 0 };
	struct wal_preface_record got;
	enum wal_status st = WAL_OK;
	size_t len;
	FILE *out;

	free(f->text);
	assert_non_null(out = open_memstream(&f->text, &len));
	for (; calls > 0 && st != WAL_END && st != WAL_IO; calls--) {
		st = wal_preface_next(&f->preface, &got, &f->notice);
		if (st == WAL_OK) {
			assert_int_equal(wal_decode_samples(
					     got.rec.data, got.rec.len, &list),
			    WAL_OK);
			(void)fprintf(out, " %d:t%d%s", (int)got.checkpoint,
			    (int)list.samples[0].time, got.again ? "'" : "");
		}
		if (st == WAL_NOTICE)
			(void)fprintf(out, " !%d", (int)f->notice.at.segment);
	}
	(void)fputs(st == WAL_IO ? " gone" : "", out);
	(void)fclose(out);
	wal_sample_list_release(&list);
	return f->text;
}

/* Break the sample that is the ${index}th of a file of a checkpoint. */
static void
damage(struct fixture *f, const char *name, unsigned int index)
{
	char *path = scratch_path(f->tail.wal, name);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	scratch_flip(fd, index * SAMPLE + 20, 0x01);
	(void)close(fd);
	free(path);
}

static void
a_sound_checkpoint_is_read_alone(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 4, 1);
	tail_checkpoint_samples(&f->tail, 5, 3);
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(step(f, 99), " 5:t0 5:t1 5:t2");
	assert_string_equal(step(f, 99), "");
	assert_int_equal(wal_preface_lowest(&f->preface), 5);
}

static void
without_an_older_one_damage_is_passed_over(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 5, 4);
	damage(f, "checkpoint.00000005/00000000", 1);
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(step(f, 99), " 5:t0 !5 5:t2 5:t3");
	assert_int_equal(f->notice.kind, WAL_DAMAGED);
	assert_int_equal(f->notice.at.offset, SAMPLE);
	assert_true(f->notice.checkpoint);
	assert_int_equal(wal_preface_lowest(&f->preface), 5);
}

static void
at_damage_the_older_one_is_read_and_then_all_of_the_newer(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 3, 1);
	tail_checkpoint_samples(&f->tail, 4, 2);
	tail_checkpoint_samples(&f->tail, 5, 6);
	damage(f, "checkpoint.00000005/00000001", 0);
	damage(f, "checkpoint.00000005/00000002", 0);
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(
	    step(f, 99), " 5:t0 5:t1 !5 4:t0' 4:t1' 5:t0' 5:t1' 5:t3 !5 5:t5");
	assert_int_equal(wal_preface_lowest(&f->preface), 4);
}

static void
damage_in_the_older_one_is_passed_over(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 3, 1);
	tail_checkpoint_samples(&f->tail, 4, 2);
	tail_checkpoint_samples(&f->tail, 5, 2);
	damage(f, "checkpoint.00000004/00000000", 0);
	damage(f, "checkpoint.00000005/00000000", 0);
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(step(f, 99), " !5 !4 4:t1' 5:t1");
	assert_int_equal(wal_preface_lowest(&f->preface), 4);
}

static int
make_fifo(const char *path)
{
	return mkfifo(path, 0666);
}

static void
an_unreadable_one_leaves_the_older(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 4, 2);
	scratch_do(make_fifo, f->tail.wal, "checkpoint.00000005");
	assert_int_equal(begin(f), WAL_NOTICE);
	assert_int_equal(f->notice.kind, WAL_UNREADABLE);
	assert_int_equal(f->notice.count, ENOTDIR);
	assert_int_equal(f->notice.at.segment, 5);
	assert_string_equal(step(f, 99), " 4:t0' 4:t1'");
	assert_int_equal(wal_preface_lowest(&f->preface), 4);

	tail_remove_checkpoint(&f->tail, 4);
	assert_int_equal(begin(f), WAL_NOTICE);
	assert_string_equal(step(f, 99), "");
}

static void
an_unreadable_file_of_it_is_told_once(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 4, 1);
	tail_checkpoint_samples(&f->tail, 5, 5);
	scratch_do(unlink, f->tail.wal, "checkpoint.00000005/00000001");
	scratch_do(make_fifo, f->tail.wal, "checkpoint.00000005/00000001");
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(
	    step(f, 99), " 5:t0 5:t1 !5 4:t0' 5:t0' 5:t1' 5:t4");
	assert_int_equal(f->notice.count, EINVAL);
}

static void
a_torn_end_is_told_with_its_bytes(void **state)
{
	struct fixture *f = *state;
	char *path;

	tail_checkpoint_samples(&f->tail, 5, 2);
	path = scratch_path(f->tail.wal, "checkpoint.00000005/00000000");
	assert_int_equal(truncate(path, SAMPLE + 5), 0);
	free(path);
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(step(f, 99), " 5:t0 !5");
	assert_int_equal(f->notice.kind, WAL_TORN);
	assert_int_equal(f->notice.at.offset, SAMPLE);
	assert_int_equal(f->notice.count, 5);
}

static void
one_that_vanishes_is_gone_but_the_older_may(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 4, 4);
	tail_checkpoint_samples(&f->tail, 5, 4);
	damage(f, "checkpoint.00000005/00000000", 1);
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(step(f, 3), " 5:t0 !5 4:t0'");
	tail_remove_checkpoint(&f->tail, 4);
	assert_string_equal(step(f, 3), " 4:t1' 5:t0' 5:t2");
	tail_remove_checkpoint(&f->tail, 5);
	assert_string_equal(step(f, 99), " 5:t3");
	assert_int_equal(wal_preface_next(&f->preface,
			     &(struct wal_preface_record){ 0 }, &f->notice),
	    WAL_END);

	tail_checkpoint_samples(&f->tail, 5, 4);
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(step(f, 1), " 5:t0");
	tail_remove_checkpoint(&f->tail, 5);
	assert_string_equal(step(f, 99), " 5:t1 gone");
	assert_int_equal(wal_preface_open(&f->preface, &f->dir.checkpoints,
			     wal_dir_last(&f->dir.checkpoints), &f->notice),
	    WAL_END);
}

static void
one_that_vanishes_before_it_is_read_again_is_gone(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 4, 1);
	tail_checkpoint_samples(&f->tail, 5, 4);
	damage(f, "checkpoint.00000005/00000000", 1);
	assert_int_equal(begin(f), WAL_OK);
	assert_string_equal(step(f, 3), " 5:t0 !5 4:t0'");
	tail_remove_checkpoint(&f->tail, 5);
	assert_string_equal(step(f, 99), " gone");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sound_checkpoint_is_read_alone),
		TEST(without_an_older_one_damage_is_passed_over),
		TEST(at_damage_the_older_one_is_read_and_then_all_of_the_newer),
		TEST(damage_in_the_older_one_is_passed_over),
		TEST(an_unreadable_one_leaves_the_older),
		TEST(an_unreadable_file_of_it_is_told_once),
		TEST(a_torn_end_is_told_with_its_bytes),
		TEST(one_that_vanishes_is_gone_but_the_older_may),
		TEST(one_that_vanishes_before_it_is_read_again_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
