/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/mounts.h - the same file by another namespace's mounts.
 *
 * By what /proc/PID/mountinfo says, of which these fields count, with spaces
 * between and \040 and so on for bytes that would not be clear:
 *
 *    mount, parent, MAJOR:MINOR of the filesystem, the directory of it that
 *    is mounted, where it is mounted, ...
 */
#ifndef AGENT_PROMETHEUS_MOUNTS_H
#define AGENT_PROMETHEUS_MOUNTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define MOUNTS_TEXT_MAX (4u << 20) /* Bytes of mountinfo that are read. */
#define MOUNTS_MAX 16384u          /* Mounts of it that are looked at. */

struct mount_entry {
	unsigned int major, minor;
	char *root; /* In the filesystem. */
	char *at;   /* In the namespace. */
};

/* Zeroed, there are none. */
struct mounts {
	struct mount_entry *list;
	size_t len;
};

/**
 * mounts_parse(mounts, text):
 * Add the mounts that ${text} lists, which is changed; lines that say nothing
 * of use are left out.  Return -1 if there is no memory; to be released in any
 * case.
 */
int mounts_parse(struct mounts *mounts, char *text);

/* The same of the file ${path}; -1, with errno, if it cannot be read. */
int mounts_read(struct mounts *mounts, const char *path);

/* Free what it holds; it is then as zeroed. */
void mounts_release(struct mounts *mounts);

/**
 * mounts_translate(from, path, to, ret, fits, arg):
 * Store in ${ret} a path by which the mounts ${to} lead to what ${path},
 * absolute and without symbolic links, is by the mounts ${from}, and which
 * ${fits}(${arg}, path).  Return false if there is none.
 */
bool mounts_translate(const struct mounts *from, const char *path,
    const struct mounts *to, char ret[PATH_MAX],
    bool (*fits)(void *arg, const char *path), void *arg);

#endif /* AGENT_PROMETHEUS_MOUNTS_H */
