/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/intake/roll.h"
#include "wal/checkpoint.h"

static void
stop(struct roll *roll)
{
	wal_checkpoint_free(roll->reader);
	roll->reader = NULL;
}

void
roll_release(struct roll *roll)
{
	stop(roll);
	wal_series_list_release(&roll->series);
}

bool
roll_under_way(const struct roll *roll)
{
	return roll->reader != NULL;
}

void
roll_begin(struct roll *roll, const char *wal_dir, uint64_t number)
{
	char *path;

	stop(roll);
	if (asprintf(&path, "%s/checkpoint.%08" PRIu64, wal_dir, number) == -1)
		return;
	if (wal_checkpoint_open(path, false, &roll->reader) != WAL_OK)
		roll->reader = NULL;
	free(path);
}

/* Call for the series in a record of the checkpoint. */
static enum wal_status
call(struct roll *roll, const uint8_t *data, size_t len, roll_fn *fn, void *arg)
{
	enum wal_status st;
	size_t i;

	if (len == 0 || data[0] != WAL_SERIES)
		return WAL_OK;
	st = wal_decode_series(data, len, &roll->series);
	for (i = 0; st == WAL_OK && i < roll->series.len; i++)
		st = fn(arg, &roll->series, &roll->series.series[i]);
	return st;
}

enum roll_result
roll_step(struct roll *roll, roll_fn *fn, void *arg)
{
	enum wal_status st = WAL_OK;
	struct wal_checkpoint_record rec;
	unsigned int i;

	if (roll->reader == NULL)
		return ROLL_BROKEN;
	for (i = 0; i < ROLL_RECORDS && st == WAL_OK; i++) {
		st = wal_checkpoint_next(roll->reader, &rec);
		if (st == WAL_OK)
			st = call(roll, rec.data, rec.len, fn, arg);
	}
	if (st == WAL_OK || st == WAL_WAIT)
		return ROLL_MORE;
	stop(roll);
	return st == WAL_END ? ROLL_WHOLE : ROLL_BROKEN;
}
