/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/spool/scene.h - a log, and what holds its segments by descriptors.
 *
 * Segment N of it has its own name as its content, and is of generation 1.
 */
#ifndef TESTS_UNIT_SPOOL_SCENE_H
#define TESTS_UNIT_SPOOL_SCENE_H

#include "agent/spool/fd.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/spool/manager.h"
#include "tests/unit/spool/scratch.h"

/* A log, a directory for copies, and what holds segments of the one there. */
struct scene {
	struct scratch log, shelf;
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	struct spool_way *way;
	uint64_t min_free;
	struct manager manager; /* If it has a socket. */
	int listed[8];
	size_t listed_len;
};

/* Set-up and tear-down for cmocka; no life has begun. */
int scene_set_up(void **state);
int scene_tear_down(void **state);

/* A life begins, and ends, if there is one. */
void scene_begin(struct scene *scene);
void scene_end(struct scene *scene);

/* Write segment ${number} and hold it; the result of that. */
int scene_hold(struct scene *scene, uint64_t number);

/* Prometheus deletes it, and the spool tells of that. */
void scene_delete(struct scene *scene, uint64_t number);

/* Nobody needs it any more. */
void scene_let_go(struct scene *scene, uint64_t number);

/* Whether it can be read, from its first byte to its last. */
bool scene_holds(struct scene *scene, uint64_t number);

/* Whether there is a copy of it. */
bool scene_has_copied(const struct scene *scene, uint64_t number);

/* How many bytes of it are pinned, which must be on the log's device. */
uint64_t scene_pinned(struct scene *scene, uint64_t number);

/* List in the scene what is held. */
void scene_list(struct scene *scene);

#endif /* TESTS_UNIT_SPOOL_SCENE_H */
