/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spool/link.h"
#include "agent/spool/shelf.h"
#include "wal/dir.h"

struct link_way {
	struct spool_way way;
	int dir; /* Of the links. */
};

/* Whether ${name} in ${dir} is the file that ${fd} is. */
static bool
is_file(int dir, const char *name, int fd)
{
	struct stat a, b;

	return fstatat(dir, name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstat(fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Link the segment ${file} of ${wal_dir} to ${name}, whatever that was. */
static int
make_link(int dir, const char *name, const char *wal_dir, const char *file)
{
	char full[PATH_MAX + WAL_NAME_MAX];

	if (snprintf(full, sizeof(full), "%s/%s", wal_dir, file) >=
	    (int)sizeof(full)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (linkat(AT_FDCWD, full, dir, name, 0) == 0)
		return 0;
	if (errno != EEXIST || unlinkat(dir, name, 0) != 0)
		return -1;
	return linkat(AT_FDCWD, full, dir, name, 0);
}

static int
link_hold(struct spool_way *way, const struct spool_name *name,
    const struct spool_file *file)
{
	int dir = ((struct link_way *)way)->dir;
	char text[SPOOL_NAME_MAX];

	spool_name_format(name, text);
	if (make_link(dir, text, file->dir, file->file) != 0)
		return -1;
	if (is_file(dir, text, file->fd))
		return 0;
	(void)unlinkat(dir, text, 0);
	errno = ENOENT;
	return -1;
}

static int
link_open(struct spool_way *way, const struct spool_name *name)
{
	return shelf_open(((struct link_way *)way)->dir, name);
}

static void
link_let_go(struct spool_way *way, const struct spool_name *name)
{
	shelf_remove(((struct link_way *)way)->dir, name);
}

static uint64_t
link_pinned(
    struct spool_way *way, const struct spool_name *name, dev_t *ret_device)
{
	struct stat st;

	if (!shelf_find(((struct link_way *)way)->dir, name, &st) ||
	    st.st_nlink != 1)
		return 0;
	*ret_device = st.st_dev;
	return (uint64_t)st.st_blocks * 512;
}

static int
link_list(struct spool_way *way,
    void (*each)(void *arg, const struct spool_name *name), void *arg)
{
	return shelf_list(((struct link_way *)way)->dir, each, arg);
}

static void
link_free(struct spool_way *way)
{
	(void)close(((struct link_way *)way)->dir);
	free(way);
}

struct spool_way *
link_way_new(int dir)
{
	struct link_way *way;

	if ((way = calloc(1, sizeof(*way))) == NULL)
		return NULL;
	way->way = (struct spool_way){
		.mode = "link",
		.hold = link_hold,
		.open = link_open,
		.let_go = link_let_go,
		.pinned = link_pinned,
		.list = link_list,
		.free = link_free,
	};
	way->dir = dir;
	return &way->way;
}

int
link_try(int dir, const char *wal_dir, const char *file)
{
	if (make_link(dir, LINK_TRIAL, wal_dir, file) != 0)
		return -1;
	return unlinkat(dir, LINK_TRIAL, 0);
}
