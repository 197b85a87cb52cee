/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/file.h - files that hold secrets, read whole.
 *
 * Only regular files are read, and no more of them than the caller allows.
 * They are read at once: they should lie on a local disk.  What goes wrong is
 * said as "FILE: what; what to do", with nothing of what the file holds.
 */
#ifndef AGENT_AUTH_FILE_H
#define AGENT_AUTH_FILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define FILE_ERROR_MAX 512u /* Bytes of an error, and its NUL. */

/* Note in ${error}, of FILE_ERROR_MAX bytes, what is wrong with ${path}. */
void file_fault(
    char *error, const char *path, const char *what, const char *todo);

/**
 * file_open(path, st, error):
 * Open ${path} to read it, and store in ${st} what it is.  Return its
 * descriptor, or -1 and note in ${error} why not.
 */
int file_open(const char *path, struct stat *st, char *error);

/**
 * file_read(fd, path, data, max, error):
 * Read all that the file ${fd}, called ${path}, holds into the ${max} + 1
 * bytes at ${data}.  Return its bytes, at most ${max}, or -1 and note in
 * ${error} why not.
 */
ssize_t file_read(
    int fd, const char *path, void *data, size_t max, char *error);

#endif /* AGENT_AUTH_FILE_H */
