/* SPDX-License-Identifier: Apache-2.0 */
/* packaging/azure/extension/files.h - files that are read, or made, whole. */
#ifndef PACKAGING_AZURE_EXTENSION_FILES_H
#define PACKAGING_AZURE_EXTENSION_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/base/buf.h"

#define FILES_DRAFT ".new" /* After the name of what is being written. */
#define FILES_SAME_GROUP ((gid_t)-1) /* That of the process. */

struct path {
	char text[PATH_MAX];
};

/* Write a path; -1 with errno if it is too long. */
int path_set(struct path *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * files_read(path, into):
 * Append all of the regular file ${path} to ${into}.  Return -1 with errno,
 * EFBIG if it passes the ceiling of ${into}.
 */
int files_read(const char *path, struct buf *into);

/**
 * files_write(path, data, len, mode, group):
 * Make ${path} hold the ${len} bytes at ${data}, with ${mode} and ${group}, in
 * one step: who reads it sees what was before, or all of it.  Return -1 with
 * errno, and leave it as it was.
 */
int files_write(
    const char *path, const void *data, size_t len, mode_t mode, gid_t group);

/* Whether ${path} holds just the ${len} bytes at ${data}. */
bool files_same(const char *path, const void *data, size_t len);

/* Make the directory ${path} and those above it, unless they are there. */
int files_make_directory(const char *path, mode_t mode);

/* Whether there is something called ${path}. */
bool files_exists(const char *path);

#endif /* PACKAGING_AZURE_EXTENSION_FILES_H */
