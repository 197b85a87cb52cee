/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode DIR: how fast a WAL directory is read and decoded on one core, and
 * what its series take in memory and time.
 */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/series/recall.h"
#include "agent/series/refmap.h"
#include "agent/series/snapshot.h"
#include "wal/follow.h"
#include "wal/grow.h"
#include "wal/record.h"

struct bench {
	struct wal_follow *follow;
	struct wal_series_list series;
	struct wal_sample_list samples;
	struct labelsets *sets;
	struct finals *finals;
	struct refmap *refs;
	uint64_t *known; /* The refs learned. */
	size_t known_len, known_cap;
	size_t samples_len, stored, plain;
	double longest; /* Seconds: of the calls timed. */
};

static double
cpu_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Note that a call was begun at ${began}, in CPU seconds, and has ended. */
static void
note_call(struct bench *bench, double began)
{
	double took = cpu_seconds() - began;

	if (took > bench->longest)
		bench->longest = took;
}

/* Learn the series of a record. */
static void
learn(struct bench *bench, const struct wal_entry *entry)
{
	struct wal_series *series;
	double began;
	size_t i;

	if (wal_decode_series(entry->data, entry->len, &bench->series) !=
	    WAL_OK)
		abort();
	for (i = 0; i < bench->series.len; i++) {
		series = &bench->series.series[i];
		began = cpu_seconds();
		if (refmap_learn(bench->refs, series->ref, 0,
			bench->series.pool.labels + series->first,
			series->count) != FINAL_OK)
			abort();
		note_call(bench, began);
		bench->known = wal_grow(bench->known, &bench->known_cap,
		    bench->known_len + 1, sizeof(*bench->known));
		if (bench->known == NULL)
			abort();
		bench->known[bench->known_len++] = series->ref;
	}
}

/* Read the log once; learn its series if ${teach}, else decode its samples. */
static void
read_log(struct bench *bench, const char *dir, bool teach)
{
	struct wal_entry entry;

	bench->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = dir, .from = WAL_FROM_OLDEST, .patient = true });
	if (bench->follow == NULL)
		abort();
	while (wal_follow_next(bench->follow, &entry) == WAL_OK) {
		bench->stored += entry.stored;
		bench->plain += entry.len;
		if (!teach && entry.type == WAL_SAMPLES) {
			if (wal_decode_samples(entry.data, entry.len,
				&bench->samples) != WAL_OK)
				abort();
			bench->samples_len += bench->samples.len;
		}
		if (teach && entry.type == WAL_SERIES)
			learn(bench, &entry);
	}
	wal_follow_free(bench->follow);
}

/* Look each ref up, in the order of ${known}; return the seconds it took. */
static double
look_up(struct bench *bench)
{
	double began = cpu_seconds();
	size_t i, sum = 0;

	for (i = 0; i < bench->known_len; i++)
		sum += refmap_meet(bench->refs, bench->known[i], 1)->packed_len;
	if (sum == 0)
		abort();
	return cpu_seconds() - began;
}

/* The best of several times; return the nanoseconds for one. */
static double
look_up_best(struct bench *bench)
{
	double took = look_up(bench), again;
	unsigned int i;

	for (i = 1; i < 10; i++)
		if ((again = look_up(bench)) < took)
			took = again;
	return took * 1e9 / (double)bench->known_len;
}

/* Shuffle the refs, the same way each time. */
static void
shuffle(struct bench *bench)
{
	uint64_t state = 1, ref;
	size_t i, other;

	for (i = bench->known_len - 1; i > 0; i--) {
		state = state * UINT64_C(6364136223846793005) + 1;
		other = (size_t)(state >> 33) % (i + 1);
		ref = bench->known[i];
		bench->known[i] = bench->known[other];
		bench->known[other] = ref;
	}
}

/* What the series of the log in ${dir} take. */
static void
measure_series(struct bench *bench, const char *dir)
{
	struct mallinfo2 before = mallinfo2(), after;
	double series, in_order;

	bench->sets = labelsets_new();
	bench->finals = finals_new(NULL, 0);
	bench->refs = refmap_new(bench->sets, bench->finals);
	read_log(bench, dir, true);
	free(bench->known);
	bench->known = NULL;
	after = mallinfo2();
	series = (double)finals_count(bench->finals);
	(void)printf("%.0f series: %.0f bytes each, of which %.0f are packed "
		     "labels\n",
	    series,
	    (double)(after.uordblks + after.hblkhd - before.uordblks -
		before.hblkhd) /
		series,
	    (double)finals_packed(bench->finals) / series);
	(void)printf(
	    "learned anew, the longest call %.0f us\n", bench->longest * 1e6);

	bench->known_len = bench->known_cap = 0;
	bench->longest = 0;
	read_log(bench, dir, true);
	(void)printf(
	    "learned again, the longest call %.0f us\n", bench->longest * 1e6);

	in_order = look_up_best(bench);
	shuffle(bench);
	(void)printf("looked up in order %.1f ns, at random %.0f ns each\n",
	    in_order, look_up_best(bench));
}

#define SNAPSHOT "decode.snapshot" /* In the directory of now. */

/* What it takes to write them to a snapshot. */
static void
measure_snapshot(struct bench *bench)
{
	struct snapshot_head head = { .key = "key" };
	struct snapshot *snapshot;
	double began = cpu_seconds(), call;
	enum snapshot_state state;
	struct stat st;

	bench->longest = 0;
	snapshot = snapshot_new(SNAPSHOT, bench->refs, &head);
	do {
		call = cpu_seconds();
		state = snapshot_gather(snapshot);
		note_call(bench, call);
		if (state == SNAPSHOT_MORE)
			state = snapshot_put(snapshot);
	} while (state == SNAPSHOT_MORE);
	snapshot_free(snapshot);
	if (state != SNAPSHOT_DONE || stat(SNAPSHOT, &st) != 0)
		abort();
	(void)printf("kept in %.0f ms and %.1f MB, the longest slice %.0f us\n",
	    (cpu_seconds() - began) * 1e3, (double)st.st_size / 1e6,
	    bench->longest * 1e6);
}

static int
take_ref(
    void *arg, uint64_t ref, uint64_t met, struct wal_label *labels, size_t len)
{
	return refmap_learn(arg, ref, met, labels, len) == FINAL_NOMEM ? -1 : 0;
}

/* And to learn them from there, after they were forgotten. */
static void
measure_recall(struct bench *bench)
{
	struct recall *recall =
	    recall_new(open(SNAPSHOT, O_RDONLY | O_CLOEXEC), "key", true);
	double began = cpu_seconds(), call;
	enum recall_result result;

	bench->longest = 0;
	do {
		call = cpu_seconds();
		result = recall_step(recall, take_ref, bench->refs);
		note_call(bench, call);
	} while (result == RECALL_MORE || result == RECALL_HEADED);
	if (result != RECALL_DONE)
		abort();
	(void)printf("recalled in %.0f ms, the longest step %.0f us\n",
	    (cpu_seconds() - began) * 1e3, bench->longest * 1e6);
	recall_free(recall);
	(void)unlink(SNAPSHOT);
}

/* What it takes to forget them. */
static void
measure_forgetting(struct bench *bench)
{
	double began = cpu_seconds(), call;
	bool more;

	bench->longest = 0;
	do {
		call = cpu_seconds();
		more = refmap_sweep(bench->refs, 1);
		note_call(bench, call);
	} while (more);
	(void)printf("swept in %.0f ms, the longest call %.0f us\n",
	    (cpu_seconds() - began) * 1e3, bench->longest * 1e6);
}

int
main(int argc, char **argv)
{
	struct bench bench = { 0 };
	double began, took;

	if (argc != 2) {
		(void)fputs("usage: decode DIR\n", stderr);
		return 2;
	}
	read_log(&bench, argv[1], false); /* Into the page cache. */
	bench.samples_len = bench.stored = bench.plain = 0;
	began = cpu_seconds();
	read_log(&bench, argv[1], false);
	took = cpu_seconds() - began;
	(void)printf("decoded %zu samples, %.1f M samples/s on one core, "
		     "%.0f MB/s stored, %.0f MB/s plain\n",
	    bench.samples_len, (double)bench.samples_len / took / 1e6,
	    (double)bench.stored / took / 1e6,
	    (double)bench.plain / took / 1e6);

	measure_series(&bench, argv[1]);
	measure_snapshot(&bench);
	measure_forgetting(&bench);
	measure_recall(&bench);
	refmap_free(bench.refs);
	finals_free(bench.finals);
	labelsets_free(bench.sets);
	free(bench.known);
	wal_series_list_release(&bench.series);
	wal_sample_list_release(&bench.samples);
	return 0;
}
