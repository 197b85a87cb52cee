/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/ship/census.h"
#include "wal/checkpoint.h"

static void
stop(struct census *census)
{
	wal_checkpoint_free(census->reader);
	census->reader = NULL;
}

void
census_release(struct census *census)
{
	stop(census);
	wal_series_list_release(&census->series);
	census->any = false;
}

void
census_skip(struct census *census, uint64_t number)
{
	census->any = true;
	census->number = number;
}

void
census_begin(struct census *census, const char *wal_dir, uint64_t number)
{
	char *path;

	if (census->any && number <= census->number)
		return;
	stop(census);
	census->any = true;
	census->number = number;
	if (asprintf(&path, "%s/checkpoint.%08" PRIu64, wal_dir, number) == -1)
		return;
	if (wal_checkpoint_open(path, false, &census->reader) != WAL_OK)
		census->reader = NULL;
	free(path);
}

/* The series in a record of the checkpoint live on. */
static enum wal_status
meet(
    struct census *census, struct refmap *refs, const uint8_t *data, size_t len)
{
	enum wal_status st;
	size_t i;

	if (len == 0 || data[0] != WAL_SERIES)
		return WAL_OK;
	if ((st = wal_decode_series(data, len, &census->series)) != WAL_OK)
		return st;
	for (i = 0; i < census->series.len; i++)
		(void)refmap_meet(
		    refs, census->series.series[i].ref, census->number + 1);
	return WAL_OK;
}

bool
census_step(struct census *census, struct refmap *refs)
{
	enum wal_status st = WAL_OK;
	const uint8_t *data;
	unsigned int i;
	size_t len;

	if (census->reader == NULL)
		return false;
	for (i = 0; i < CENSUS_RECORDS && st == WAL_OK; i++) {
		st = wal_checkpoint_next(census->reader, &data, &len);
		if (st == WAL_OK)
			st = meet(census, refs, data, len);
	}
	if (st == WAL_OK || st == WAL_WAIT)
		return true;
	if (st == WAL_END)
		refmap_sweep(refs, census->number);
	stop(census);
	return false;
}
