/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/dir.h - what a WAL directory, or a checkpoint in one, holds.
 *
 *   00000017                segment 17; any whole number is a segment's name
 *   checkpoint.00000016/    what was live in segments up to 16, as segments
 *   00000017.repair         segment 17 while it is rewritten without damage
 *   everything else         not ours: *.tmp, files of side cars
 *
 * Nothing here is kept open, and nothing is written.
 */
#ifndef WAL_DIR_H
#define WAL_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "wal/status.h"

/* More names than this in one directory are not a WAL's: WAL_CORRUPT. */
#define WAL_DIR_ENTRIES_MAX 1000000u

/* Numbers above this are not a segment's. */
#define WAL_SEGMENT_NUMBER_MAX UINT64_C(999999999999999999)

#define WAL_DIR_REPAIR_MAX 60 /* Seconds. */
#define WAL_DIR_DELETE_MAX 15 /* Seconds. */

#define WAL_NAME_MAX 40u /* Bytes of any name here, with its NUL. */

/* A name with its number.  The width of a number's text may vary. */
struct wal_dir_entry {
	uint64_t number;
	char name[WAL_NAME_MAX];
};

struct wal_dir_list {
	struct wal_dir_entry *entries; /* By number, each number once. */
	size_t len, cap;
};

struct wal_dir {
	struct wal_dir_list segments;
	struct wal_dir_list checkpoints;
	struct wal_dir_list repairs;
	bool repairing; /* Prometheus seems to be repairing it. */
};

/**
 * wal_dir_read(dir, path):
 * List ${path} into ${dir}, in place of what it held.  A zeroed ${dir} is
 * ready for use.  Return WAL_IO, with errno, if it cannot be listed.
 *
 * Prometheus repairs a WAL so: it deletes the segments above the damaged one,
 * renames that, writes what was before the damage to a new file, deletes the
 * old one, and begins the segment above.  What a crash left of this is not
 * mistaken for it for ever: a segment that grew WAL_DIR_REPAIR_MAX after the
 * renaming is no longer repaired.
 */
enum wal_status wal_dir_read(struct wal_dir *dir, const char *path);

/* Free what ${dir} holds; it is then empty, and as good as new. */
void wal_dir_release(struct wal_dir *dir);

/**
 * wal_dir_add(list, name, number):
 * Add an entry to ${list}, which is then in no order until wal_dir_order.  A
 * ${name} is shorter than WAL_NAME_MAX, and may be empty: such an entry gives
 * way to another of its number.  Return WAL_CORRUPT if there are too many.
 */
enum wal_status wal_dir_add(
    struct wal_dir_list *list, const char *name, uint64_t number);
void wal_dir_order(struct wal_dir_list *list);

/* The first entry with a number of at least ${number}, or NULL. */
const struct wal_dir_entry *wal_dir_from(
    const struct wal_dir_list *list, uint64_t number);

/* The entry with ${number}, or NULL. */
const struct wal_dir_entry *wal_dir_at(
    const struct wal_dir_list *list, uint64_t number);

/* The last entry with a number of at most ${number}, or NULL. */
const struct wal_dir_entry *wal_dir_upto(
    const struct wal_dir_list *list, uint64_t number);

/* The entry with the highest number, or NULL. */
const struct wal_dir_entry *wal_dir_last(const struct wal_dir_list *list);

/**
 * wal_dir_deleting(path, checkpoint):
 * Whether Prometheus may still be deleting segments of the WAL ${path} that
 * ${checkpoint} covers: it does so once that is written, and what stays for
 * WAL_DIR_DELETE_MAX was left by a crash.
 */
bool wal_dir_deleting(const char *path, const struct wal_dir_entry *checkpoint);

/* Whether ${name} in the directory ${path} is there; its status if so. */
bool wal_dir_stat(const char *path, const char *name, struct stat *ret);

/**
 * wal_dir_open_segment(path, name):
 * Open the segment ${name} in the directory ${path} to read; it must be a
 * regular file.  Return its descriptor, or -1 with errno: ELOOP for a link,
 * EINVAL for what else is no regular file.
 */
int wal_dir_open_segment(const char *path, const char *name);

/* Whether ${path} is a symbolic link, be it to nothing. */
bool wal_dir_is_link(const char *path);

#endif /* WAL_DIR_H */
