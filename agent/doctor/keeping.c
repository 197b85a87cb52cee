/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/admin/control.h"
#include "agent/doctor/keeping.h"
#include "agent/position/state.h"
#include "agent/prometheus/sight.h"
#include "agent/spool/counsel.h"
#include "agent/spool/home.h"
#include "agent/spool/link.h"
#include "agent/spool/reserve.h"
#include "wal/dir.h"

#define TRIAL 65536u /* Bytes that are written to see if there is room. */
#define MEBIBYTE (1024 * 1024) /* Bytes. */

/* The process that uses the state directory; 0 if that is not told. */
static pid_t
user_of(const char *state_dir)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd = control_connect(state_dir);

	if (fd == -1)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		peer.pid = 0;
	(void)close(fd);
	return peer.pid;
}

/* Another process has the lock: it is this configuration's own, or not. */
static void
say_in_use(struct exam *exam, struct finding *finding)
{
	static const char mend[] = "stop that one, or give each a state_dir "
				   "and a spool.dir of its own";
	const char *dir = exam->config->state_dir;
	pid_t pid = user_of(dir);
	const struct instance *ours = exam->running;
	const struct instance *user = instances_at(&exam->walships, pid);

	if (ours != NULL && (pid == 0 || user == ours)) {
		exam->runs = true;
		finding_ok(finding,
		    "walship runs with this configuration (pid %d), and uses "
		    "%s%s",
		    (int)ours->pid, dir,
		    exam->entered ? "; its mounts and environment are taken"
				  : "");
		return;
	}
	if (user != NULL && user->config != NULL)
		finding_fail(finding, mend,
		    "another walship uses %s: pid %d, with the configuration "
		    "%s",
		    dir, (int)pid, user->config);
	else
		finding_fail(finding, mend, "another walship uses %s", dir);
}

/* It is not there: whether the agent could make it. */
static void
say_missing(struct exam *exam, struct finding *finding)
{
	const char *dir = exam->config->state_dir;
	char *copy = strdup(dir);

	if (copy != NULL && eaccess(dirname(copy), W_OK) == 0)
		finding_ok(finding, "%s will be made at the start", dir);
	else
		finding_warn(finding,
		    "start walship by its unit, which makes it, or create it "
		    "and make that user its owner",
		    "%s is not there, and the user %s may not make it", dir,
		    exam->user);
	free(copy);
}

void
keeping_state(struct exam *exam, struct finding *finding)
{
	const char *dir = exam->config->state_dir;
	int fd = -1;

	if (access(dir, F_OK) != 0 && errno == ENOENT) {
		say_missing(exam, finding);
		return;
	}
	switch (state_lock(dir, &fd)) {
	case STATE_OK:
		(void)close(fd);
		finding_ok(
		    finding, "%s is free to use; no walship runs with it", dir);
		break;
	case STATE_IN_USE:
		say_in_use(exam, finding);
		break;
	case STATE_FAILED:
		finding_fail(finding,
		    "create it, and make this user its owner, or set state_dir",
		    "cannot use %s as the user %s: %s", dir, exam->user,
		    strerror(errno));
		break;
	}
}

/* Open spool.dir; -1, said, if that cannot be. */
static int
open_home(struct exam *exam, struct finding *finding)
{
	const struct config *config = exam->config;
	const char *dir = config->spool.dir;
	int error, fd = home_open(dir, config->data_dir);

	/* The walship that runs may have it. */
	if (fd == -1 && errno == EBUSY && exam->runs)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		return fd;
	error = errno;
	if (config->spool.mode == CONFIG_SPOOL_AUTO)
		finding_warn(finding, counsel_on_dir(error),
		    "segments are not held: spool.dir, %s, cannot be used by "
		    "the user %s: %s",
		    dir, exam->user, strerror(error));
	else
		finding_fail(finding, counsel_on_dir(error),
		    "spool.dir, %s, cannot be used by the user %s: %s", dir,
		    exam->user, strerror(error));
	return -1;
}

/* Say how the segment ${file} is held, tried with ${dir}. */
static void
try_ways(struct exam *exam, int dir, const char *file, struct finding *finding)
{
	const struct config *config = exam->config;
	int error = 0, fd;

	if (config->spool.mode != CONFIG_SPOOL_FD) {
		if (link_try(dir, exam->wal_dir, file) == 0) {
			finding_ok(finding,
			    "by hard links in %s, as tried with segment %s",
			    config->spool.dir, file);
			return;
		}
		error = errno;
		finding_fail(finding,
		    counsel_on_link(config, exam->wal_dir, error),
		    "a segment cannot be linked to %s by the user %s: %s",
		    config->spool.dir, exam->user, strerror(error));
		if (config->spool.mode == CONFIG_SPOOL_LINK)
			return;
	}
	fd = wal_dir_open_segment(exam->wal_dir, file);
	if (fd == -1) {
		finding_fail(finding, SIGHT_LET_READ,
		    "segment %s cannot be kept open by the user %s: %s", file,
		    exam->user, strerror(errno));
		return;
	}
	(void)close(fd);
	if (config->spool.mode == CONFIG_SPOOL_FD)
		finding_ok(finding, "by open descriptors, copied to %s",
		    config->spool.dir);
	else
		finding_ok(finding,
		    "by open descriptors, copied to %s; not by links, which "
		    "would outlive a kill: %s",
		    config->spool.dir,
		    counsel_on_link(config, exam->wal_dir, error));
}

void
keeping_spool(struct exam *exam, struct finding *finding)
{
	const struct config *config = exam->config;
	const struct wal_dir_entry *last = NULL;
	struct wal_dir wal = { 0 };
	struct stat st;
	bool was_there;
	int dir;

	if (config->spool.mode == CONFIG_SPOOL_OFF) {
		finding_ok(finding,
		    "segments are not held, as spool.mode is off: what "
		    "Prometheus deletes unshipped is lost");
		return;
	}
	if (wal_dir_read(&wal, exam->wal_dir) == WAL_OK)
		last = wal_dir_last(&wal.segments);
	was_there = stat(config->spool.dir, &st) == 0;
	if (last == NULL) {
		finding_skip(finding, "there is no segment yet to try it with");
	} else if ((dir = open_home(exam, finding)) != -1) {
		try_ways(exam, dir, last->name, finding);
		(void)close(dir);
	}
	if (!was_there)
		(void)rmdir(config->spool.dir);
	wal_dir_release(&wal);
}

/* Whether a little can be written to the directory ${path}; 0 or an errno. */
static int
try_writing(const char *path)
{
	static const char data[TRIAL];
	int error = 0, fd = open(path, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);

	/* Where files cannot be without a name, there is the other check. */
	if (fd == -1)
		return errno == ENOSPC || errno == EDQUOT || errno == EROFS
		    ? errno
		    : 0;
	if (write(fd, data, sizeof(data)) != (ssize_t)sizeof(data))
		error = errno != 0 ? errno : ENOSPC;
	else if (fsync(fd) != 0)
		error = errno;
	(void)close(fd);
	return error;
}

/* Whether the reserve of the disk of ${path} is whole; else said. */
static bool
has_room(struct exam *exam, const char *path, struct finding *finding)
{
	const struct config_spool *spool = &exam->config->spool;
	const struct reserve reserve = { spool->min_free,
		spool->min_free_percent };
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t left = 0;
	bool known = fd != -1 && reserve_left(&reserve, fd, &left) == 0;

	if (fd != -1)
		(void)close(fd);
	if (!known || left >= 0)
		return true;
	finding_warn(finding,
	    "make room there, or lower spool.min_free; until then what "
	    "Prometheus deletes unshipped is let go",
	    "the disk of %s lacks %" PRId64 " MiB of what spool.min_free "
	    "leaves alone",
	    path, -left / MEBIBYTE + 1);
	return false;
}

void
keeping_disk(struct exam *exam, struct finding *finding)
{
	const struct config *config = exam->config;
	int error;

	errno = 0;
	if ((error = try_writing(config->state_dir)) != 0) {
		finding_fail(finding,
		    "make room there, or set state_dir to a disk that has some",
		    "nothing can be written to state_dir, %s: %s",
		    config->state_dir, strerror(error));
		return;
	}
	if (config->spool.mode == CONFIG_SPOOL_OFF ||
	    (has_room(exam, config->data_dir, finding) &&
		has_room(exam, config->spool.dir, finding)))
		finding_ok(finding, "there is room for what is kept");
}
