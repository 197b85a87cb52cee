/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/copy.h"
#include "agent/spool/fd.h"
#include "agent/spool/grips.h"
#include "agent/spool/shelf.h"

static const struct stat_def copies_def = {
	.name = "walship_spool_copies_total",
	.help = "Segments that were copied since nothing else kept them, and "
		"copies that failed.",
	.type = STAT_COUNTER,
};
static const struct stat_def stored_def = {
	.name = "walship_spool_store_descriptors",
	.help = "Descriptors of segments that systemd keeps for walship.",
	.type = STAT_GAUGE,
};

struct fd_way {
	struct spool_way way; /* At the head: what callers hold. */
	struct fd_way_options options;
	struct grips grips;
	size_t open_max;
	struct copy *copy;         /* The one under way, if any, */
	struct spool_name copying; /* and of what. */
	struct timer *retry;
	struct log_gate gate; /* Of copies that fail. */
	bool settling;        /* The agent stops. */
	struct stat *copied, *failed, *stored;
};

/* Raise the limit of open files; return how many of them are for segments. */
static size_t
raise_limit(void)
{
	const rlim_t enough = FD_OPEN_MAX + FD_RESERVE;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur < enough) {
		limit.rlim_cur =
		    limit.rlim_max < enough ? limit.rlim_max : enough;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= enough)
		return FD_OPEN_MAX;
	return (size_t)(limit.rlim_cur > 2 * FD_RESERVE
		? limit.rlim_cur - FD_RESERVE
		: limit.rlim_cur / 2);
}

/* What is to be copied next, or NULL. */
static struct grip *
next_to_copy(const struct fd_way *fd)
{
	struct grip *grip;
	size_t i;

	for (i = 0; i < fd->grips.len; i++) {
		grip = &fd->grips.list[i];
		if (grip->to_copy && grip->fd != -1 && !grip->failed &&
		    (fd->settling || !grips_is_last(&fd->grips, grip)))
			return grip;
	}
	return NULL;
}

/* The copy of ${grip} failed: leave it for later, and say so. */
static void
put_off(struct fd_way *fd, struct grip *grip, int error)
{
	uint64_t hidden, now = clock_monotonic(fd->options.clock);
	char name[SPOOL_NAME_MAX];

	stat_inc(fd->failed);
	grip->failed = true;
	timer_set(fd->retry, now + FD_RETRY);
	if (!log_gate_open(&fd->gate, now, FD_TELL, &hidden))
		return;
	spool_name_format(&grip->name, name);
	log_warn(error == ENOSPC
		? "no room to copy a segment that only walship keeps, "
		  "retrying; free some on the disk of spool.dir, or lower "
		  "spool.min_free"
		: "cannot copy a segment that only walship keeps, retrying; "
		  "see that spool.dir can be written to",
	    LOG_STR("segment", name), LOG_STR("path", fd->options.path),
	    LOG_ERRNO(error), LOG_UINT("hidden", hidden));
}

static void advance(struct fd_way *fd);

static void
copied(void *arg, int error)
{
	struct fd_way *fd = arg;
	struct grip *grip = grips_find(&fd->grips, &fd->copying);

	copy_free(fd->copy);
	fd->copy = NULL;
	if (grip == NULL && error == 0) {
		shelf_remove(fd->options.dir, &fd->copying,
		    fd->options.worker); /* Let go of meanwhile. */
	} else if (grip != NULL && error == 0) {
		stat_inc(fd->copied);
		grip->copied = true;
		grips_close(&fd->grips, grip);
	} else if (grip != NULL) {
		put_off(fd, grip, error);
	}
	advance(fd);
}

/* Copy the next, if none is being copied. */
static void
advance(struct fd_way *fd)
{
	char name[SPOOL_NAME_MAX];
	struct grip *grip;

	while (fd->copy == NULL && (grip = next_to_copy(fd)) != NULL) {
		spool_name_format(&grip->name, name);
		fd->copying = grip->name;
		fd->copy = copy_new(&(struct copy_options){
		    .worker = fd->options.worker,
		    .from = grip->fd,
		    .dir = fd->options.dir,
		    .name = name,
		    .reserve = fd->options.reserve,
		    .done = copied,
		    .arg = fd,
		});
		if (fd->copy == NULL)
			put_off(fd, grip, errno);
	}
}

/* Those that failed may be tried again. */
static void
try_again(void *arg)
{
	struct fd_way *fd = arg;
	size_t i;

	for (i = 0; i < fd->grips.len; i++)
		fd->grips.list[i].failed = false;
	advance(fd);
}

/* Make room for a further descriptor: copy the oldest that has one. */
static void
make_room(struct fd_way *fd)
{
	size_t i;

	for (i = 0; i < fd->grips.len; i++)
		if (fd->grips.list[i].fd != -1) {
			fd->grips.list[i].to_copy = true;
			break;
		}
	advance(fd);
}

static int
hold(struct spool_way *way, const struct spool_name *name,
    const struct spool_file *file)
{
	struct fd_way *fd = (struct fd_way *)way;
	struct grip *grip;
	int own = -1;

	errno = EMFILE;
	if (fd->grips.open < fd->open_max)
		own = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	if (own == -1) {
		int error = errno;

		make_room(fd);
		errno = error;
		return -1;
	}
	if ((grip = grips_add(&fd->grips, name)) == NULL) {
		(void)close(own);
		errno = ENOMEM;
		return -1;
	}
	grips_open(&fd->grips, grip, own, false);
	advance(fd); /* The one before it will not grow any more. */
	return 0;
}

/* Another description of the open file ${fd}, if only by its descriptor. */
static int
open_again(int fd)
{
	char path[40];
	int again;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	/* We may not be allowed to by now.  Nobody moves its offset. */
	return again != -1 ? again : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static int
open_held(struct spool_way *way, const struct spool_name *name)
{
	struct fd_way *fd = (struct fd_way *)way;
	const struct grip *grip = grips_find(&fd->grips, name);

	if (grip == NULL) {
		errno = ENOENT;
		return -1;
	}
	if (grip->fd != -1)
		return open_again(grip->fd);
	return shelf_open(fd->options.dir, name);
}

static void
orphaned(struct spool_way *way, const struct spool_name *name)
{
	struct fd_way *fd = (struct fd_way *)way;
	struct grip *grip = grips_find(&fd->grips, name);

	if (grip == NULL)
		return;
	grip->to_copy = true;
	advance(fd);
}

static void
let_go(struct spool_way *way, const struct spool_name *name)
{
	struct fd_way *fd = (struct fd_way *)way;
	struct grip *grip = grips_find(&fd->grips, name);

	if (grip == NULL)
		return;
	if (fd->copy != NULL && fd->copying.generation == name->generation &&
	    fd->copying.number == name->number)
		copy_stop(fd->copy);
	grips_close(&fd->grips, grip);
	if (grip->copied)
		shelf_remove(fd->options.dir, name, fd->options.worker);
	grips_remove(&fd->grips, grip);
}

static uint64_t
pinned(struct spool_way *way, const struct spool_name *name, dev_t *ret)
{
	const struct fd_way *fd = (struct fd_way *)way;
	const struct grip *grip = grips_find(&fd->grips, name);
	struct stat st;

	/* While it is copied, it is where it was. */
	if (grip == NULL ||
	    (grip->fd != -1 ? fstat(grip->fd, &st) != 0 || st.st_nlink > 0
			    : !shelf_find(fd->options.dir, name, &st) ||
			st.st_nlink > 1))
		return 0;
	*ret = st.st_dev;
	return (uint64_t)st.st_blocks * S_BLKSIZE;
}

/* Take over ${own}, which systemd kept. */
static bool
adopt(void *arg, const char *text, int own)
{
	struct fd_way *fd = arg;
	struct spool_name name;
	struct grip *grip;

	if (!spool_name_parse(text, &name) ||
	    (grip = grips_find(&fd->grips, &name)) != NULL ||
	    (grip = grips_add(&fd->grips, &name)) == NULL)
		return false;
	grips_open(&fd->grips, grip, own, true);
	return true;
}

/* There is a copy of ${name}. */
static void
found(void *arg, const struct spool_name *name)
{
	struct fd_way *fd = arg;
	struct grip *grip = grips_add(&fd->grips, name);

	if (grip != NULL)
		grip->copied = true;
}

/* What is held in both ways is needed in one. */
static void
reconcile(struct fd_way *fd, struct grip *grip)
{
	struct stat open, copy;

	if (grip->fd == -1 || fstat(grip->fd, &open) != 0)
		return;
	grip->to_copy = open.st_nlink == 0;
	if (!grip->copied)
		return;
	if (shelf_find(fd->options.dir, &grip->name, &copy) &&
	    copy.st_size == open.st_size) {
		grips_close(&fd->grips, grip);
	} else {
		shelf_remove(fd->options.dir, &grip->name, fd->options.worker);
		grip->copied = false;
	}
}

static int
list(struct spool_way *way,
    void (*each)(void *arg, const struct spool_name *name), void *arg)
{
	struct fd_way *fd = (struct fd_way *)way;
	size_t i, len, closed = store_take(fd->grips.store, adopt, fd);
	struct spool_name *names;

	if (closed > 0)
		log_warn("closed what systemd kept that is no segment",
		    LOG_UINT("descriptors", closed));
	if (shelf_list(fd->options.dir, fd->options.worker, found, fd) != 0)
		return -1;
	for (i = 0; i < fd->grips.len; i++)
		reconcile(fd, &fd->grips.list[i]);

	/* It may be let go of within the call. */
	len = fd->grips.len;
	if ((names = calloc(len + 1, sizeof(*names))) == NULL)
		return -1;
	for (i = 0; i < len; i++)
		names[i] = fd->grips.list[i].name;
	for (i = 0; i < len; i++)
		each(arg, &names[i]);
	free(names);
	advance(fd);
	return 0;
}

/* Say what will be lost at a stop, if anything. */
static void
tell_unsaved(const struct fd_way *fd)
{
	size_t i, segments = 0, stored = 0;
	uint64_t bytes = 0;
	struct stat st;

	for (i = 0; i < fd->grips.len; i++) {
		const struct grip *grip = &fd->grips.list[i];

		if (!grip->to_copy || grip->fd == -1 ||
		    fstat(grip->fd, &st) != 0 || st.st_nlink > 0)
			continue;
		segments++;
		stored += grip->stored;
		bytes += (uint64_t)st.st_size;
	}
	if (segments > 0)
		log_warn("segments that only walship keeps were not copied "
			 "before the end; those in systemd's descriptor store "
			 "outlive a restart, and the others are lost",
		    LOG_UINT("segments", segments), LOG_UINT("bytes", bytes),
		    LOG_UINT("stored", stored));
}

static bool
settle(struct spool_way *way, uint64_t deadline)
{
	struct fd_way *fd = (struct fd_way *)way;
	size_t i;

	if (!fd->settling) {
		fd->settling = true;
		/* Nobody may have told what has lost its name. */
		for (i = 0; i < fd->grips.len; i++)
			reconcile(fd, &fd->grips.list[i]);
		try_again(fd);
	}
	if (fd->copy != NULL && clock_monotonic(fd->options.clock) < deadline)
		return false;
	tell_unsaved(fd);
	store_settle(fd->grips.store);
	return true;
}

/* Bring the gauge up to date. */
static void
refresh(void *arg)
{
	const struct fd_way *fd = arg;

	stat_set(fd->stored, (double)store_len(fd->grips.store));
}

static void
free_way(struct spool_way *way)
{
	struct fd_way *fd = (struct fd_way *)way;

	stats_forget(fd->options.stats, refresh, fd);
	copy_free(fd->copy);
	timer_free(fd->retry);
	grips_release(&fd->grips);
	store_free(fd->grips.store);
	stats_remove(fd->copied);
	stats_remove(fd->failed);
	stats_remove(fd->stored);
	if (fd->options.dir != -1)
		(void)close(fd->options.dir);
	free(fd);
}

static int
count(struct fd_way *fd)
{
	struct stats *stats = fd->options.stats;

	fd->copied = stats_add(stats, &copies_def,
	    (const char *const[]){ "result", "copied", NULL });
	fd->failed = stats_add(stats, &copies_def,
	    (const char *const[]){ "result", "failed", NULL });
	fd->stored =
	    stats_add(stats, &stored_def, (const char *const[]){ NULL });
	return fd->copied == NULL || fd->failed == NULL || fd->stored == NULL ||
		stats_refresh(stats, refresh, fd) != 0
	    ? -1
	    : 0;
}

/* Say what becomes of the descriptors at a kill. */
static void
say_store(const struct fd_way *fd)
{
	size_t max = store_max(fd->grips.store);

	if (max == 0)
		log_warn("no descriptor store: a kill loses segments that "
			 "Prometheus deleted and that were not copied yet; "
			 "run as a systemd unit with FileDescriptorStoreMax=");
	else if (!store_promised(fd->grips.store))
		log_info("systemd does not say whether it keeps descriptors; "
			 "see that the unit has FileDescriptorStoreMax=",
		    LOG_UINT("most", max));
	else
		log_info("systemd keeps the descriptors over a kill",
		    LOG_UINT("most", max));
}

struct spool_way *
fd_way_new(const struct fd_way_options *options)
{
	struct fd_way *fd;

	if ((fd = calloc(1, sizeof(*fd))) == NULL)
		return NULL;
	fd->way = (struct spool_way){
		.mode = "fd",
		.hold = hold,
		.open = open_held,
		.orphaned = orphaned,
		.let_go = let_go,
		.pinned = pinned,
		.list = list,
		.settle = settle,
		.free = free_way,
	};
	fd->options = *options;
	fd->open_max = raise_limit();
	fd->retry = timer_new(options->clock, try_again, fd);
	if (grips_init(&fd->grips, options->worker) != 0 || fd->retry == NULL ||
	    count(fd) != 0) {
		fd->options.dir = -1; /* It stays the caller's. */
		free_way(&fd->way);
		return NULL;
	}
	say_store(fd);
	return &fd->way;
}
