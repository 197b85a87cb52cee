/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode DIR: how fast a WAL directory is read and decoded on one core, and
 * what its series take in memory.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/series/refmap.h"
#include "wal/follow.h"
#include "wal/record.h"

struct bench {
	struct wal_follow *follow;
	struct wal_series_list series;
	struct wal_sample_list samples;
	struct labelsets *sets;
	struct finals *finals;
	struct refmap *refs;
	size_t samples_len, stored, plain;
};

static double
cpu_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Read the log once; learn its series if ${learn}, else decode its samples. */
static void
read_log(struct bench *bench, const char *dir, bool learn)
{
	struct wal_entry entry;
	struct final *final;
	size_t i;

	bench->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = dir, .from = WAL_FROM_OLDEST, .patient = true });
	if (bench->follow == NULL)
		abort();
	while (wal_follow_next(bench->follow, &entry) == WAL_OK) {
		bench->stored += entry.stored;
		bench->plain += entry.len;
		if (!learn && entry.type == WAL_SAMPLES) {
			if (wal_decode_samples(entry.data, entry.len,
				&bench->samples) != WAL_OK)
				abort();
			bench->samples_len += bench->samples.len;
		}
		if (!learn || entry.type != WAL_SERIES)
			continue;
		if (wal_decode_series(entry.data, entry.len, &bench->series) !=
		    WAL_OK)
			abort();
		for (i = 0; i < bench->series.len; i++) {
			struct wal_series *series = &bench->series.series[i];

			if (finals_take(bench->finals,
				bench->series.pool.labels + series->first,
				series->count, &final) != FINAL_OK ||
			    refmap_set(bench->refs, series->ref, 0, final) != 0)
				abort();
		}
	}
	wal_follow_free(bench->follow);
}

int
main(int argc, char **argv)
{
	struct bench bench = { 0 };
	double began, took, each, packed = 0;
	struct mallinfo2 before, after;
	size_t series;

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

	before = mallinfo2();
	bench.sets = labelsets_new();
	bench.finals = finals_new(bench.sets, NULL, 0);
	bench.refs = refmap_new(bench.finals);
	read_log(&bench, argv[1], true);
	after = mallinfo2();
	series = finals_count(bench.finals);
	packed = (double)finals_packed(bench.finals);
	each = (double)(after.uordblks + after.hblkhd - before.uordblks -
		   before.hblkhd) /
	    (double)series;
	(void)printf("%zu series: %.0f bytes each, of which %.0f are packed "
		     "labels\n",
	    series, each, packed / (double)series);
	refmap_free(bench.refs);
	finals_free(bench.finals);
	labelsets_free(bench.sets);
	wal_series_list_release(&bench.series);
	wal_sample_list_release(&bench.samples);
	return 0;
}
