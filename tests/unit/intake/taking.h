/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/intake/taking.h - an intake, and the log that it reads.
 */
#ifndef TESTS_UNIT_INTAKE_TAKING_H
#define TESTS_UNIT_INTAKE_TAKING_H

#include "agent/base/log.h"
#include "agent/intake/intake.h"
#include "agent/intake/resume.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/position/scratch.h"
#include "tests/unit/series/series.h"
#include "tests/unit/wal/compose.h"
#include "tests/unit/wal/writer.h"

struct taking {
	struct scratch scratch;
	struct writer writer;
	struct sim *sim;
	struct labelsets *sets;
	struct series_labels external;
	struct stats *stats;
	struct meters meters;
	struct place place; /* Not kept anywhere. */
	struct intake_options options;
	struct intake *intake;
	struct kept_record record;
};

/* For each test of cmocka: an empty log that nothing reads, and its end. */
int taking_set_up(void **state);

int taking_tear_down(void **state);

/* Begin to read as the options say, in place of what read before. */
void taking_open_intake(struct taking *f);

/* Begin as a new destination does by default. */
void taking_begin_now(struct taking *f);

/* Read on, waiting for the disk if need be. */
enum intake_result taking_next(struct taking *f);

/* The next record must be one of which ${len} entries are kept. */
void taking_expect(struct taking *f, size_t len);

/* The packed labels of what is kept as number ${i} hold these texts. */
void taking_expect_label(
    struct taking *f, size_t i, const char *name, const char *value);

/* The value of ${stat} must be ${want}. */
void taking_assert_stat(const struct stat *stat, double want);

#endif /* TESTS_UNIT_INTAKE_TAKING_H */
