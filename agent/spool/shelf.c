/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/spool/copy.h"
#include "agent/spool/discard.h"
#include "agent/spool/shelf.h"

bool
shelf_find(int dir, const struct spool_name *name, struct stat *ret)
{
	char text[SPOOL_NAME_MAX];

	spool_name_format(name, text);
	return fstatat(dir, text, ret, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(ret->st_mode);
}

int
shelf_open(int dir, const struct spool_name *name)
{
	char text[SPOOL_NAME_MAX];

	spool_name_format(name, text);
	return openat(dir, text,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Remove ${file}, which the worker then gives back to the disk. */
static void
remove_file(int dir, const char *file, struct worker *worker)
{
	int fd = openat(dir, file, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	(void)unlinkat(dir, file, 0);
	discard_fd(worker, fd);
}

void
shelf_remove(int dir, const struct spool_name *name, struct worker *worker)
{
	char text[SPOOL_NAME_MAX];

	spool_name_format(name, text);
	remove_file(dir, text, worker);
}

/* Whether ${file} was to become the copy of a segment. */
static bool
is_unfinished(const char *file)
{
	size_t len = strlen(file), end = strlen(COPY_SUFFIX);
	char begin[SPOOL_NAME_MAX] = "";
	struct spool_name name;

	if (len < end || len - end >= sizeof(begin) ||
	    strcmp(file + len - end, COPY_SUFFIX) != 0)
		return false;
	memcpy(begin, file, len - end);
	return spool_name_parse(begin, &name);
}

int
shelf_list(int dir, struct worker *worker,
    void (*each)(void *arg, const struct spool_name *name), void *arg)
{
	int error, own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	struct spool_name name;
	struct stat st;
	DIR *stream;

	if (own == -1)
		return -1;
	if ((stream = fdopendir(own)) == NULL) {
		(void)close(own);
		return -1;
	}
	while (errno = 0, (entry = readdir(stream)) != NULL)
		if (is_unfinished(entry->d_name))
			remove_file(dir, entry->d_name, worker);
		else if (spool_name_parse(entry->d_name, &name) &&
		    shelf_find(dir, &name, &st))
			each(arg, &name);
	error = errno;
	(void)closedir(stream);
	errno = error;
	return error == 0 ? 0 : -1;
}
