/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/lines.h"
#include "tests/unit/agent/entries.h"

#define ONE "0x3ff0000000000000"
#define HALF "0x3fe0000000000000"

struct fixture {
	struct ndjson out;
	struct lines *lines;
	struct entries log;
	char written[1 << 16];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->out.fd = memfd_create("lines_test", MFD_CLOEXEC);
	assert_true(f->out.fd >= 0);
	f->lines = lines_new(&f->out);
	assert_non_null(f->lines);
	f->log.segment = 7;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	lines_free(f->lines);
	entries_release(&f->log);
	(void)close(f->out.fd);
	free(f);
	return 0;
}

/* Write the lines of the record that was composed; it is then gone. */
static enum wal_status
write_record(struct fixture *f)
{
	struct wal_entry entry = entries_take(&f->log);
	enum wal_status st = lines_write(f->lines, &entry);

	entries_release(&f->log);
	return st;
}

/* The lines written since the last call. */
static const char *
written(struct fixture *f)
{
	ssize_t n;

	assert_int_equal(ndjson_flush(&f->out), 0);
	n = pread(f->out.fd, f->written, sizeof(f->written) - 1, 0);
	assert_true(n >= 0);
	f->written[n] = '\0';
	assert_int_equal(ftruncate(f->out.fd, 0), 0);
	assert_int_equal(lseek(f->out.fd, 0, SEEK_SET), 0);
	return f->written;
}

/* The record composed is written as ${want}. */
static void
expect(struct fixture *f, const char *want)
{
	assert_int_equal(write_record(f), WAL_OK);
	assert_string_equal(written(f), want);
}

/* Have ${ref} stand for up{job="a"}, and forget the line of that. */
static void
define_up(struct fixture *f, uint64_t ref)
{
	entries_series(&f->log, ref, "__name__=up,job=a");
	assert_int_equal(write_record(f), WAL_OK);
	(void)written(f);
}

static void
series_have_their_labels(void **state)
{
	struct fixture *f = *state;

	entries_series(&f->log, 1, "__name__=up,job=a");
	entries_more_series(&f->log, UINT64_MAX, "__name__=down");
	expect(f,
	    "{\"k\":\"series\",\"seg\":7,\"ref\":1,"
	    "\"labels\":{\"__name__\":\"up\",\"job\":\"a\"}}\n"
	    "{\"k\":\"series\",\"seg\":7,\"ref\":18446744073709551615,"
	    "\"labels\":{\"__name__\":\"down\"}}\n");
}

static void
labels_are_sorted_by_the_bytes_of_their_names(void **state)
{
	struct fixture *f = *state;

	entries_series(&f->log, 1, "b=1,aa=2,a=3,\xc3\xbc=4,B=5,_=6");
	expect(f,
	    "{\"k\":\"series\",\"seg\":7,\"ref\":1,\"labels\":{\"B\":\"5\","
	    "\"_\":\"6\",\"a\":\"3\",\"aa\":\"2\",\"b\":\"1\","
	    "\"\xc3\xbc\":\"4\"}}\n");
}

static void
labels_of_one_name_stay_in_their_order(void **state)
{
	struct fixture *f = *state;

	entries_series(&f->log, 1, "b=2,a=z,b=1,a=y,b=0");
	expect(f,
	    "{\"k\":\"series\",\"seg\":7,\"ref\":1,\"labels\":{\"a\":\"z\","
	    "\"a\":\"y\",\"b\":\"2\",\"b\":\"1\",\"b\":\"0\"}}\n");
}

static void
a_series_without_labels_has_none(void **state)
{
	struct fixture *f = *state;

	entries_series(&f->log, 1, "");
	expect(f, "{\"k\":\"series\",\"seg\":7,\"ref\":1,\"labels\":{}}\n");
	entries_samples(&f->log, 1, 5, 1.0);
	expect(f,
	    "{\"k\":\"sample\",\"seg\":7,\"ref\":1,\"labels\":{},\"t\":5,"
	    "\"v\":\"" ONE "\",\"st\":0}\n");
}

static void
a_sample_has_time_value_and_start(void **state)
{
	struct fixture *f = *state;

	define_up(f, 3);
	entries_samples(&f->log, 3, INT64_MIN, 1.0);
	expect(f,
	    "{\"k\":\"sample\",\"seg\":7,\"ref\":3,\"labels\":{\"__name__\":"
	    "\"up\",\"job\":\"a\"},\"t\":-9223372036854775808,\"v\":\"" ONE
	    "\",\"st\":0}\n");
	entries_samples_v2(&f->log, 3, 1000, -5, 0.5);
	expect(f,
	    "{\"k\":\"sample\",\"seg\":7,\"ref\":3,\"labels\":{\"__name__\":"
	    "\"up\",\"job\":\"a\"},\"t\":1000,\"v\":\"" HALF "\",\"st\":-5}\n");
}

static void
an_unknown_ref_has_null_for_labels(void **state)
{
	struct fixture *f = *state;

	define_up(f, 3);
	entries_samples(&f->log, 4, 5, 1.0);
	expect(f,
	    "{\"k\":\"sample\",\"seg\":7,\"ref\":4,\"labels\":null,\"t\":5,"
	    "\"v\":\"" ONE "\",\"st\":0}\n");
}

static void
a_ref_defined_anew_stands_for_the_later_labels(void **state)
{
	struct fixture *f = *state;

	define_up(f, 3);
	entries_series(&f->log, 3, "a=1");
	entries_more_series(&f->log, 3, "a=2");
	expect(f,
	    "{\"k\":\"series\",\"seg\":7,\"ref\":3,\"labels\":{\"a\":\"1\"}}\n"
	    "{\"k\":\"series\",\"seg\":7,\"ref\":3,"
	    "\"labels\":{\"a\":\"2\"}}\n");
	entries_samples(&f->log, 3, 5, 1.0);
	expect(f,
	    "{\"k\":\"sample\",\"seg\":7,\"ref\":3,\"labels\":{\"a\":\"2\"},"
	    "\"t\":5,\"v\":\"" ONE "\",\"st\":0}\n");
}

static void
what_was_forgotten_is_unknown(void **state)
{
	struct fixture *f = *state;

	define_up(f, 3);
	lines_forget(f->lines);
	entries_samples(&f->log, 3, 5, 1.0);
	expect(f,
	    "{\"k\":\"sample\",\"seg\":7,\"ref\":3,\"labels\":null,\"t\":5,"
	    "\"v\":\"" ONE "\",\"st\":0}\n");
	define_up(f, 3);
	entries_samples(&f->log, 3, 5, 1.0);
	assert_int_equal(write_record(f), WAL_OK);
	assert_non_null(strstr(written(f), "\"up\""));
}

static void
lines_of_a_checkpoint_say_so(void **state)
{
	struct fixture *f = *state;

	f->log.checkpoint = true;
	entries_series(&f->log, 3, "a=1");
	expect(f,
	    "{\"k\":\"series\",\"seg\":7,\"cp\":true,\"ref\":3,"
	    "\"labels\":{\"a\":\"1\"}}\n");
	f->log.checkpoint = false;
	f->log.segment = 8;
	entries_samples(&f->log, 3, 5, 1.0);
	expect(f,
	    "{\"k\":\"sample\",\"seg\":8,\"ref\":3,\"labels\":{\"a\":\"1\"},"
	    "\"t\":5,\"v\":\"" ONE "\",\"st\":0}\n");
}

static void
an_exemplar_has_labels_of_its_own_sorted(void **state)
{
	struct fixture *f = *state;

	define_up(f, 3);
	entries_exemplar(&f->log, 3, 5, 0.5, "z=1,a=2");
	expect(f,
	    "{\"k\":\"exemplar\",\"seg\":7,\"ref\":3,\"labels\":{\"__name__\":"
	    "\"up\",\"job\":\"a\"},\"t\":5,\"v\":\"" HALF
	    "\",\"elabels\":{\"a\":\"2\",\"z\":\"1\"}}\n");
}

static void
an_exemplar_without_labels_has_none(void **state)
{
	struct fixture *f = *state;

	entries_exemplar(&f->log, 3, 5, 0.5, "");
	expect(f,
	    "{\"k\":\"exemplar\",\"seg\":7,\"ref\":3,\"labels\":null,"
	    "\"t\":5,\"v\":\"" HALF "\",\"elabels\":{}}\n");
}

static void
metadata_has_type_unit_and_help(void **state)
{
	struct fixture *f = *state;

	define_up(f, 3);
	entries_metadata(&f->log, 3, 2, "by\"tes", "two\nlines");
	expect(f,
	    "{\"k\":\"meta\",\"seg\":7,\"ref\":3,\"labels\":{\"__name__\":"
	    "\"up\",\"job\":\"a\"},\"type\":2,\"typename\":\"gauge\","
	    "\"unit\":\"by\\\"tes\",\"help\":\"two\\nlines\"}\n");
}

static void
a_tombstone_has_its_interval(void **state)
{
	struct fixture *f = *state;

	define_up(f, 3);
	entries_begin(&f->log, WAL_TOMBSTONES);
	compose_be64(&f->log.record, 3);
	compose_varint(&f->log.record, -10);
	compose_varint(&f->log.record, INT64_MAX);
	expect(f,
	    "{\"k\":\"tomb\",\"seg\":7,\"ref\":3,\"labels\":{\"__name__\":"
	    "\"up\",\"job\":\"a\"},\"iv\":[[-10,9223372036854775807]]}\n");
}

static void
a_marker_has_its_chunk(void **state)
{
	struct fixture *f = *state;

	entries_begin(&f->log, WAL_MMAP_MARKERS);
	compose_be64(&f->log.record, 3);
	compose_be64(&f->log.record, UINT64_MAX);
	expect(f,
	    "{\"k\":\"mmap\",\"seg\":7,\"ref\":3,\"labels\":null,"
	    "\"mmap\":18446744073709551615}\n");
}

static void
an_integer_histogram_has_counts_and_deltas(void **state)
{
	struct fixture *f = *state;

	define_up(f, 3);
	entries_histogram(&f->log, 3, 60);
	expect(f,
	    "{\"k\":\"hist\",\"seg\":7,\"ref\":3,\"labels\":{\"__name__\":"
	    "\"up\",\"job\":\"a\"},\"t\":60,\"st\":0,\"hist\":{\"crh\":2,"
	    "\"schema\":-4,\"zt\":\"" HALF "\",\"zc\":18446744073709551615,"
	    "\"count\":9,\"sum\":\"" ONE "\",\"ps\":[[-3,1],[2,1]],"
	    "\"ns\":[[0,1]],\"pb\":[5,-1],\"nb\":[7],\"cv\":[]}}\n");
}

static void
a_float_histogram_has_bits_for_counts(void **state)
{
	struct fixture *f = *state;

	entries_float_histogram(&f->log, 3, 60);
	expect(f,
	    "{\"k\":\"fhist\",\"seg\":7,\"ref\":3,\"labels\":null,\"t\":60,"
	    "\"st\":0,\"hist\":{\"crh\":3,\"schema\":0,\"zt\":\"" ONE
	    "\",\"zc\":\"" HALF "\",\"count\":\"" ONE "\",\"sum\":\"" HALF
	    "\",\"ps\":[[1,2]],\"ns\":[],\"pb\":[\"" ONE "\",\"" HALF
	    "\"],\"nb\":[],\"cv\":[]}}\n");
}

static void
custom_buckets_have_their_bounds(void **state)
{
	struct fixture *f = *state;

	entries_custom_histogram(&f->log, 3, 60);
	expect(f,
	    "{\"k\":\"hist\",\"seg\":7,\"ref\":3,\"labels\":null,\"t\":60,"
	    "\"st\":0,\"hist\":{\"crh\":0,\"schema\":-53,"
	    "\"zt\":\"0x0000000000000000\",\"zc\":0,\"count\":2,\"sum\":\"" ONE
	    "\",\"ps\":[[0,2]],\"ns\":[],\"pb\":[1,0],\"nb\":[],\"cv\":[\"" HALF
	    "\",\"" ONE "\"]}}\n");
}

static void
an_unknown_type_is_no_line(void **state)
{
	struct fixture *f = *state;

	entries_begin(&f->log, 200);
	compose_text(&f->log.record, "whatever");
	expect(f, "");
	entries_begin(&f->log, WAL_TYPES);
	expect(f, "");
	entries_begin(&f->log, WAL_EMPTY);
	expect(f, "");
}

static void
a_record_of_no_entries_is_no_line(void **state)
{
	unsigned int type;

	for (type = WAL_SERIES; type < WAL_TYPES; type++) {
		entries_begin(&((struct fixture *)*state)->log, type);
		expect(*state, "");
	}
}

static void
a_record_cut_short_is_no_line_and_corrupt(void **state)
{
	struct fixture *f = *state;

	entries_series(&f->log, 1, "a=1");
	entries_more_series(&f->log, 2, "b=1");
	f->log.record.len--;
	assert_int_equal(write_record(f), WAL_CORRUPT);
	assert_string_equal(written(f), "");

	entries_samples(&f->log, 1, 5, 1.0);
	f->log.record.len--;
	assert_int_equal(write_record(f), WAL_CORRUPT);
	assert_string_equal(written(f), "");

	/* Nor has it taught us anything. */
	entries_samples(&f->log, 1, 5, 1.0);
	assert_int_equal(write_record(f), WAL_OK);
	assert_non_null(strstr(written(f), "\"labels\":null"));
}

static void
a_hundred_thousand_refs_are_kept_apart(void **state)
{
	struct fixture *f = *state;
	char labels[32], want[64];
	uint64_t ref;

	for (ref = 0; ref < 100000; ref++) {
		(void)snprintf(
		    labels, sizeof(labels), "a=%llu", (unsigned long long)ref);
		entries_series(&f->log, ref, labels);
		assert_int_equal(write_record(f), WAL_OK);
	}
	for (ref = 0; ref < 100000; ref += 9973) {
		assert_int_equal(ndjson_flush(&f->out), 0);
		assert_int_equal(ftruncate(f->out.fd, 0), 0);
		assert_int_equal(lseek(f->out.fd, 0, SEEK_SET), 0);
		entries_samples(&f->log, ref, 5, 1.0);
		assert_int_equal(write_record(f), WAL_OK);
		(void)snprintf(want, sizeof(want), "{\"a\":\"%llu\"}",
		    (unsigned long long)ref);
		assert_non_null(strstr(written(f), want));
	}
}

static void
free_does_nothing_to_null(void **state)
{
	(void)state;
	lines_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(series_have_their_labels),
		TEST(labels_are_sorted_by_the_bytes_of_their_names),
		TEST(labels_of_one_name_stay_in_their_order),
		TEST(a_series_without_labels_has_none),
		TEST(a_sample_has_time_value_and_start),
		TEST(an_unknown_ref_has_null_for_labels),
		TEST(a_ref_defined_anew_stands_for_the_later_labels),
		TEST(what_was_forgotten_is_unknown),
		TEST(lines_of_a_checkpoint_say_so),
		TEST(an_exemplar_has_labels_of_its_own_sorted),
		TEST(an_exemplar_without_labels_has_none),
		TEST(metadata_has_type_unit_and_help),
		TEST(a_tombstone_has_its_interval),
		TEST(a_marker_has_its_chunk),
		TEST(an_integer_histogram_has_counts_and_deltas),
		TEST(a_float_histogram_has_bits_for_counts),
		TEST(custom_buckets_have_their_bounds),
		TEST(an_unknown_type_is_no_line),
		TEST(a_record_of_no_entries_is_no_line),
		TEST(a_record_cut_short_is_no_line_and_corrupt),
		TEST(a_hundred_thousand_refs_are_kept_apart),
		TEST(free_does_nothing_to_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
