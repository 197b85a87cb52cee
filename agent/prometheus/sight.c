/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/prometheus/sight.h"
#include "wal/dir.h"

void
sight_user(char ret[SIGHT_USER_MAX])
{
	const struct passwd *user = getpwuid(geteuid());

	if (user != NULL)
		(void)snprintf(ret, SIGHT_USER_MAX, "%s", user->pw_name);
	else
		(void)snprintf(
		    ret, SIGHT_USER_MAX, "%u", (unsigned int)geteuid());
}

/* Say that ${path}/${name} cannot be used, because of errno; return -1. */
static int
deny(struct sight_fault *ret, const char *what, const char *path,
    const char *name)
{
	ret->error = errno;
	ret->what = what;
	(void)snprintf(ret->path, sizeof(ret->path), "%s%s%s", path,
	    *name != '\0' ? "/" : "", name);
	switch (ret->error) {
	case EACCES:
	case EPERM:
		ret->advice = SIGHT_LET_READ;
		break;
	case ENOENT:
		ret->advice = "set prometheus.data_dir to Prometheus's "
			      "--storage.tsdb.path or --storage.agent.path";
		break;
	default:
		ret->advice = "set prometheus.data_dir to a directory that "
			      "holds Prometheus's data";
	}
	return -1;
}

/* Whether the newest segment of the log, if any, can be opened. */
static int
check_segment(
    const char *wal_dir, const struct wal_dir *dir, struct sight_fault *ret)
{
	const struct wal_dir_entry *last = wal_dir_last(&dir->segments);
	int fd;

	if (last == NULL)
		return 0;
	if ((fd = wal_dir_open_segment(wal_dir, last->name)) != -1) {
		(void)close(fd);
		return 0;
	}
	/* Deleted in between, or no segment: not a reason to stay away. */
	if (errno == ENOENT || errno == ELOOP || errno == EINVAL)
		return 0;
	return deny(
	    ret, "cannot read a segment of the log", wal_dir, last->name);
}

int
sight_check(const char *data_dir, const char *wal_dir, struct sight_fault *ret)
{
	static const char unusable[] = "cannot use the data directory";
	struct wal_dir dir = { 0 };
	enum wal_status status;
	struct stat st;
	int result;

	if (stat(data_dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return deny(ret, unusable, data_dir, "");
	}
	if (eaccess(data_dir, X_OK) != 0)
		return deny(ret, unusable, data_dir, "");

	status = wal_dir_read(&dir, wal_dir);
	if (status == WAL_IO && errno == ENOENT)
		return 0;
	if (status == WAL_CORRUPT)
		errno = E2BIG;
	result = status != WAL_OK
	    ? deny(ret, "cannot list the log", wal_dir, "")
	    : check_segment(wal_dir, &dir, ret);
	wal_dir_release(&dir);
	return result;
}
