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
	struct worker *worker;
};

/* Whether ${name} in ${dir} is the file that ${fd} is. */
static bool
is_file(int dir, const char *name, int fd)
{
	struct stat a, b;

	return fstatat(dir, name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstat(fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Link the segment ${file} of ${wal_dir} to ${name}. */
static int
make_link(int dir, const char *name, const char *wal_dir, const char *file)
{
	char full[PATH_MAX + WAL_NAME_MAX];

	if (snprintf(full, sizeof(full), "%s/%s", wal_dir, file) >=
	    (int)sizeof(full)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return linkat(AT_FDCWD, full, dir, name, 0);
}

static int
link_hold(struct spool_way *way, const struct spool_name *name,
    const struct spool_file *file)
{
	struct link_way *link = (struct link_way *)way;
	char text[SPOOL_NAME_MAX];
	int made;

	spool_name_format(name, text);
	made = make_link(link->dir, text, file->dir, file->file);
	if (made != 0 && errno == EEXIST) { /* Nobody knows that one. */
		shelf_remove(link->dir, name, link->worker);
		made = make_link(link->dir, text, file->dir, file->file);
	}
	if (made != 0)
		return -1;
	if (is_file(link->dir, text, file->fd))
		return 0;
	shelf_remove(link->dir, name, link->worker);
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
	struct link_way *link = (struct link_way *)way;

	shelf_remove(link->dir, name, link->worker);
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
	struct link_way *link = (struct link_way *)way;

	return shelf_list(link->dir, link->worker, each, arg);
}

static void
link_free(struct spool_way *way)
{
	(void)close(((struct link_way *)way)->dir);
	free(way);
}

struct spool_way *
link_way_new(int dir, struct worker *worker)
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
	way->worker = worker;
	return &way->way;
}

int
link_try(int dir, const char *wal_dir, const char *file)
{
	(void)unlinkat(dir, LINK_TRIAL, 0); /* A kill may have left it. */
	if (make_link(dir, LINK_TRIAL, wal_dir, file) != 0)
		return -1;
	return unlinkat(dir, LINK_TRIAL, 0);
}
