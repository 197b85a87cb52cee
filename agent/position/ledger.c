/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/position/ledger.h"
#include "wal/crc32c.h"

static const char magic[8] = "walship\n";

struct ledger {
	struct clock *clock;
	struct worker *worker;
	uint32_t version;
	char *path;
	int fd;            /* -1: not open. */
	uint64_t retry;    /* No attempt to create it before this. */
	int error;         /* Of the last attempt. */
	uint64_t number;   /* Of the last entry. */
	unsigned int last; /* The slot that holds it. */
	unsigned int safe; /* One that is surely on the disk. */

	struct timer *timer; /* The next sync. */
	bool dirty;          /* Saved to since the last sync began. */
	bool syncing;        /* The worker has the job. */
	bool freed;          /* By its owner, while syncing. */
	bool failed;         /* The last sync did. */
	unsigned int synced; /* The slot that was the last when it began. */
	struct worker_job job;
};

static void
put_u32(uint8_t *at, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t
get_u32(const uint8_t *at)
{
	uint32_t value = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		value |= (uint32_t)at[i] << 8 * i;
	return value;
}

static void
put_u64(uint8_t *at, uint64_t value)
{
	put_u32(at, (uint32_t)value);
	put_u32(at + 4, (uint32_t)(value >> 32));
}

static uint64_t
get_u64(const uint8_t *at)
{
	return get_u32(at) | (uint64_t)get_u32(at + 4) << 32;
}

/* The checksum of a slot whose entry is ${len} bytes. */
static uint32_t
checksum(const uint8_t *slot, size_t len)
{
	return crc32c(slot + 12, LEDGER_HEAD - 12 + len);
}

/* Whether ${slot}, of which ${len} bytes were read, holds an entry. */
static bool
holds_entry(const uint8_t *slot, size_t len)
{
	size_t size;

	if (len < LEDGER_HEAD || memcmp(slot, magic, sizeof(magic)) != 0)
		return false;
	size = get_u32(slot + 12);
	return size <= len - LEDGER_HEAD &&
	    get_u32(slot + 8) == checksum(slot, size);
}

/* As many bytes of ${fd} at ${offset} as there are, up to ${len}; or -1. */
static ssize_t
read_at(int fd, uint8_t *data, size_t len, off_t offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, data + done, len - done, offset + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int
write_at(int fd, const uint8_t *data, size_t len, off_t offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pwrite(fd, data + done, len - done, offset + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

/*
 * Write the last entry once more.  After a failure the kernel may hold for
 * clean what it did not write, and would have no more to write.
 */
static void
write_again(struct ledger *ledger)
{
	off_t at = (off_t)ledger->last * (off_t)LEDGER_SLOT;
	uint8_t slot[LEDGER_SLOT];
	ssize_t len = read_at(ledger->fd, slot, sizeof(slot), at);

	if (len > 0)
		(void)write_at(ledger->fd, slot, (size_t)len, at);
}

/* Go on, in the order of the disk: what was synced is on it. */
static void
synced(void *arg)
{
	struct ledger *ledger = arg;

	ledger->syncing = false;
	if (ledger->freed) {
		ledger_free(ledger);
		return;
	}
	if (!ledger->failed) {
		ledger->safe = ledger->synced;
	} else {
		write_again(ledger);
		ledger->dirty = true;
	}
	if (ledger->dirty)
		timer_set(ledger->timer,
		    clock_monotonic(ledger->clock) + LEDGER_SYNC);
}

/* On the worker. */
static void
sync_file(void *arg)
{
	struct ledger *ledger = arg;

	ledger->failed = fdatasync(ledger->fd) != 0;
}

void
ledger_sync(struct ledger *ledger)
{
	if (ledger->syncing || !ledger->dirty)
		return;
	ledger->dirty = false;
	ledger->syncing = true;
	ledger->synced = ledger->last;
	worker_submit(ledger->worker, &ledger->job);
}

static void
sync_now(void *arg)
{
	ledger_sync(arg);
}

struct ledger *
ledger_new(struct clock *clock, struct worker *worker, const char *path,
    uint32_t version)
{
	struct ledger *ledger;

	if ((ledger = calloc(1, sizeof(*ledger))) == NULL)
		return NULL;
	ledger->clock = clock;
	ledger->worker = worker;
	ledger->version = version;
	ledger->fd = -1;
	ledger->job = (struct worker_job){
		.work = sync_file,
		.done = synced,
		.arg = ledger,
	};
	ledger->path = strdup(path);
	ledger->timer = timer_new(clock, sync_now, ledger);
	if (ledger->path == NULL || ledger->timer == NULL) {
		ledger_free(ledger);
		return NULL;
	}
	return ledger;
}

void
ledger_free(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	timer_free(ledger->timer);
	ledger->timer = NULL;
	ledger->freed = true;
	if (ledger->syncing)
		return;
	if (ledger->fd != -1)
		(void)close(ledger->fd);
	free(ledger->path);
	free(ledger);
}

/* Find the last entry among the slots; its bytes go to ${entry}. */
static enum ledger_result
find_last(struct ledger *ledger, uint8_t *entry, size_t *ret_len)
{
	enum ledger_result result = LEDGER_DAMAGED;
	uint8_t slot[LEDGER_SLOT];
	unsigned int i;
	ssize_t len;

	for (i = 0; i < LEDGER_SLOTS; i++) {
		len = read_at(ledger->fd, slot, sizeof(slot),
		    (off_t)i * (off_t)LEDGER_SLOT);
		if (len == -1)
			return LEDGER_FAILED;
		if (!holds_entry(slot, (size_t)len))
			continue;
		if (get_u32(slot + 24) > ledger->version)
			return LEDGER_NEWER;
		if (result == LEDGER_OK && get_u64(slot + 16) < ledger->number)
			continue;
		result = LEDGER_OK;
		ledger->number = get_u64(slot + 16);
		ledger->last = ledger->safe = i;
		*ret_len = get_u32(slot + 12);
		memcpy(entry, slot + LEDGER_HEAD, *ret_len);
	}
	return result;
}

enum ledger_result
ledger_load(struct ledger *ledger, uint8_t *entry, size_t *ret_len)
{
	enum ledger_result result;
	int error;

	ledger->fd =
	    open(ledger->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (ledger->fd == -1)
		return errno == ENOENT ? LEDGER_NONE : LEDGER_FAILED;
	result = find_last(ledger, entry, ret_len);
	/* A life that was killed may have left its last entry to the kernel. */
	if (result == LEDGER_OK)
		(void)fdatasync(ledger->fd);
	if (result == LEDGER_FAILED || result == LEDGER_NEWER) {
		error = errno;
		(void)close(ledger->fd);
		ledger->fd = -1;
		errno = error;
	}
	return result;
}

/* The slot for the next entry: one that is of no use any more. */
static unsigned int
next_slot(const struct ledger *ledger)
{
	unsigned int slot = 0;

	while (slot == ledger->last || slot == ledger->safe ||
	    (ledger->syncing && slot == ledger->synced))
		slot++;
	return slot;
}

/* Write the entry to a slot of ${fd}. */
static int
write_entry(struct ledger *ledger, int fd, const uint8_t *entry, size_t len)
{
	unsigned int slot = next_slot(ledger);
	uint8_t bytes[LEDGER_SLOT];

	memcpy(bytes, magic, sizeof(magic));
	put_u32(bytes + 24, ledger->version);
	put_u32(bytes + 12, (uint32_t)len);
	put_u64(bytes + 16, ledger->number + 1);
	memcpy(bytes + LEDGER_HEAD, entry, len);
	put_u32(bytes + 28, 0);
	put_u32(bytes + 8, checksum(bytes, len));
	if (write_at(fd, bytes, LEDGER_HEAD + len,
		(off_t)slot * (off_t)LEDGER_SLOT) != 0)
		return -1;
	ledger->number++;
	ledger->last = slot;
	return 0;
}

/* Have the name of the new file reach the disk; it can be done without. */
static void
sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd;

	if (copy == NULL)
		return;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/* Fill the new file ${fd}, give it its name, and have both on the disk. */
static int
fill(struct ledger *ledger, int fd, const char *temporary, const uint8_t *entry,
    size_t len)
{
	int error =
	    posix_fallocate(fd, 0, (off_t)LEDGER_SLOTS * (off_t)LEDGER_SLOT);

	if (error != 0) {
		errno = error;
		return -1;
	}
	if (write_entry(ledger, fd, entry, len) != 0 || fdatasync(fd) != 0 ||
	    rename(temporary, ledger->path) != 0)
		return -1;
	sync_directory(ledger->path);
	ledger->safe = ledger->last;
	return 0;
}

static int
create(struct ledger *ledger, const uint8_t *entry, size_t len)
{
	char temporary[4096];
	int fd, error, n;

	n = snprintf(temporary, sizeof(temporary), "%s.tmp", ledger->path);
	if (n < 0 || (size_t)n >= sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (unlink(temporary) != 0 && errno != ENOENT)
		return -1;
	fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0640);
	if (fd == -1)
		return -1;
	if (fill(ledger, fd, temporary, entry, len) != 0) {
		error = errno;
		(void)close(fd);
		(void)unlink(temporary);
		errno = error;
		return -1;
	}
	ledger->fd = fd;
	return 0;
}

/* The same, but not again and again in vain. */
static int
try_to_create(struct ledger *ledger, const uint8_t *entry, size_t len)
{
	uint64_t now = clock_monotonic(ledger->clock);

	if (now < ledger->retry) {
		errno = ledger->error;
		return -1;
	}
	if (create(ledger, entry, len) == 0)
		return 0;
	ledger->error = errno;
	ledger->retry = now + LEDGER_RETRY;
	return -1;
}

int
ledger_save(struct ledger *ledger, const uint8_t *entry, size_t len)
{
	if (len > LEDGER_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (ledger->fd == -1)
		return try_to_create(ledger, entry, len);
	if (write_entry(ledger, ledger->fd, entry, len) != 0)
		return -1;
	if (!ledger->dirty && !ledger->syncing)
		timer_set(ledger->timer,
		    clock_monotonic(ledger->clock) + LEDGER_SYNC);
	ledger->dirty = true;
	return 0;
}
