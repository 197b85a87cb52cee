/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intake/checkpoint.h - a checkpoint of many series. */
#ifndef TESTS_UNIT_INTAKE_CHECKPOINT_H
#define TESTS_UNIT_INTAKE_CHECKPOINT_H

#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"

/* A new directory with a checkpoint 3, in which each ref from 1 to ${series}
 * is of the name "m", in a record of its own. */
static inline char *
checkpoint_make(uint64_t series)
{
	char *dir = scratch_dir();
	char *path = scratch_path(dir, "checkpoint.00000003");
	struct writer writer = { .codec = WAL_SNAPPY };
	uint64_t ref;

	if (mkdir(path, 0700) != 0)
		abort();
	writer_open_dir(&writer, path, 0);
	for (ref = 1; ref <= series; ref++)
		writer_series(&writer, ref, "__name__", "m", NULL);
	writer_close(&writer);
	free(path);
	return dir;
}

#endif /* TESTS_UNIT_INTAKE_CHECKPOINT_H */
