/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs written by real servers, and what upstream's own reader finds in them:
 * the lines of series and samples, in the form of tests/data/README.md.  With
 * a directory as argument, the cases in that instead of our own.
 */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "wal/follow.h"
#include "wal/record.h"

#define LABELS_MAX 65536 /* Refs of a case. */

/* The text of the labels that a ref has now. */
struct named {
	uint64_t ref;
	char *labels;
};

struct reader {
	FILE *out;
	struct named *named;
	size_t count;
	bool damaged;
	struct wal_series_list series;
	struct wal_sample_list samples;
	struct wal_histogram_list histograms; /* These for damage only. */
	struct wal_metadata_list metadata;
};

static void
put_text(FILE *out, struct wal_text text)
{
	static const char from[] = "\"\\\n\r\t", to[] = "\"\\nrt";
	const char *found;
	size_t i;

	(void)fputc('"', out);
	for (i = 0; i < text.len; i++) {
		found =
		    text.data[i] != '\0' ? strchr(from, text.data[i]) : NULL;
		if (found != NULL)
			(void)fprintf(out, "\\%c", to[found - from]);
		else if ((unsigned char)text.data[i] < 0x20)
			(void)fprintf(out, "\\u%04x", text.data[i]);
		else if (text.len - i > 2 &&
		    (memcmp(text.data + i, "\xe2\x80\xa8", 3) == 0 ||
			memcmp(text.data + i, "\xe2\x80\xa9", 3) == 0)) {
			(void)fprintf(out, "\\u202%c",
			    text.data[i + 2] == '\xa8' ? '8' : '9');
			i += 2;
		} else
			(void)fputc(text.data[i], out);
	}
	(void)fputc('"', out);
}

static int
compare_names(const void *va, const void *vb)
{
	const struct wal_label *a = va, *b = vb;
	size_t len = a->name.len < b->name.len ? a->name.len : b->name.len;
	int order = memcmp(a->name.data, b->name.data, len);

	return order != 0
	    ? order
	    : (a->name.len > b->name.len) - (a->name.len < b->name.len);
}

/* The labels of ${series} as a JSON object, to be freed. */
static char *
labels_of(struct reader *reader, const struct wal_series *series)
{
	struct wal_label *labels = reader->series.pool.labels + series->first;
	char *text;
	size_t i, len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	qsort(labels, series->count, sizeof(*labels), compare_names);
	(void)fputc('{', out);
	for (i = 0; i < series->count; i++) {
		if (i > 0)
			(void)fputc(',', out);
		put_text(out, labels[i].name);
		(void)fputc(':', out);
		put_text(out, labels[i].value);
	}
	(void)fputc('}', out);
	(void)fclose(out);
	return text;
}

/* Where the labels of ${ref} are, or shall be. */
static struct named *
find(struct reader *reader, uint64_t ref)
{
	size_t i = (size_t)(ref * UINT64_C(0x9e3779b97f4a7c15) >> 48);

	for (;; i = (i + 1) % LABELS_MAX)
		if (reader->named[i].labels == NULL ||
		    reader->named[i].ref == ref)
			return &reader->named[i];
}

static void
put_head(
    FILE *out, const char *kind, const struct wal_entry *entry, uint64_t ref)
{
	(void)fprintf(
	    out, "{\"k\":\"%s\",\"seg\":%" PRIu64, kind, entry->end.segment);
	if (entry->checkpoint)
		(void)fputs(",\"cp\":true", out);
	(void)fprintf(out, ",\"ref\":%" PRIu64 ",\"labels\":", ref);
}

static void
put_series(struct reader *reader, const struct wal_entry *entry)
{
	const struct wal_series *series = reader->series.series;
	struct named *named;
	size_t i;

	for (i = 0; i < reader->series.len; i++) {
		named = find(reader, series[i].ref);
		assert_true(reader->count < LABELS_MAX / 2);
		reader->count += named->labels == NULL;
		free(named->labels);
		named->ref = series[i].ref;
		named->labels = labels_of(reader, &series[i]);
		put_head(reader->out, "series", entry, series[i].ref);
		(void)fprintf(reader->out, "%s}\n", named->labels);
	}
}

static void
put_samples(struct reader *reader, const struct wal_entry *entry)
{
	const struct wal_sample *sample = reader->samples.samples, *end;
	const char *labels;

	for (end = sample + reader->samples.len; sample < end; sample++) {
		labels = find(reader, sample->ref)->labels;
		put_head(reader->out, "sample", entry, sample->ref);
		(void)fprintf(reader->out,
		    "%s,\"t\":%" PRId64 ",\"v\":\"0x%016" PRIx64
		    "\",\"st\":%" PRId64 "}\n",
		    labels != NULL ? labels : "null", sample->time,
		    sample->value, sample->start);
	}
}

static void
put_entry(struct reader *reader, const struct wal_entry *entry)
{
	enum wal_status st = WAL_OK;

	if (entry->type == WAL_SERIES) {
		st =
		    wal_decode_series(entry->data, entry->len, &reader->series);
		if (st == WAL_OK)
			put_series(reader, entry);
	} else if (entry->type == WAL_SAMPLES ||
	    entry->type == WAL_SAMPLES_V2) {
		st = wal_decode_samples(
		    entry->data, entry->len, &reader->samples);
		if (st == WAL_OK)
			put_samples(reader, entry);
	} else if (entry->type == WAL_METADATA) {
		st = wal_decode_metadata(
		    entry->data, entry->len, &reader->metadata);
	} else if (entry->type >= WAL_HISTOGRAMS && entry->type < WAL_TYPES) {
		st = wal_decode_histograms(
		    entry->data, entry->len, &reader->histograms);
	}
	reader->damaged |= st != WAL_OK;
}

/* The lines of the log ${path}, to be freed; whether it has damage. */
static char *
lines_of(const char *path, bool *ret_damaged)
{
	struct wal_follow *follow =
	    wal_follow_open(&(struct wal_follow_options){
		.path = path, .from = WAL_FROM_OLDEST, .patient = true });
	struct reader reader = { 0 };
	struct wal_entry entry;
	enum wal_status st;
	char *text;
	size_t i, len;

	assert_non_null(follow);
	assert_non_null(reader.out = open_memstream(&text, &len));
	reader.named = calloc(LABELS_MAX, sizeof(*reader.named));
	assert_non_null(reader.named);
	while ((st = wal_follow_next(follow, &entry)) != WAL_END) {
		assert_true(st == WAL_OK || st == WAL_NOTICE);
		if (st == WAL_OK)
			put_entry(&reader, &entry);
		reader.damaged |= st == WAL_NOTICE;
	}
	(void)fclose(reader.out);
	for (i = 0; i < LABELS_MAX; i++)
		free(reader.named[i].labels);
	free(reader.named);
	wal_series_list_release(&reader.series);
	wal_sample_list_release(&reader.samples);
	wal_histogram_list_release(&reader.histograms);
	wal_metadata_list_release(&reader.metadata);
	wal_follow_free(follow);
	*ret_damaged = reader.damaged;
	return text;
}

/* Whether a line of the truth is of a kind that is compared here. */
static bool
compared(const char *line)
{
	return strncmp(line, "{\"k\":\"series\"", 13) == 0 ||
	    strncmp(line, "{\"k\":\"sample\"", 13) == 0;
}

/*
 * Each compared line of ${truth} is found in ${lines}, in order; unless there
 * is damage, behind which more can be won, nothing else is.
 */
static void
compare(const char *name, FILE *truth, const char *lines, bool damaged)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, truth)) > 0) {
		if (!compared(line))
			continue;
		while (damaged && *lines != '\0' &&
		    strncmp(lines, line, (size_t)len) != 0)
			lines = strchr(lines, '\n') + 1;
		if (strncmp(lines, line, (size_t)len) != 0)
			fail_msg("%s lacks: %s", name, line);
		lines += len;
	}
	free(line);
	if (!damaged && *lines != '\0')
		fail_msg("%s has more: %.200s", name, lines);
}

/* The truth of the case: what is read across a gap goes first. */
static FILE *
open_truth(const char *dir)
{
	char *command;
	FILE *truth;

	assert_true(asprintf(&command,
			"cd '%s' && if test -e truth.loose.ndjson.gz; "
			"then zcat truth.loose.ndjson.gz; "
			"else zcat truth.ndjson.gz; fi",
			dir) > 0);
	assert_non_null(truth = popen(command, "r"));
	free(command);
	return truth;
}

static void
check_case(const char *top, const char *name)
{
	char *dir, *wal, *lines;
	bool damaged;
	FILE *truth;

	assert_true(asprintf(&dir, "%s/%s", top, name) > 0);
	assert_true(asprintf(&wal, "%s/data/wal", dir) > 0);
	lines = lines_of(wal, &damaged);
	truth = open_truth(dir);
	compare(name, truth, lines, damaged);
	assert_int_equal(pclose(truth), 0);
	free(lines);
	free(wal);
	free(dir);
}

static void
the_series_and_samples_of_every_case_are_those_of_upstream(void **state)
{
	const char *top = *state;
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	assert_non_null(dir = opendir(top));
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
			check_case(top, entry->d_name);
			count++;
		}
	(void)closedir(dir);
	assert_true(count > 10);
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char top[4096];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(
		    the_series_and_samples_of_every_case_are_those_of_upstream,
		    top),
	};

	(void)snprintf(top, sizeof(top), "%s%s",
	    argc > 1             ? argv[1]
		: srcdir != NULL ? srcdir
				 : ".",
	    argc > 1 ? "" : "/tests/data/corpus");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
