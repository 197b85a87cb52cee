/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/wal/keeper.h - a keeper that does as it is told.
 *
 * What it keeps are links in a directory of its own, below the scratch
 * directory of a tail.
 */
#ifndef TESTS_UNIT_WAL_KEEPER_H
#define TESTS_UNIT_WAL_KEEPER_H

#include <errno.h>

#include "tests/unit/wal/tail.h"
#include "wal/log.h"

#define KEEPER_MAX 64u

struct keeper {
	struct wal_keeper keeper;
	char *path;
	uint64_t now, common;
	struct {
		uint64_t generation, number;
	} kept[KEEPER_MAX];
	size_t len;
};

static inline void
keeper_name(char *out, uint64_t generation, uint64_t number)
{
	(void)snprintf(
	    out, WAL_NAME_MAX, "%" PRIu64 "-%" PRIu64, generation, number);
}

static inline uint64_t
keeper_generation(struct wal_keeper *base)
{
	return ((struct keeper *)base)->now;
}

static inline uint64_t
keeper_next(struct wal_keeper *base, uint64_t generation)
{
	struct keeper *keeper = (struct keeper *)base;
	uint64_t next = keeper->now;
	size_t i;

	for (i = 0; i < keeper->len; i++)
		if (keeper->kept[i].generation > generation &&
		    keeper->kept[i].generation < next)
			next = keeper->kept[i].generation;
	return next;
}

static inline enum wal_status
keeper_list(
    struct wal_keeper *base, uint64_t generation, struct wal_dir_list *list)
{
	struct keeper *keeper = (struct keeper *)base;
	enum wal_status st = WAL_OK;
	size_t i;

	for (i = 0; i < keeper->len && st == WAL_OK; i++)
		if (keeper->kept[i].generation == generation)
			st = wal_dir_add(list, "", keeper->kept[i].number);
	return st;
}

static inline uint64_t
keeper_common(struct wal_keeper *base, uint64_t a, uint64_t b)
{
	return a == b ? UINT64_MAX : ((struct keeper *)base)->common;
}

static inline int
keeper_open(struct wal_keeper *base, uint64_t generation, uint64_t number)
{
	char name[WAL_NAME_MAX];

	keeper_name(name, generation, number);
	return wal_dir_open_segment(((struct keeper *)base)->path, name);
}

/* Keep nothing yet. */
static inline void
keeper_init(struct keeper *keeper, const struct tail *tail)
{
	*keeper = (struct keeper){
		.keeper = { keeper_generation, keeper_next, keeper_list,
		    keeper_common, keeper_open },
		.path = scratch_path(tail->top, "kept"),
	};
	if (mkdir(keeper->path, 0700) != 0)
		abort();
}

static inline void
keeper_release(struct keeper *keeper)
{
	free(keeper->path);
}

/* Keep the segment ${number} of the log as one of the generation of now. */
static inline void
keeper_keep(struct keeper *keeper, const struct tail *tail, uint64_t number)
{
	char segment[WAL_NAME_MAX], name[WAL_NAME_MAX], *from, *to;

	(void)snprintf(segment, sizeof(segment), "%08" PRIu64, number);
	keeper_name(name, keeper->now, number);
	from = scratch_path(tail->wal, segment);
	to = scratch_path(keeper->path, name);
	if (link(from, to) != 0 || keeper->len == KEEPER_MAX)
		abort();
	keeper->kept[keeper->len].generation = keeper->now;
	keeper->kept[keeper->len++].number = number;
	free(from);
	free(to);
}

/* Keep no more the segment ${number} of ${generation}. */
static inline void
keeper_drop(struct keeper *keeper, uint64_t generation, uint64_t number)
{
	char name[WAL_NAME_MAX];
	size_t i;

	keeper_name(name, generation, number);
	scratch_do(unlink, keeper->path, name);
	for (i = 0; keeper->kept[i].generation != generation ||
	     keeper->kept[i].number != number;
	     i++)
		;
	keeper->kept[i] = keeper->kept[--keeper->len];
}

/* Follow the log of ${tail} as it is with what is kept, past ${mark} if any. */
static inline void
keeper_follow(struct keeper *keeper, struct tail *tail, enum wal_from from,
    const struct wal_mark *mark)
{
	wal_follow_free(tail->follow);
	tail->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = tail->wal,
	    .keeper = &keeper->keeper,
	    .from = from,
	    .mark = mark,
	    .patient = true,
	});
	if (tail->follow == NULL)
		abort();
}

#endif /* TESTS_UNIT_WAL_KEEPER_H */
