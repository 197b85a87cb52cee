/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/spool/saved.h"
#include "tests/unit/base/moment.h"
#include "tests/unit/wal/scratch.h"
#include "wal/crc32c.h"

static const struct spool_segment examples[] = {
	{ .name = { 0, 4 },
	    .last = 0,
	    .first = { 30, 0xdeadbeef },
	    .held = true },
	{ .name = { 0, 5 }, .last = SPOOL_LAST_NONE, .first = { 31, 7 } },
	{ .name = { 1, 2 }, .last = 1, .held = true },
	{ .name = { 2, 6 }, .last = SPOOL_LAST_NONE, .held = true },
};

static const struct spool_checkpoint checkpoint = { 3, { 40, 9 } };

/* With more than four segments, a checkpoint and joints too. */
static void
fill(struct spool_table *table, size_t len)
{
	size_t i;

	*table = (struct spool_table){ .generation = 2, .next = 7 };
	if (len > 4) {
		len = 4;
		table->checkpoint = checkpoint;
		joints_add(&table->joints, &(struct joint){ 0, 4 });
		joints_add(&table->joints, &(struct joint){ 1, 1 });
	}
	for (i = 0; i < len; i++)
		assert_int_equal(spool_table_add(table, &examples[i]), 0);
}

static struct buf
encoded(size_t len)
{
	struct spool_table table;
	struct buf out;

	fill(&table, len);
	buf_init(&out, SAVED_MAX + 1);
	saved_encode(&table, &out);
	assert_false(out.bad);
	spool_table_release(&table);
	return out;
}

static void
expect(const struct spool_table *table, size_t len)
{
	size_t i;

	assert_int_equal(table->generation, 2);
	assert_int_equal(table->next, 7);
	assert_int_equal(table->len, len);
	for (i = 0; i < len; i++)
		assert_memory_equal(
		    &table->segments[i], &examples[i], sizeof(examples[i]));
}

static void
what_is_encoded_is_decoded(void **state)
{
	struct spool_table table = { 0 };
	struct buf out;
	size_t len;

	(void)state;
	for (len = 0; len <= 4; len++) {
		out = encoded(len);
		assert_int_equal(out.len, SAVED_HEAD + len * SAVED_ENTRY);
		assert_int_equal(
		    saved_decode(&table, out.data, out.len), SAVED_OK);
		expect(&table, len);
		spool_table_release(&table);
		buf_release(&out);
	}
}

static void
what_is_cut_or_changed_is_damaged(void **state)
{
	struct spool_table table = { 0 };
	struct buf out = encoded(4);
	size_t i;

	(void)state;
	for (i = 0; i < out.len; i++)
		assert_int_equal(
		    saved_decode(&table, out.data, i), SAVED_DAMAGED);
	for (i = 0; i < out.len; i++) {
		out.data[i] ^= 0x20;
		assert_int_equal(
		    saved_decode(&table, out.data, out.len), SAVED_DAMAGED);
		assert_int_equal(table.len, 0);
		out.data[i] ^= 0x20;
	}
	buf_release(&out);
}

static void
so_are_the_checkpoint_and_the_joints(void **state)
{
	struct spool_table table = { 0 };
	struct buf out = encoded(5);

	(void)state;
	assert_int_equal(out.len, SAVED_HEAD + 7 * SAVED_ENTRY);
	assert_int_equal(saved_decode(&table, out.data, out.len), SAVED_OK);
	expect(&table, 4);
	assert_memory_equal(&table.checkpoint, &checkpoint, sizeof(checkpoint));
	assert_int_equal(table.joints.len, 2);
	assert_int_equal(joints_common(&table.joints, 0, 1), 4);
	assert_int_equal(joints_common(&table.joints, 1, 2), 1);
	spool_table_release(&table);
	buf_release(&out);
}

/* Change the byte at ${offset}, with a checksum to match. */
static enum saved_result
decode_with(size_t offset, uint8_t byte)
{
	struct spool_table table = { 0 };
	struct buf out = encoded(5);
	enum saved_result result;
	uint32_t crc;
	size_t i;

	out.data[offset] = byte;
	crc = crc32c(out.data + 12, out.len - 12);
	for (i = 0; i < 4; i++)
		out.data[8 + i] = (uint8_t)(crc >> (8 * i));
	result = saved_decode(&table, out.data, out.len);
	assert_true(result == SAVED_OK || table.len == 0);
	spool_table_release(&table);
	buf_release(&out);
	return result;
}

static void
what_cannot_be_is_damaged_though_its_checksum_holds(void **state)
{
	(void)state;
	assert_int_equal(decode_with(12, SAVED_VERSION), SAVED_OK);
	assert_int_equal(decode_with(12, 1), SAVED_OK);
	assert_int_equal(decode_with(12, SAVED_VERSION + 1), SAVED_NEWER);
	assert_int_equal(decode_with(12, 0), SAVED_DAMAGED);
	/* The generations of segments above that of the directory. */
	assert_int_equal(decode_with(16, 1), SAVED_DAMAGED);
	assert_int_equal(decode_with(SAVED_HEAD, 9), SAVED_DAMAGED);
	/* Out of order, and twice the same. */
	assert_int_equal(decode_with(SAVED_HEAD + 8, 6), SAVED_DAMAGED);
	assert_int_equal(decode_with(SAVED_HEAD + 8, 5), SAVED_DAMAGED);
	/* Ended before it began, and not yet. */
	assert_int_equal(
	    decode_with(SAVED_HEAD + 2 * SAVED_ENTRY + 16, 0), SAVED_DAMAGED);
	assert_int_equal(
	    decode_with(SAVED_HEAD + 2 * SAVED_ENTRY + 16, 2), SAVED_DAMAGED);
	/* Numbers that no segment has. */
	assert_int_equal(decode_with(SAVED_HEAD + 15, 0xff), SAVED_DAMAGED);
	assert_int_equal(decode_with(23, 0xff), SAVED_DAMAGED);
	assert_int_equal(decode_with(31, 0xff), SAVED_DAMAGED);
}

static void
joints_that_cannot_be_are_damaged(void **state)
{
	const size_t at = SAVED_HEAD + 4 * SAVED_ENTRY;
	const size_t first = at + SAVED_ENTRY, second = first + SAVED_ENTRY;

	(void)state;
	/* Two checkpoints, and one behind a joint. */
	assert_int_equal(decode_with(at - 8, 2), SAVED_DAMAGED);
	assert_int_equal(decode_with(first + 32, 2), SAVED_DAMAGED);
	/* Segments behind either. */
	assert_int_equal(decode_with(first + 32, 1), SAVED_DAMAGED);
	assert_int_equal(decode_with(second + 32, 0), SAVED_DAMAGED);
	/* A checkpoint with what none has. */
	assert_int_equal(decode_with(at, 1), SAVED_DAMAGED);
	assert_int_equal(decode_with(at + 15, 0xff), SAVED_DAMAGED);
	assert_int_equal(decode_with(at + 16, 1), SAVED_DAMAGED);
	/* Joints out of order, of no use, and of generations to come. */
	assert_int_equal(decode_with(first, 1), SAVED_DAMAGED);
	assert_int_equal(decode_with(second, 2), SAVED_DAMAGED);
	assert_int_equal(decode_with(second + 8, 0), SAVED_DAMAGED);
	assert_int_equal(decode_with(second + 15, 0xff), SAVED_DAMAGED);
	assert_int_equal(decode_with(second + 16, 1), SAVED_DAMAGED);
	assert_int_equal(decode_with(second + 24, 1), SAVED_DAMAGED);
}

static void
what_is_stored_is_loaded(void **state)
{
	struct spool_table table = { 0 };
	char *dir = scratch_dir(), *path = scratch_path(dir, "segments");
	char *link_path = scratch_path(dir, "link");
	struct buf out = encoded(3);

	(void)state;
	assert_int_equal(saved_load(&table, path), SAVED_NONE);
	assert_int_equal(saved_store(path, out.data, out.len), 0);
	assert_int_equal(saved_load(&table, path), SAVED_OK);
	expect(&table, 3);
	spool_table_release(&table);
	assert_int_equal(saved_load(&table, dir), SAVED_DAMAGED);
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_equal(saved_load(&table, link_path), SAVED_FAILED);
	assert_int_equal(truncate(path, (off_t)SAVED_MAX + 1), 0);
	assert_int_equal(saved_load(&table, path), SAVED_DAMAGED);
	buf_release(&out);
	free(link_path);
	free(path);
	scratch_remove(dir);
}

/* Store four where there were two, and end or fail at call ${moment}. */
static int
store_in_child(const char *path, unsigned int moment)
{
	struct buf out = encoded(4);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		when = moment;
		status = saved_store(path, out.data, out.len) == 0 ? PASSED : 1;
		_exit(calls < moment ? PASSED : status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	buf_release(&out);
	return WEXITSTATUS(status);
}

static void
whenever_it_ends_there_is_the_old_or_the_new(void **state)
{
	struct spool_table table = { 0 };
	char *dir = scratch_dir(), *path = scratch_path(dir, "segments");
	struct buf out = encoded(2);
	unsigned int moment;
	int status = 0;

	(void)state;
	for (what = END_BEFORE; what <= FAIL; what++) {
		if (what == TEAR)
			continue;
		for (moment = 1; moment < CALLS_MAX; moment++) {
			assert_int_equal(
			    saved_store(path, out.data, out.len), 0);
			calls = 0;
			status = store_in_child(path, moment);
			assert_int_equal(saved_load(&table, path), SAVED_OK);
			assert_true(table.len == 2 || table.len == 4);
			if (status == PASSED)
				assert_int_equal(table.len, 4);
			expect(&table, table.len);
			spool_table_release(&table);
			if (status == PASSED && moment > 3)
				break;
		}
		assert_true(moment > 3 && moment < CALLS_MAX);
	}
	what = NOTHING;
	buf_release(&out);
	free(path);
	scratch_remove(dir);
}

static void
that_it_cannot_be_stored_is_said(void **state)
{
	char *dir = scratch_dir(), *path = scratch_path(dir, "no/segments");
	struct buf out = encoded(1);

	(void)state;
	assert_int_equal(saved_store(path, out.data, out.len), -1);
	assert_int_equal(errno, ENOENT);
	buf_release(&out);
	free(path);
	scratch_remove(dir);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(so_are_the_checkpoint_and_the_joints),
		cmocka_unit_test(what_is_cut_or_changed_is_damaged),
		cmocka_unit_test(
		    what_cannot_be_is_damaged_though_its_checksum_holds),
		cmocka_unit_test(joints_that_cannot_be_are_damaged),
		cmocka_unit_test(what_is_stored_is_loaded),
		cmocka_unit_test(whenever_it_ends_there_is_the_old_or_the_new),
		cmocka_unit_test(that_it_cannot_be_stored_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
