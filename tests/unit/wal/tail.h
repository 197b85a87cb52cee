/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/wal/tail.h - a WAL being written, and a follower, in words.
 *
 * What the follower gives until it stops is one text, a word for each thing:
 *
 *   s7      a series record; its first ref is 7
 *   t1000   a samples record; its first time is 1000
 *   r14     a record of another type
 *   cp:s7   in a checkpoint
 *   t1000*  fresh; t1000? missed
 *   damaged@1:17  torn@1:17+5  gap@2+1  restarted@0  repeated@0
 *   unreadable@3  unknown@3
 *           notices: segment, offset, count; cp: before the segment's number
 *   wait, error=N  instead of its end, with errno
 */
#ifndef TESTS_UNIT_WAL_TAIL_H
#define TESTS_UNIT_WAL_TAIL_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"
#include "wal/dir.h"
#include "wal/follow.h"
#include "wal/record.h"

struct tail {
	char *top; /* A scratch directory. */
	char *wal; /* In it. */
	struct writer writer;
	struct wal_follow *follow; /* NULL until tail_follow. */
	char *text;
};

static inline int
tail_mkdir(const char *path)
{
	return mkdir(path, 0777);
}

/* A WAL whose first segment will be ${number}; it is open to be written. */
static inline void
tail_open(struct tail *tail, uint64_t number)
{
	*tail = (struct tail){ .top = scratch_dir() };
	tail->wal = scratch_path(tail->top, "wal");
	if (mkdir(tail->wal, 0777) != 0)
		abort();
	writer_open_dir(&tail->writer, tail->wal, number);
}

static inline void
tail_follow(struct tail *tail, enum wal_from from)
{
	wal_follow_free(tail->follow);
	tail->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = tail->wal, .from = from, .patient = true });
	if (tail->follow == NULL)
		abort();
}

/* Stop, and go on from the mark, as after a restart. */
static inline void
tail_resume(struct tail *tail, const struct wal_mark *mark)
{
	wal_follow_free(tail->follow);
	tail->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = tail->wal,
	    .from = WAL_FROM_MARK,
	    .mark = mark,
	    .patient = true,
	});
	if (tail->follow == NULL)
		abort();
}

/* Follow from the end of what there is now, which is not nothing. */
static inline void
tail_follow_end(struct tail *tail)
{
	struct wal_log log = { .path = tail->wal };
	struct wal_mark end = { 0 };

	if (wal_log_look(&log) != WAL_OK || !wal_mark_end(&end, &log))
		abort();
	wal_log_release(&log);
	tail_resume(tail, &end);
}

static inline void
tail_close(struct tail *tail)
{
	wal_follow_free(tail->follow);
	if (tail->writer.dir != NULL)
		writer_close(&tail->writer);
	scratch_remove(tail->top);
	free(tail->wal);
	free(tail->text);
}

static inline void
tail_say_entry(FILE *out, const struct wal_entry *entry)
{
	struct wal_series_list series = { 0 };
	struct wal_sample_list samples = { 0 };

	(void)fputs(entry->checkpoint ? " cp:" : " ", out);
	if (wal_decode_series(entry->data, entry->len, &series) == WAL_OK &&
	    series.len > 0)
		(void)fprintf(out, "s%" PRIu64, series.series[0].ref);
	else if (wal_decode_samples(entry->data, entry->len, &samples) ==
		WAL_OK &&
	    samples.len > 0)
		(void)fprintf(out, "t%" PRId64, samples.samples[0].time);
	else
		(void)fprintf(out, "r%u", entry->type);
	(void)fputs(entry->fresh ? "*" : entry->missed ? "?" : "", out);
	wal_series_list_release(&series);
	wal_sample_list_release(&samples);
}

static inline void
tail_say_notice(FILE *out, const struct wal_notice *notice)
{
	static const char *const kinds[] = {
		[WAL_DAMAGED] = "damaged",
		[WAL_TORN] = "torn",
		[WAL_GAP] = "gap",
		[WAL_RESTARTED] = "restarted",
		[WAL_REPEATED] = "repeated",
		[WAL_UNREADABLE] = "unreadable",
		[WAL_UNKNOWN] = "unknown",
	};

	(void)fprintf(out, " %s@%s%" PRIu64, kinds[notice->kind],
	    notice->checkpoint ? "cp:" : "", notice->at.segment);
	if (notice->kind == WAL_DAMAGED || notice->kind == WAL_TORN)
		(void)fprintf(out, ":%" PRIu64, notice->at.offset);
	if (notice->kind == WAL_GAP || notice->kind == WAL_TORN)
		(void)fprintf(out, "+%" PRIu64, notice->count);
}

/* Go on for at most ${calls}; what came.  Valid until the next call. */
static inline const char *
tail_step(struct tail *tail, unsigned int calls)
{
	enum wal_status st = WAL_OK;
	struct wal_entry entry;
	size_t len;
	FILE *out;

	free(tail->text);
	if ((out = open_memstream(&tail->text, &len)) == NULL)
		abort();
	for (; calls > 0 && (st == WAL_OK || st == WAL_NOTICE); calls--) {
		st = wal_follow_next(tail->follow, &entry);
		if (st == WAL_OK)
			tail_say_entry(out, &entry);
		else if (st == WAL_NOTICE)
			tail_say_notice(out, wal_follow_notice(tail->follow));
	}
	if (st == WAL_WAIT)
		(void)fputs(" wait", out);
	if (st < 0)
		(void)fprintf(out, " error=%d", errno);
	(void)fclose(out);
	return tail->text + (tail->text[0] == ' ' ? 1 : 0);
}

static inline const char *
tail_read(struct tail *tail)
{
	return tail_step(tail, 100000);
}

/* Delete segment ${number} in the directory. */
static inline void
tail_delete(struct tail *tail, uint64_t number)
{
	char name[WAL_NAME_MAX];

	(void)snprintf(name, sizeof(name), "%08" PRIu64, number);
	scratch_do(unlink, tail->wal, name);
}

/* Make checkpoint ${number} of one segment with the series ${ref}. */
static inline void
tail_checkpoint(struct tail *tail, uint64_t number, uint64_t ref)
{
	struct writer writer = { 0 };
	char name[WAL_NAME_MAX], *path;

	(void)snprintf(name, sizeof(name), "checkpoint.%08" PRIu64, number);
	scratch_do(tail_mkdir, tail->wal, name);
	path = scratch_path(tail->wal, name);
	writer_open_dir(&writer, path, 0);
	writer_series(&writer, ref, "__name__", "up", NULL);
	writer_pad(&writer);
	writer_close(&writer);
	free(path);
}

/* Make checkpoint ${number} of samples at 0, 1, ..., two to a segment. */
static inline void
tail_checkpoint_samples(struct tail *tail, uint64_t number, int64_t count)
{
	struct writer writer = { 0 };
	char name[WAL_NAME_MAX], *path;
	int64_t time;

	(void)snprintf(name, sizeof(name), "checkpoint.%08" PRIu64, number);
	scratch_do(tail_mkdir, tail->wal, name);
	path = scratch_path(tail->wal, name);
	writer_open_dir(&writer, path, 0);
	for (time = 0; time < count; time++) {
		if (time > 0 && time % 2 == 0)
			writer_rotate(&writer);
		writer_sample(&writer, 1, time, 1.0);
	}
	writer_close(&writer);
	free(path);
}

/* Have checkpoint ${number} be one of long ago. */
static inline void
tail_age_checkpoint(struct tail *tail, uint64_t number)
{
	const struct timespec times[2] = { { 0 }, { 0 } };
	char name[WAL_NAME_MAX], *path;

	(void)snprintf(name, sizeof(name), "checkpoint.%08" PRIu64, number);
	path = scratch_path(tail->wal, name);
	if (utimensat(AT_FDCWD, path, times, 0) != 0)
		abort();
	free(path);
}

static inline int
tail_remove_all(const char *path)
{
	return nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
tail_remove_checkpoint(struct tail *tail, uint64_t number)
{
	char name[WAL_NAME_MAX];

	(void)snprintf(name, sizeof(name), "checkpoint.%08" PRIu64, number);
	scratch_do(tail_remove_all, tail->wal, name);
}

#endif /* TESTS_UNIT_WAL_TAIL_H */
