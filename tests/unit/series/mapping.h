/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/series/mapping.h - a ref map, and what it holds by.
 */
#ifndef TESTS_UNIT_SERIES_MAPPING_H
#define TESTS_UNIT_SERIES_MAPPING_H

#include "agent/series/refmap.h"
#include "tests/unit/base/draw.h"
#include "tests/unit/series/series.h"

struct mapping {
	struct labelsets *sets;
	struct finals *finals;
	struct refmap *map;
};

/* A new one, that knows no ref. */
struct mapping mapping_begin(void);

/* The map takes with it all references there are. */
void mapping_end(struct mapping *fixture);

/* Define ${ref} in ${segment}, and meet it again in ${met}. */
void mapping_meet(
    struct mapping *fixture, uint64_t ref, uint64_t segment, uint64_t met);

#endif /* TESTS_UNIT_SERIES_MAPPING_H */
