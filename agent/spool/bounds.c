/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spool/bounds.h"

/* Open those that were not there yet, as spool.dir before it is needed. */
static void
open_disks(struct bounds *bounds)
{
	struct bounds_disk *disk;
	struct stat st;
	size_t i;

	for (i = 0; i < BOUNDS_DISKS; i++) {
		disk = &bounds->disks[i];
		if (disk->fd != -1 || bounds->options.paths[i] == NULL)
			continue;
		disk->fd = open(bounds->options.paths[i],
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (disk->fd != -1 && fstat(disk->fd, &st) == 0)
			disk->device = st.st_dev;
	}
}

/* A disk that is not there, or does not answer, lacks nothing. */
static void
look(struct bounds *bounds)
{
	uint64_t now = clock_monotonic(bounds->options.clock);
	struct bounds_disk *disk;
	size_t i;

	if (now < bounds->look)
		return;
	bounds->look = now + BOUNDS_LOOK;
	open_disks(bounds);
	for (i = 0; i < BOUNDS_DISKS; i++) {
		disk = &bounds->disks[i];
		if (disk->fd == -1 ||
		    reserve_left(
			&bounds->options.reserve, disk->fd, &disk->left) != 0)
			disk->left = 0;
	}
}

void
bounds_init(struct bounds *bounds, const struct bounds_options *options)
{
	size_t i;

	*bounds = (struct bounds){ .options = *options };
	for (i = 0; i < BOUNDS_DISKS; i++)
		bounds->disks[i].fd = -1;
}

void
bounds_release(struct bounds *bounds)
{
	size_t i;

	for (i = 0; i < BOUNDS_DISKS && bounds->options.clock != NULL; i++)
		if (bounds->disks[i].fd != -1)
			(void)close(bounds->disks[i].fd);
	*bounds = (struct bounds){ 0 };
}

/* The disk of ${device}; the first, if that is of none. */
static struct bounds_disk *
disk_of(struct bounds *bounds, dev_t device)
{
	size_t i;

	for (i = 1; i < BOUNDS_DISKS; i++)
		if (bounds->disks[i].fd != -1 &&
		    bounds->disks[i].device == device)
			return &bounds->disks[i];
	return &bounds->disks[0];
}

/* Whether ${segment} was written longer ago than it may be kept. */
static bool
is_too_old(const struct bounds *bounds, const struct spool_segment *segment)
{
	int64_t now = clock_wall(bounds->options.clock), age;

	if (bounds->options.max_age == 0 ||
	    __builtin_sub_overflow(now, segment->written, &age) || age < 0)
		return false;
	return (uint64_t)age > bounds->options.max_age / CLOCK_MSEC;
}

/* Why ${segment}, the oldest of ${pinned} bytes, is to go: SPOOL_REASONS if it is
   not. */
static enum spool_reason
judge(const struct bounds *bounds, const struct spool_segment *segment,
    const struct bounds_disk *disk, uint64_t pinned)
{
	if (is_too_old(bounds, segment))
		return SPOOL_MAX_AGE;
	if (bounds->options.max_bytes > 0 && pinned > bounds->options.max_bytes)
		return SPOOL_MAX_BYTES;
	return disk->left < 0 ? SPOOL_MIN_FREE : SPOOL_REASONS;
}

/* What of ${segment} is pinned. */
static uint64_t
pinned_by(
    struct spool_way *way, const struct spool_segment *segment, dev_t *ret)
{
	return segment->held ? way->pinned(way, &segment->name, ret) : 0;
}

uint64_t
bounds_check(struct bounds *bounds, struct spool_table *table,
    struct spool_way *way, bounds_drop_fn *drop, void *arg)
{
	struct spool_segment *segment;
	enum spool_reason reason;
	struct bounds_disk *disk;
	uint64_t bytes, pinned = 0;
	dev_t device = 0;
	size_t i;

	for (i = 0; i < table->len; i++)
		pinned += pinned_by(way, &table->segments[i], &device);
	if (pinned == 0)
		return 0;
	look(bounds);
	for (i = 0; i < table->len; i++) {
		segment = &table->segments[i];
		if ((bytes = pinned_by(way, segment, &device)) == 0)
			continue;
		disk = disk_of(bounds, device);
		reason = judge(bounds, segment, disk, pinned);
		if (reason == SPOOL_REASONS)
			continue;
		disk->left += (int64_t)bytes;
		pinned -= bytes;
		drop(arg, segment, reason);
	}
	return pinned;
}
