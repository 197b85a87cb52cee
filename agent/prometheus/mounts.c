/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/prometheus/contents.h"
#include "agent/prometheus/mounts.h"

/* Undo the escapes of ${text} in its place: \ and three octal digits. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] >= '0' && text[2] <= '7' && text[3] >= '0' &&
		    text[3] <= '7') {
			*to++ = (char)((text[1] - '0') * 64 +
			    (text[2] - '0') * 8 + (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* Add the mount that ${line} tells of; -1 if there is no memory. */
static int
add(struct mounts *mounts, char *line)
{
	struct mount_entry entry;
	char *field[5], *rest = line;
	size_t i;

	for (i = 0; i < 5; i++)
		if ((field[i] = strsep(&rest, " ")) == NULL)
			return 0;
	if (sscanf(field[2], "%9u:%9u", &entry.major, &entry.minor) != 2 ||
	    field[3][0] != '/' || field[4][0] != '/')
		return 0;
	unescape(field[3]);
	unescape(field[4]);
	entry.root = strdup(field[3]);
	entry.at = strdup(field[4]);
	if (entry.root == NULL || entry.at == NULL) {
		free(entry.root);
		free(entry.at);
		return -1;
	}
	mounts->list[mounts->len++] = entry;
	return 0;
}

int
mounts_parse(struct mounts *mounts, char *text)
{
	struct mount_entry *list;
	char *line;

	while (
	    mounts->len < MOUNTS_MAX && (line = strsep(&text, "\n")) != NULL) {
		if (mounts->len % 64 == 0) {
			list = reallocarray(
			    mounts->list, mounts->len + 64, sizeof(*list));
			if (list == NULL)
				return -1;
			mounts->list = list;
		}
		if (add(mounts, line) != 0)
			return -1;
	}
	return 0;
}

int
mounts_read(struct mounts *mounts, const char *path)
{
	struct buf text;
	int result = -1;

	buf_init(&text, MOUNTS_TEXT_MAX);
	if (contents_read(AT_FDCWD, path, &text) == 0) {
		buf_putc(&text, '\0');
		result =
		    text.bad ? -1 : mounts_parse(mounts, (char *)text.data);
		if (result != 0)
			errno = ENOMEM;
	}
	buf_release(&text);
	return result;
}

void
mounts_release(struct mounts *mounts)
{
	size_t i;

	for (i = 0; i < mounts->len; i++) {
		free(mounts->list[i].root);
		free(mounts->list[i].at);
	}
	free(mounts->list);
	*mounts = (struct mounts){ 0 };
}

/**
 * below(path, dir):
 * What of ${path} is behind the directory ${dir}: "" or from a "/" on; NULL if
 * it is not in there.
 */
static const char *
below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	if (strncmp(path, dir, len) != 0)
		return NULL;
	return path[len] == '/' || path[len] == '\0' ? path + len : NULL;
}

/* The mount that ${path} is on: the innermost, and the last made of such. */
static const struct mount_entry *
mount_of(const struct mounts *mounts, const char *path)
{
	const struct mount_entry *best = NULL;
	size_t i;

	for (i = 0; i < mounts->len; i++)
		if (below(path, mounts->list[i].at) != NULL &&
		    (best == NULL ||
			strlen(mounts->list[i].at) >= strlen(best->at)))
			best = &mounts->list[i];
	return best;
}

/* Store ${a}, without slashes at its end, and ${b}; false if too long. */
static bool
join(char ret[PATH_MAX], const char *a, const char *b)
{
	size_t len = strlen(a);
	int all;

	while (len > 0 && a[len - 1] == '/')
		len--;
	all = snprintf(ret, PATH_MAX, "%.*s%s", (int)len, a, b);
	if (all == 0)
		all = snprintf(ret, PATH_MAX, "/");
	return all > 0 && all < PATH_MAX;
}

bool
mounts_translate(const struct mounts *from, const char *path,
    const struct mounts *to, char ret[PATH_MAX],
    bool (*fits)(void *arg, const char *path), void *arg)
{
	const struct mount_entry *source = mount_of(from, path), *entry;
	char inner[PATH_MAX];
	const char *rest;
	size_t i;

	if (source == NULL ||
	    !join(inner, source->root, below(path, source->at)))
		return false;
	for (i = 0; i < to->len; i++) {
		entry = &to->list[i];
		if (entry->major != source->major ||
		    entry->minor != source->minor ||
		    (rest = below(inner, entry->root)) == NULL)
			continue;
		if (join(ret, entry->at, rest) && fits(arg, ret))
			return true;
	}
	return false;
}
