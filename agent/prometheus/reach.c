/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/prometheus/mounts.h"
#include "agent/prometheus/reach.h"

#define DIR_MAX 256u /* Bytes of /proc/PID. */

/* Read the symbolic link ${path}; false, with errno, if that cannot be. */
static bool
read_link(const char *path, char ret[PATH_MAX])
{
	ssize_t len = readlink(path, ret, PATH_MAX);

	if (len == PATH_MAX)
		errno = ENAMETOOLONG;
	if (len < 0 || len == PATH_MAX)
		return false;
	ret[len] = '\0';
	return true;
}

/* Write ${path} without what does nothing: //, /./ and a slash at its end. */
static void
tidy(char *path)
{
	char *start = path, *to = path;

	while (*path != '\0') {
		if (path[0] == '/' && path[1] == '/')
			path++;
		else if (strncmp(path, "/./", 3) == 0)
			path += 2;
		else if (strcmp(path, "/.") == 0)
			path += 2;
		else
			*to++ = *path++;
	}
	while (to > start + 1 && to[-1] == '/')
		to--;
	*to = '\0';
}

/* ${given} as an absolute path of the process; NULL if that is not known. */
static char *
absolute(const char *dir, const char *given)
{
	char link[DIR_MAX + 16], cwd[PATH_MAX], root[PATH_MAX], *path = NULL;
	size_t len = 0;

	if (given[0] == '/')
		return strdup(given);
	(void)snprintf(link, sizeof(link), "%s/cwd", dir);
	if (!read_link(link, cwd))
		return NULL;
	/* One that only has another root says what that is to us. */
	(void)snprintf(link, sizeof(link), "%s/root", dir);
	if (read_link(link, root) && strcmp(root, "/") != 0 &&
	    strncmp(cwd, root, strlen(root)) == 0)
		len = strlen(root);
	return asprintf(&path, "%s/%s", cwd + len, given) == -1 ? NULL : path;
}

/* Open what ${path} is to a process whose root is ${root}; -1 with errno. */
static int
open_inside(int root, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Whether ${path} leads to the file of which ${arg} is the status. */
static bool
is_same(void *arg, const char *path)
{
	const struct stat *file = arg;
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == file->st_dev &&
	    st.st_ino == file->st_ino;
}

/* Find by both mount tables where ${file}, ${real} to the process, is. */
static bool
by_mounts(const char *proc, const char *dir, const char *real,
    struct stat *file, char ret[PATH_MAX])
{
	struct mounts from = { 0 }, to = { 0 };
	char path[DIR_MAX + 16];
	bool found = false;

	(void)snprintf(path, sizeof(path), "%s/mountinfo", dir);
	if (mounts_read(&from, path) == 0) {
		(void)snprintf(path, sizeof(path), "%s/self/mountinfo", proc);
		found = mounts_read(&to, path) == 0 &&
		    mounts_translate(&from, real, &to, ret, is_same, file);
	}
	mounts_release(&from);
	mounts_release(&to);
	return found;
}

/* Find how we get to ${file}, which ${fd} is; false if by /proc alone. */
static bool
find_way(const char *proc, const char *dir, int fd, struct stat *file,
    char ret[PATH_MAX])
{
	char self[64], real[PATH_MAX];

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!read_link(self, real))
		return false;
	if (is_same(file, real)) {
		memcpy(ret, real, PATH_MAX);
		return true;
	}
	return by_mounts(proc, dir, real, file, ret);
}

/* Set the path of ${reach}, of which ${fd} is what is inside; -1: no memory. */
static int
find_path(const char *proc, const char *dir, int fd, struct reach *reach)
{
	char found[PATH_MAX];
	struct stat file;

	if (fstat(fd, &file) != 0)
		return 0;
	if (is_same(&file, reach->inside)) {
		reach->path = strdup(reach->inside);
	} else if (find_way(proc, dir, fd, &file, found)) {
		reach->path = strdup(found);
	} else {
		reach->passing = true;
		if (asprintf(&reach->path, "%s/root%s", dir, reach->inside) ==
		    -1)
			reach->path = NULL;
	}
	return reach->path != NULL ? 0 : -1;
}

/* We may not look: say what it calls it; -1 if there is no memory. */
static int
believe(struct reach *reach)
{
	reach->unsure = true;
	reach->path = strdup(reach->inside);
	return reach->path != NULL ? 0 : -1;
}

int
reach_find(
    const char *proc, const char *pid, const char *given, struct reach *ret)
{
	char dir[DIR_MAX], path[DIR_MAX + 16];
	int root, fd = -1, result = 0;

	*ret = (struct reach){ 0 };
	if (snprintf(dir, sizeof(dir), "%s/%s", proc, pid) >= (int)sizeof(dir))
		return 0;
	(void)snprintf(path, sizeof(path), "%s/root", dir);
	if ((ret->inside = absolute(dir, given)) == NULL)
		return given[0] == '/' ? -1 : 0;
	tidy(ret->inside);
	if ((root = open(path, O_PATH | O_CLOEXEC)) == -1)
		return believe(ret);
	if ((fd = open_inside(root, ret->inside)) != -1) {
		result = find_path(proc, dir, fd, ret);
		(void)close(fd);
	} else if (errno != ENOENT && errno != ENOTDIR) {
		result = believe(ret);
	}
	(void)close(root);
	return result;
}

void
reach_release(struct reach *reach)
{
	free(reach->inside);
	free(reach->path);
	*reach = (struct reach){ 0 };
}
