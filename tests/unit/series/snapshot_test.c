/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "tests/unit/base/draw.h"
#include "tests/unit/series/keeping.h"
#include "tests/unit/wal/scratch.h"
#include "wal/segment.h"

struct fixture {
	char *dir, *path, *fresh;
	struct keeping kept, recalled;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir = scratch_dir();
	f->path = scratch_path(f->dir, "series");
	f->fresh = scratch_path(f->dir, "series.new");
	keeping_begin(&f->kept);
	keeping_begin(&f->recalled);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	keeping_end(&f->kept);
	keeping_end(&f->recalled);
	scratch_remove(f->dir);
	free(f->path);
	free(f->fresh);
	free(f);
	return 0;
}

static bool
is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Compare ${ref} of both maps; it was last met in ${met}. */
static void
assert_recalled(struct fixture *f, uint64_t ref, uint64_t met)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s", keeping_labels(&f->kept, ref));
	assert_string_not_equal(text, "-");
	assert_string_equal(keeping_labels(&f->recalled, ref), text);
	/* It outlives a sweep below the segment, and none of it. */
	if (met > 0)
		while (refmap_sweep(f->recalled.map, met - 1))
			;
	assert_string_equal(keeping_labels(&f->recalled, ref), text);
	while (refmap_sweep(f->recalled.map, met))
		;
	assert_string_equal(keeping_labels(&f->recalled, ref), "-");
}

static void
an_empty_map_is_kept(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(keeping_write(&f->kept, f->path), SNAPSHOT_DONE);
	assert_int_equal(keeping_read(&f->recalled, f->path), RECALL_DONE);
	assert_int_equal(refmap_count(f->recalled.map), 0);
	assert_false(is_there(f->fresh));
}

static void
labels_are_kept_as_the_log_has_them_and_when_they_were_met(void **state)
{
	static const char any[] = "\0\xff\n";
	struct wal_label odd[] = {
		{ { "b", 1 }, { any, sizeof(any) } },
		{ { any, sizeof(any) }, { "x", 1 } },
	};
	struct fixture *f = *state;

	assert_int_equal(series_learn(f->kept.map, 0, 1, "a=1,host=mine"), 0);
	assert_int_equal(series_learn(f->kept.map, 5, 2, "a=1"), 0);
	assert_int_equal(series_learn(f->kept.map, 6, 3, "a=1"), 0);
	assert_int_equal(
	    refmap_learn(f->kept.map, UINT64_MAX, 4, odd, 2), FINAL_OK);
	assert_int_equal(keeping_write(&f->kept, f->path), SNAPSHOT_DONE);
	assert_int_equal(keeping_read(&f->recalled, f->path), RECALL_DONE);
	assert_int_equal(refmap_count(f->recalled.map), 4);
	assert_int_equal(finals_count(f->recalled.finals), 3);
	assert_recalled(f, 0, 1);
	assert_recalled(f, 5, 2);
	assert_recalled(f, 6, 3);
	assert_recalled(f, UINT64_MAX, 4);
}

static void
a_series_that_is_refused_and_a_segment_past_counting_are_kept(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    series_learn(f->kept.map, 5, UINT64_MAX, ""), FINAL_REFUSED);
	assert_int_equal(keeping_write(&f->kept, f->path), SNAPSHOT_DONE);
	assert_int_equal(keeping_read(&f->recalled, f->path), RECALL_DONE);
	assert_int_equal(refmap_count(f->recalled.map), 1);
	assert_int_equal(
	    final_fate(refmap_meet(f->recalled.map, 5, 0)), FINAL_REFUSED);
	while (refmap_sweep(f->recalled.map, UINT32_MAX - 1))
		;
	assert_int_equal(refmap_count(f->recalled.map), 1);
}

/* A record that takes several pages, and a series as long as there can be. */
static void
labels_as_long_as_can_be_sent_are_kept(void **state)
{
	size_t len = FINAL_PACKED_MAX - 100, i;
	struct fixture *f = *state;
	char *text = malloc(len);
	struct wal_label label = { { "a", 1 }, { text, len } }, back;
	struct wal_label_list list = { &back, 0, 1 };

	assert_non_null(text);
	for (i = 0; i < len; i++)
		text[i] = (char)((i * i) >> 7);
	assert_int_equal(refmap_learn(f->kept.map, 5, 1, &label, 1), FINAL_OK);
	keeping_learn(&f->kept, 100, 100);
	assert_int_equal(keeping_write(&f->kept, f->path), SNAPSHOT_DONE);
	assert_int_equal(keeping_read(&f->recalled, f->path), RECALL_DONE);
	assert_int_equal(refmap_count(f->recalled.map), 101);
	assert_int_equal(labelsets_labels(f->recalled.sets,
			     refmap_labels(f->recalled.map, 5), &list),
	    0);
	assert_int_equal(back.value.len, len);
	assert_memory_equal(back.value.data, text, len);
	free(text);
}

/* Each fragment of ${path} ends on its page, and what is not one is zeros. */
static void
assert_pages(const char *path)
{
	static uint8_t bytes[4 * WAL_PAGE_SIZE];
	FILE *file = fopen(path, "re");
	size_t len, at = 0, left, size;

	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	assert_int_equal(fclose(file), 0);
	while (at < len) {
		left = WAL_PAGE_SIZE - at % WAL_PAGE_SIZE;
		if (left <= 7) {
			for (; left > 0; left--)
				assert_int_equal(bytes[at++], 0);
			continue;
		}
		assert_int_not_equal(bytes[at] & 7, 0);
		size = 7 + (size_t)(bytes[at + 1] << 8 | bytes[at + 2]);
		assert_true(size <= left);
		at += size;
	}
	assert_int_equal(at, len);
}

/* Records end at each of the last bytes of a page, and over its end. */
static void
no_fragment_runs_over_its_page(void **state)
{
	static char text[WAL_PAGE_SIZE];
	struct draw draw = draw_from(1);
	struct wal_label label = { { "a", 1 }, { text, 0 } };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)draw_any(&draw);
	for (i = WAL_PAGE_SIZE - 160; i < WAL_PAGE_SIZE - 60; i++) {
		label.value.len = i;
		assert_int_equal(
		    refmap_learn(f->kept.map, 5, 1, &label, 1), FINAL_OK);
		assert_int_equal(
		    keeping_write(&f->kept, f->path), SNAPSHOT_DONE);
		assert_pages(f->path);
		assert_int_equal(
		    keeping_read(&f->recalled, f->path), RECALL_DONE);
		assert_int_not_equal(
		    refmap_labels(f->recalled.map, 5), LABELSET_NONE);
	}
}

static void
the_head_is_kept(void **state)
{
	struct snapshot_head head = keeping_head();
	const struct snapshot_head *got;
	struct fixture *f = *state;
	struct recall *recall;

	/* The last redefinition counts, and not what was learned as it was. */
	keeping_learn(&f->kept, 1, 10);
	assert_int_equal(series_learn(f->kept.map, 5, 12, "a=1"), FINAL_OK);
	assert_int_equal(series_learn(f->kept.map, 6, 11, "a=1"), FINAL_OK);
	assert_int_equal(series_learn(f->kept.map, 6, 14, "a=1"), FINAL_OK);
	assert_int_equal(keeping_write(&f->kept, f->path), SNAPSHOT_DONE);
	recall =
	    recall_new(open(f->path, O_RDONLY | O_CLOEXEC), head.key, true);
	assert_non_null(recall);
	assert_int_equal(
	    recall_step(recall, keeping_take, &f->recalled), RECALL_HEADED);
	got = recall_head(recall);
	assert_string_equal(got->key, head.key);
	assert_int_equal(got->generation, head.generation);
	assert_int_equal(got->segment, head.segment);
	assert_int_equal(got->offset, head.offset);
	assert_int_equal(got->redefined, 13);
	assert_int_equal(got->mark_len, head.mark_len);
	assert_memory_equal(got->mark, head.mark, head.mark_len);
	assert_int_equal(recall_count(recall), 0);
	recall_free(recall);
}

/* Both of writing and of reading back. */
static void
many_series_are_kept_slice_by_slice(void **state)
{
	struct snapshot_head head = keeping_head();
	struct fixture *f = *state;
	struct snapshot *snapshot;
	struct recall *recall;
	unsigned int slices = 0;
	uint64_t before, ref;
	enum recall_result result;

	keeping_learn(&f->kept, 1000, 20000);
	snapshot = snapshot_new(f->path, f->kept.map, &head);
	assert_non_null(snapshot);
	for (;; slices++) {
		assert_int_equal(snapshot_gather(snapshot), SNAPSHOT_MORE);
		if (snapshot_put(snapshot) == SNAPSHOT_DONE)
			break;
		assert_false(is_there(f->path));
		assert_true(is_there(f->fresh));
	}
	snapshot_free(snapshot);
	assert_in_range(slices, 10, 40);

	recall =
	    recall_new(open(f->path, O_RDONLY | O_CLOEXEC), head.key, true);
	assert_non_null(recall);
	do {
		before = recall_count(recall);
		result = recall_step(recall, keeping_take, &f->recalled);
		/* A record has 64 KiB, a series more than 20 bytes. */
		assert_true(recall_count(recall) - before <
		    (RECALL_RECORDS * 65536) / 20);
		slices++;
	} while (result == RECALL_MORE || result == RECALL_HEADED);
	assert_int_equal(result, RECALL_DONE);
	assert_int_equal(recall_count(recall), 20000);
	recall_free(recall);
	for (ref = 1000; ref < 21000; ref += 100) {
		char text[64];

		(void)snprintf(text, sizeof(text), "__name__=m%u,n=%u",
		    (unsigned int)(ref % 10), (unsigned int)ref);
		assert_string_equal(keeping_labels(&f->recalled, ref), text);
	}
	assert_int_equal(refmap_count(f->recalled.map), 20000);
}

/* Begin one of many series, and put its first slice. */
static struct snapshot *
begin_one(struct fixture *f)
{
	struct snapshot_head head = keeping_head();
	struct snapshot *snapshot;

	keeping_learn(&f->kept, 1000, 20000);
	snapshot = snapshot_new(f->path, f->kept.map, &head);
	assert_non_null(snapshot);
	assert_int_equal(snapshot_gather(snapshot), SNAPSHOT_MORE);
	assert_int_equal(snapshot_put(snapshot), SNAPSHOT_MORE);
	return snapshot;
}

/* The pages that there were move to other buckets, but only ahead. */
static void
what_is_learned_meanwhile_costs_no_series(void **state)
{
	struct fixture *f = *state;
	struct snapshot *snapshot = begin_one(f);
	enum snapshot_state result;
	unsigned int slices = 0;
	uint64_t ref;

	do {
		if (slices++ < 20)
			keeping_learn(&f->kept, 100000 + 5000 * slices, 5000);
		keeping_learn(&f->kept, 2000, 10);
		while (refmap_sweep(f->kept.map, 0))
			;
		result = snapshot_gather(snapshot);
		if (result == SNAPSHOT_MORE)
			result = snapshot_put(snapshot);
	} while (result == SNAPSHOT_MORE);
	snapshot_free(snapshot);
	assert_int_equal(result, SNAPSHOT_DONE);
	assert_int_equal(keeping_read(&f->recalled, f->path), RECALL_DONE);
	for (ref = 1000; ref < 21000; ref++)
		if (ref % 7 != 0)
			assert_int_not_equal(
			    refmap_labels(f->recalled.map, ref), LABELSET_NONE);
}

static void
other_labels_for_a_ref_meanwhile_make_it_stale(void **state)
{
	struct fixture *f = *state;
	struct snapshot *snapshot = begin_one(f);

	assert_int_equal(series_learn(f->kept.map, 1000, 9, "b=2"), FINAL_OK);
	assert_int_equal(keeping_step_to_end(snapshot), SNAPSHOT_STALE);
	snapshot_free(snapshot);
	assert_false(is_there(f->path));
	assert_false(is_there(f->fresh));
}

static void
a_map_cleared_meanwhile_makes_it_stale(void **state)
{
	struct fixture *f = *state;
	struct snapshot *snapshot;

	assert_int_equal(keeping_write(&f->kept, f->path), SNAPSHOT_DONE);
	snapshot = begin_one(f);
	refmap_clear(f->kept.map);
	assert_int_equal(keeping_step_to_end(snapshot), SNAPSHOT_STALE);
	snapshot_free(snapshot);
	assert_int_equal(keeping_read(&f->recalled, f->path), RECALL_DONE);
	assert_int_equal(refmap_count(f->recalled.map), 0);
}

static void
a_file_that_cannot_be_made_is_a_failure(void **state)
{
	struct fixture *f = *state;
	char *path = scratch_path(f->dir, "none/series");

	keeping_learn(&f->kept, 1, 10);
	errno = 0;
	assert_int_equal(keeping_write(&f->kept, path), SNAPSHOT_FAILED);
	assert_int_equal(errno, ENOENT);
	free(path);
}

/* What a former life left is overwritten; but what is elsewhere is not. */
static void
what_lies_in_its_way_is_no_harm(void **state)
{
	struct fixture *f = *state;
	char *other = scratch_path(f->dir, "other");
	FILE *file = fopen(f->fresh, "we");

	assert_non_null(file);
	assert_true(fprintf(file, "%100000d", 1) > 0);
	assert_int_equal(fclose(file), 0);
	keeping_learn(&f->kept, 1, 10);
	assert_int_equal(keeping_write(&f->kept, f->path), SNAPSHOT_DONE);
	assert_int_equal(keeping_read(&f->recalled, f->path), RECALL_DONE);
	assert_int_equal(symlink(other, f->fresh), 0);
	assert_int_equal(keeping_write(&f->kept, f->path), SNAPSHOT_FAILED);
	assert_false(is_there(other));
	free(other);
}

static void
keys_and_marks_may_be_long_but_not_too_long(void **state)
{
	struct snapshot_head head = keeping_head();
	char text[SNAPSHOT_KEY_MAX + 2];
	struct fixture *f = *state;
	struct snapshot *snapshot;

	memset(text, 'k', sizeof(text));
	text[SNAPSHOT_KEY_MAX + 1] = '\0';
	head.key = text;
	assert_null(snapshot_new(f->path, f->kept.map, &head));
	head.key = text + 1;
	head.mark = text;
	head.mark_len = SNAPSHOT_MARK_MAX + 1;
	assert_null(snapshot_new(f->path, f->kept.map, &head));
	head.mark_len = SNAPSHOT_MARK_MAX;
	snapshot = snapshot_new(f->path, f->kept.map, &head);
	assert_non_null(snapshot);
	assert_int_equal(keeping_step_to_end(snapshot), SNAPSHOT_DONE);
	snapshot_free(snapshot);
	assert_int_equal(keeping_read(&f->recalled, f->path), RECALL_FOREIGN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_map_is_kept),
		TEST(
		    labels_are_kept_as_the_log_has_them_and_when_they_were_met),
		TEST(
		    a_series_that_is_refused_and_a_segment_past_counting_are_kept),
		TEST(labels_as_long_as_can_be_sent_are_kept),
		TEST(no_fragment_runs_over_its_page),
		TEST(the_head_is_kept),
		TEST(many_series_are_kept_slice_by_slice),
		TEST(what_is_learned_meanwhile_costs_no_series),
		TEST(other_labels_for_a_ref_meanwhile_make_it_stale),
		TEST(a_map_cleared_meanwhile_makes_it_stale),
		TEST(a_file_that_cannot_be_made_is_a_failure),
		TEST(what_lies_in_its_way_is_no_harm),
		TEST(keys_and_marks_may_be_long_but_not_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
