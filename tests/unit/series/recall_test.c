/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "tests/unit/series/keeping.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"

#define KEY "http h /w"
#define KEY_LEN "\x09"

/* A head as it is, up to its key; and all behind that. */
#define BEGINNING "\xf0walship\n\x01"
#define NUMBER "\0\0\0\0\0\0\0\x07"
#define ENDING NUMBER NUMBER NUMBER NUMBER "\0"
#define HEAD BEGINNING KEY_LEN KEY ENDING

/* Two refs: 1, with a=b, and 2, with none; last met in segments 3 and 300. */
#define MET "\xf1\x03\xac\x02"
#define SERIES \
	"\x01\0\0\0\0\0\0\0\x01\x01\x01" \
	"a\x01" \
	"b\0\0\0\0\0\0\0\x02\0"
#define END(refs, records) "\xf2" refs records

#define RECORD(text) \
	{ \
		text, sizeof(text) - 1 \
	}

struct record {
	const char *data;
	size_t len;
};

/* A file of these records. */
static int
write_records(const struct record *records, size_t len)
{
	struct writer writer = { .codec = WAL_SNAPPY };
	int fd = scratch_file();
	size_t i;

	writer_open(&writer, fd);
	for (i = 0; i < len; i++)
		writer_log(
		    &writer, (const uint8_t *)records[i].data, records[i].len);
	writer_close(&writer);
	return fd;
}

/* Recall ${fd}; it must end so, for that reason, with ${count} refs. */
static void
assert_recall(int fd, enum recall_result want, const char *why, size_t count)
{
	const char *reason = NULL;
	struct keeping k;

	keeping_begin(&k);
	assert_int_equal(keeping_recall(&k, fd, &reason), want);
	if (why != NULL)
		assert_string_equal(reason, why);
	assert_int_equal(refmap_count(k.map), count);
	keeping_end(&k);
}

static void
assert_records(const struct record *records, size_t len,
    enum recall_result want, const char *why, size_t count)
{
	assert_recall(write_records(records, len), want, why, count);
}

#define assert_ends(want, why, count, ...) \
	do { \
		const struct record records_[] = { __VA_ARGS__ }; \
\
		assert_records(records_, sizeof(records_) / sizeof(*records_), \
		    want, why, count); \
	} while (0)

static void
a_snapshot_is_head_series_and_end(void **state)
{
	(void)state;
	assert_ends(RECALL_DONE, NULL, 2, RECORD(HEAD), RECORD(MET),
	    RECORD(SERIES), RECORD(END("\x02", "\x01")));
	assert_ends(
	    RECALL_DONE, NULL, 0, RECORD(HEAD), RECORD(END("\0", "\0")));
}

/* Two families: of type 2, up with a help, and of no known type, x. */
#define FAMILY \
	"\xf3\x02\x02" \
	"up\x03its\0\x63\x01x\0\x01u"

static void
families_come_after_the_series(void **state)
{
	const struct record records[] = { RECORD(HEAD), RECORD(MET),
		RECORD(SERIES), RECORD(FAMILY), RECORD(END("\x02", "\x02")) };
	struct families *families = families_new();
	struct recall *recall;
	struct keeping k;
	enum recall_result result;

	(void)state;
	keeping_begin(&k);
	recall = recall_new(write_records(records, 5), KEY, true);
	assert_non_null(recall);
	recall_families(recall, families);
	do
		result = recall_step(recall, keeping_take, &k);
	while (result == RECALL_MORE || result == RECALL_HEADED);
	assert_int_equal(result, RECALL_DONE);
	recall_free(recall);
	assert_int_equal(families_len(families), 2);
	assert_int_equal(families_at(families, 0).type, FAMILY_GAUGE);
	assert_memory_equal(families_at(families, 0).name.data, "up", 2);
	assert_memory_equal(families_at(families, 0).help.data, "its", 3);
	assert_int_equal(families_at(families, 0).unit.len, 0);
	assert_int_equal(families_at(families, 1).type, FAMILY_UNKNOWN);
	assert_memory_equal(families_at(families, 1).unit.data, "u", 1);
	families_free(families);
	keeping_end(&k);
	/* Whoever asks for none gets none. */
	assert_ends(RECALL_DONE, NULL, 0, RECORD(HEAD), RECORD(FAMILY),
	    RECORD(END("\0", "\x01")));
}

static void
families_in_the_wrong_place_or_form_are_damage(void **state)
{
	(void)state;
	assert_ends(RECALL_DAMAGED, "a record of families does not decode", 0,
	    RECORD(HEAD), RECORD("\xf3\x02\x09up"));
	assert_ends(RECALL_DAMAGED, "records out of order", 0, RECORD(HEAD),
	    RECORD(MET), RECORD(FAMILY));
	assert_ends(RECALL_DAMAGED, "records are missing", 0, RECORD(HEAD),
	    RECORD(FAMILY), RECORD(END("\0", "\0")));
}

static void
what_is_no_snapshot_is_refused(void **state)
{
	(void)state;
	assert_recall(scratch_file(), RECALL_DAMAGED, "cut off", 0);
	assert_ends(RECALL_DAMAGED, "not a snapshot", 0, RECORD(SERIES));
	assert_ends(RECALL_DAMAGED, "not a snapshot", 0, RECORD("\xf0walship"));
	assert_ends(RECALL_DAMAGED, "not a snapshot", 0,
	    RECORD("\xf0Walship\n\x01" KEY_LEN KEY ENDING));
}

static void
a_later_version_and_another_destination_are_told_apart(void **state)
{
	(void)state;
	assert_ends(RECALL_NEWER, NULL, 0, RECORD("\xf0walship\n\x02"));
	assert_ends(RECALL_NEWER, NULL, 0,
	    RECORD("\xf0walship\n\xff\xff\xff\xff\x0f" KEY_LEN KEY ENDING));
	assert_ends(RECALL_FOREIGN, NULL, 0,
	    RECORD(BEGINNING KEY_LEN "http h /x" ENDING));
	assert_ends(RECALL_FOREIGN, NULL, 0,
	    RECORD(BEGINNING "\x08"
			     "http h /" ENDING));
}

static void
a_head_that_does_not_decode_is_refused(void **state)
{
	static const char why[] = "its head does not decode";
	const struct record whole = RECORD(HEAD);
	size_t len;

	(void)state;
	for (len = sizeof(BEGINNING) - 1; len < whole.len; len++)
		assert_ends(RECALL_DAMAGED, why, 0, { whole.data, len });
	assert_ends(RECALL_DAMAGED, why, 0, RECORD(HEAD "x"));
}

/* Longer than a snapshot's, and all there. */
static void
a_mark_that_is_too_long_is_refused(void **state)
{
	static char head[sizeof(HEAD) + 2 + SNAPSHOT_MARK_MAX + 1];
	size_t len = sizeof(HEAD) - 2;

	(void)state;
	memcpy(head, HEAD, len);
	head[len++] = (char)0x81;
	head[len++] = 0x20;
	len += SNAPSHOT_MARK_MAX + 1;
	assert_ends(
	    RECALL_DAMAGED, "its head does not decode", 0, { head, len });
}

static void
records_out_of_order_are_refused(void **state)
{
	static const char why[] = "records out of order";
	const struct record head = RECORD(HEAD), met = RECORD(MET);
	const struct record series = RECORD(SERIES);

	(void)state;
	assert_ends(RECALL_DAMAGED, why, 0, head, head);
	assert_ends(RECALL_DAMAGED, why, 0, head, series);
	assert_ends(RECALL_DAMAGED, why, 0, head, met, met);
	assert_ends(RECALL_DAMAGED, why, 2, head, met, series, series);
	assert_ends(RECALL_DAMAGED, why, 0, head, met, RECORD(END("\0", "\0")));
	assert_ends(RECALL_DAMAGED, why, 0, head, RECORD("\x02"));
	assert_ends(RECALL_DAMAGED, why, 0, head, RECORD("\xf4"));
	assert_ends(RECALL_DAMAGED, why, 0, head, RECORD(END("\0", "\0")), met);
}

static void
records_that_do_not_decode_or_match_are_refused(void **state)
{
	const struct record head = RECORD(HEAD), met = RECORD(MET);

	(void)state;
	assert_ends(RECALL_DAMAGED, "a record of segments does not decode", 0,
	    head, RECORD("\xf1\x03\xac"));
	assert_ends(RECALL_DAMAGED, "a record of series does not decode", 0,
	    head, met, RECORD(SERIES "x"));
	assert_ends(RECALL_DAMAGED, "segments and series do not match", 0, head,
	    RECORD(MET "\x01"), RECORD(SERIES));
	assert_ends(RECALL_DAMAGED, "its end does not decode", 0, head,
	    RECORD("\xf2\0"));
	assert_ends(RECALL_DAMAGED, "its end does not decode", 0, head,
	    RECORD("\xf2\0\0\0"));
}

static void
a_snapshot_without_all_of_it_is_refused(void **state)
{
	const struct record head = RECORD(HEAD), met = RECORD(MET);
	const struct record series = RECORD(SERIES);

	(void)state;
	assert_ends(RECALL_DAMAGED, "cut off", 0, head);
	assert_ends(RECALL_DAMAGED, "cut off", 0, head, met);
	assert_ends(RECALL_DAMAGED, "cut off", 2, head, met, series);
	assert_ends(RECALL_DAMAGED, "records are missing", 2, head, met, series,
	    RECORD(END("\x03", "\x01")));
	assert_ends(RECALL_DAMAGED, "records are missing", 2, head, met, series,
	    RECORD(END("\x02", "\x02")));
}

/* The first ${len} bytes of ${from}, a byte of them changed by ${mask}. */
static int
copy_file(int from, size_t len, size_t at, uint8_t mask)
{
	int to = scratch_file();
	char *bytes = malloc(len + 1);

	assert_non_null(bytes);
	assert_int_equal(pread(from, bytes, len, 0), len);
	if (at < len)
		bytes[at] = (char)(bytes[at] ^ mask);
	assert_int_equal(write(to, bytes, len), len);
	free(bytes);
	return to;
}

/* None of them gives all refs, or a ref that there was not. */
static void
wherever_it_is_cut_or_changed_it_is_refused(void **state)
{
	const struct record records[] = { RECORD(HEAD), RECORD(MET),
		RECORD(SERIES), RECORD(END("\x02", "\x01")) };
	int fd = write_records(records, 4);
	const char *reason;
	enum recall_result result;
	struct keeping k;
	struct stat st;
	size_t at, len;

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	len = (size_t)st.st_size;
	for (at = 0; at < len; at++) {
		keeping_begin(&k);
		assert_int_equal(
		    keeping_recall(&k, copy_file(fd, at, at, 0), &reason),
		    RECALL_DAMAGED);
		assert_string_equal(reason, "cut off");
		keeping_end(&k);
	}
	for (at = 0; at < 8 * len; at++) {
		keeping_begin(&k);
		result = keeping_recall(&k,
		    copy_file(fd, len, at / 8, (uint8_t)(1u << at % 8)),
		    &reason);
		/* Three bits of a header mean nothing, and nothing is hurt. */
		assert_true(result == RECALL_DAMAGED ||
		    (result == RECALL_DONE && refmap_count(k.map) == 2));
		assert_true(refmap_count(k.map) == 0 ||
		    strcmp(keeping_labels(&k, 1), "a=b") == 0);
		keeping_end(&k);
	}
	assert_int_equal(close(fd), 0);
}

static void
what_comes_after_the_end_is_refused(void **state)
{
	const struct record records[] = { RECORD(HEAD),
		RECORD(END("\0", "\0")) };
	int fd = write_records(records, 2);

	(void)state;
	assert_int_not_equal(lseek(fd, 0, SEEK_END), -1);
	assert_int_equal(write(fd, "\x09", 1), 1);
	assert_recall(fd, RECALL_DAMAGED, "something comes after its end", 0);
}

static int
have_no_memory(
    void *arg, uint64_t ref, uint64_t met, struct wal_label *labels, size_t len)
{
	(void)arg;
	(void)ref;
	(void)met;
	(void)labels;
	(void)len;
	return -1;
}

static void
whoever_has_no_memory_for_a_ref_ends_it(void **state)
{
	const struct record records[] = { RECORD(HEAD), RECORD(MET),
		RECORD(SERIES) };
	struct recall *recall =
	    recall_new(write_records(records, 3), KEY, true);

	(void)state;
	assert_non_null(recall);
	assert_int_equal(
	    recall_step(recall, have_no_memory, NULL), RECALL_HEADED);
	assert_int_equal(
	    recall_step(recall, have_no_memory, NULL), RECALL_NOMEM);
	recall_free(recall);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_is_head_series_and_end),
		cmocka_unit_test(families_come_after_the_series),
		cmocka_unit_test(
		    families_in_the_wrong_place_or_form_are_damage),
		cmocka_unit_test(what_is_no_snapshot_is_refused),
		cmocka_unit_test(
		    a_later_version_and_another_destination_are_told_apart),
		cmocka_unit_test(a_head_that_does_not_decode_is_refused),
		cmocka_unit_test(a_mark_that_is_too_long_is_refused),
		cmocka_unit_test(records_out_of_order_are_refused),
		cmocka_unit_test(
		    records_that_do_not_decode_or_match_are_refused),
		cmocka_unit_test(a_snapshot_without_all_of_it_is_refused),
		cmocka_unit_test(wherever_it_is_cut_or_changed_it_is_refused),
		cmocka_unit_test(what_comes_after_the_end_is_refused),
		cmocka_unit_test(whoever_has_no_memory_for_a_ref_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
