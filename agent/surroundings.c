/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/ship/state.h"
#include "agent/surroundings.h"
#include "wal/dir.h"

/* The name of the user we are, or its number. */
static const char *
user_name(void)
{
	static char number[24];
	const struct passwd *user = getpwuid(geteuid());

	if (user != NULL)
		return user->pw_name;
	(void)snprintf(number, sizeof(number), "%u", (unsigned int)geteuid());
	return number;
}

/* Log that ${path} cannot be used, because of errno; return -1. */
static int
deny(const char *what, const char *path)
{
	int error = errno;
	const char *advice;

	switch (error) {
	case EACCES:
	case EPERM:
		advice = "give this user the right to read it, by Prometheus's "
			 "group or an ACL";
		break;
	case ENOENT:
		advice = "set prometheus.data_dir to Prometheus's "
			 "--storage.tsdb.path or --storage.agent.path";
		break;
	default:
		advice = "set prometheus.data_dir to a directory that holds "
			 "Prometheus's data";
	}
	log_error(what, LOG_STR("path", path), LOG_STR("user", user_name()),
	    LOG_ERRNO(error), LOG_STR("advice", advice));
	return -1;
}

/* Whether the newest segment of the log, if any, can be opened. */
static int
check_segment(const char *wal_dir, const struct wal_dir *dir)
{
	const struct wal_dir_entry *last = wal_dir_last(&dir->segments);
	char path[4096 + WAL_NAME_MAX];
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
	(void)snprintf(path, sizeof(path), "%s/%s", wal_dir, last->name);
	return deny("cannot read a segment of the log", path);
}

int
surroundings_check(const struct config *config, const char *wal_dir)
{
	struct wal_dir dir = { 0 };
	enum wal_status status;
	struct stat st;
	int result;

	if (stat(config->data_dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return deny("cannot use the data directory", config->data_dir);
	}
	if (access(config->data_dir, X_OK) != 0)
		return deny("cannot use the data directory", config->data_dir);

	status = wal_dir_read(&dir, wal_dir);
	if (status == WAL_IO && errno == ENOENT)
		return 0;
	if (status == WAL_CORRUPT)
		errno = E2BIG;
	result = status != WAL_OK ? deny("cannot list the log", wal_dir)
				  : check_segment(wal_dir, &dir);
	wal_dir_release(&dir);
	return result;
}

int
surroundings_lock(const struct config *config)
{
	int error, fd = -1;
	enum state_result result = state_lock(config->state_dir, &fd);

	error = errno; /* Looking up the user's name loses it. */
	switch (result) {
	case STATE_OK:
		break;
	case STATE_IN_USE:
		log_error("another walship uses this state directory; stop it, "
			  "or give this one a state_dir of its own",
		    LOG_STR("path", config->state_dir));
		break;
	case STATE_FAILED:
		log_error("cannot use the state directory; create it, and make "
			  "this user its owner, or set state_dir",
		    LOG_STR("path", config->state_dir),
		    LOG_STR("user", user_name()), LOG_ERRNO(error));
		break;
	}
	return fd;
}
