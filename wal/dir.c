/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wal/dir.h"
#include "wal/grow.h"

#define CHECKPOINT_PREFIX "checkpoint."
#define REPAIR_SUFFIX ".repair"

void
wal_dir_release(struct wal_dir *dir)
{
	free(dir->segments.entries);
	free(dir->checkpoints.entries);
	free(dir->repairs.entries);
	memset(dir, 0, sizeof(*dir));
}

/* Forget all names, but keep the room for them. */
static void
forget(struct wal_dir *dir)
{
	dir->segments.len = dir->checkpoints.len = dir->repairs.len = 0;
	dir->repairing = false;
}

/* Whether ${text}, but for ${end}, is a number that a segment can have. */
static bool
parse_number(const char *text, const char *end, uint64_t *ret)
{
	uint64_t number = 0;
	const char *c;

	for (c = text; *c >= '0' && *c <= '9'; c++) {
		number = number * 10 + (uint64_t)(*c - '0');
		if (number > WAL_SEGMENT_NUMBER_MAX)
			return false;
	}
	if (c == text || strcmp(c, end) != 0)
		return false;
	*ret = number;
	return true;
}

enum wal_status
wal_dir_add(struct wal_dir_list *list, const char *name, uint64_t number)
{
	struct wal_dir_entry *entry;

	if (list->len == WAL_DIR_ENTRIES_MAX)
		return WAL_CORRUPT;
	if ((entry = wal_grow(list->entries, &list->cap, list->len + 1,
		 sizeof(*entry))) == NULL)
		return WAL_NOMEM;
	list->entries = entry;
	entry += list->len++;
	entry->number = number;
	memcpy(entry->name, name, strlen(name) + 1);
	return WAL_OK;
}

/* Put ${name} where it belongs, if anywhere. */
static enum wal_status
sort_in(struct wal_dir *dir, const char *name)
{
	size_t prefix = strlen(CHECKPOINT_PREFIX);
	uint64_t number;

	if (strlen(name) >= WAL_NAME_MAX)
		return WAL_OK;
	if (parse_number(name, "", &number))
		return wal_dir_add(&dir->segments, name, number);
	if (parse_number(name, REPAIR_SUFFIX, &number))
		return wal_dir_add(&dir->repairs, name, number);
	if (strncmp(name, CHECKPOINT_PREFIX, prefix) == 0 &&
	    parse_number(name + prefix, "", &number))
		return wal_dir_add(&dir->checkpoints, name, number);
	return WAL_OK;
}

/* By number; of two names for one, the longer first: writers pad to eight. */
static int
compare(const void *va, const void *vb)
{
	const struct wal_dir_entry *a = va, *b = vb;
	size_t a_len = strlen(a->name), b_len = strlen(b->name);

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a_len < b_len) - (a_len > b_len);
}

void
wal_dir_order(struct wal_dir_list *list)
{
	size_t i, kept = 0;

	if (list->len == 0)
		return;
	qsort(list->entries, list->len, sizeof(*list->entries), compare);
	for (i = 1; i < list->len; i++)
		if (list->entries[i].number != list->entries[kept].number)
			list->entries[++kept] = list->entries[i];
	list->len = kept + 1;
}

/* Whether Prometheus seems to be repairing the WAL ${path}, in ${dir}. */
static bool
is_repairing(const struct wal_dir *dir, const char *path)
{
	const struct wal_dir_entry *repair = wal_dir_last(&dir->repairs);
	const struct wal_dir_entry *last = wal_dir_last(&dir->segments);
	struct stat old, new;

	if (repair == NULL || (last != NULL && last->number > repair->number))
		return false;
	if (last == NULL || last->number < repair->number)
		return true;
	return wal_dir_stat(path, repair->name, &old) &&
	    wal_dir_stat(path, last->name, &new) &&
	    new.st_mtime - old.st_ctime <= WAL_DIR_REPAIR_MAX;
}

enum wal_status
wal_dir_read(struct wal_dir *dir, const char *path)
{
	enum wal_status st = WAL_OK;
	struct dirent *found;
	int saved;
	DIR *stream;

	forget(dir);
	if ((stream = opendir(path)) == NULL)
		return errno == ENOMEM ? WAL_NOMEM : WAL_IO;
	do {
		errno = 0;
		if ((found = readdir(stream)) != NULL)
			st = sort_in(dir, found->d_name);
		else if (errno != 0)
			st = WAL_IO;
	} while (found != NULL && st == WAL_OK);
	saved = errno;
	(void)closedir(stream);
	errno = saved;
	if (st != WAL_OK) {
		forget(dir);
		return st;
	}
	wal_dir_order(&dir->segments);
	wal_dir_order(&dir->checkpoints);
	wal_dir_order(&dir->repairs);
	dir->repairing = is_repairing(dir, path);
	return WAL_OK;
}

const struct wal_dir_entry *
wal_dir_from(const struct wal_dir_list *list, uint64_t number)
{
	size_t low = 0, high = list->len, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (list->entries[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->len ? &list->entries[low] : NULL;
}

const struct wal_dir_entry *
wal_dir_at(const struct wal_dir_list *list, uint64_t number)
{
	const struct wal_dir_entry *entry = wal_dir_from(list, number);

	return entry != NULL && entry->number == number ? entry : NULL;
}

const struct wal_dir_entry *
wal_dir_upto(const struct wal_dir_list *list, uint64_t number)
{
	const struct wal_dir_entry *above;

	above = number == UINT64_MAX ? NULL : wal_dir_from(list, number + 1);
	if (above == NULL)
		return wal_dir_last(list);
	return above > list->entries ? above - 1 : NULL;
}

const struct wal_dir_entry *
wal_dir_last(const struct wal_dir_list *list)
{
	return list->len > 0 ? &list->entries[list->len - 1] : NULL;
}

bool
wal_dir_stat(const char *path, const char *name, struct stat *ret)
{
	char full[PATH_MAX + WAL_NAME_MAX];

	if (snprintf(full, sizeof(full), "%s/%s", path, name) >=
	    (int)sizeof(full))
		return false;
	return stat(full, ret) == 0;
}

int
wal_dir_open_segment(const char *path, const char *name)
{
	int dirfd, fd, saved;
	struct stat st;

	if ((dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	/* O_NONBLOCK: a FIFO in its place must not hold us up. */
	fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	saved = errno == ENXIO ? EINVAL : errno; /* ENXIO: a socket. */
	(void)close(dirfd);
	errno = saved;
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

bool
wal_dir_is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

bool
wal_dir_deleting(const char *path, const struct wal_dir_entry *checkpoint)
{
	time_t now = time(NULL);
	struct stat st;

	return wal_dir_stat(path, checkpoint->name, &st) &&
	    st.st_mtime <= now && now - st.st_mtime <= WAL_DIR_DELETE_MAX;
}
