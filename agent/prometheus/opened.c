/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/prometheus/opened.h"

#define WAL "/wal/"

/* Cut ${path} before /wal/SEGMENT; false if that is not how it ends. */
static bool
cut(char *path)
{
	char *segment = strrchr(path, '/'), *wal;

	if (path[0] != '/' || segment[1] == '\0' ||
	    segment[1 + strspn(segment + 1, "0123456789")] != '\0')
		return false;
	wal = segment - (sizeof(WAL) - 2);
	if (wal <= path || memcmp(wal, WAL, sizeof(WAL) - 1) != 0)
		return false;
	*wal = '\0';
	return true;
}

/* Whether the descriptor ${name} of those in ${all} is such a segment. */
static bool
is_segment(int all, const char *name, char ret[PATH_MAX])
{
	ssize_t len = readlinkat(all, name, ret, PATH_MAX - 1);

	if (len <= 0)
		return false;
	ret[len] = '\0';
	return cut(ret);
}

bool
opened_data_dir(int dir, char ret[PATH_MAX])
{
	int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	unsigned int left = OPENED_MAX;
	bool found = false;
	DIR *all;

	if (fd == -1)
		return false;
	if ((all = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return false;
	}
	while (!found && left-- > 0 && (entry = readdir(all)) != NULL)
		found = is_segment(fd, entry->d_name, ret);
	(void)closedir(all);
	return found;
}
