/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "packaging/azure/extension/files.h"
#include "packaging/azure/extension/sequence.h"

#define DIGITS_MAX 9u   /* So that it fits. */
#define APPLIED_MAX 32u /* Bytes of that file. */

/* The same of the first ${len} bytes. */
static bool
read_number(const char *text, size_t len, uint32_t *ret)
{
	uint32_t number = 0;
	size_t i;

	if (len == 0 || len > DIGITS_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (uint32_t)(text[i] - '0');
	}
	*ret = number;
	return true;
}

bool
sequence_read(const char *text, uint32_t *ret)
{
	return read_number(text, strlen(text), ret);
}

/* Whether ${name} is that of settings, and of which. */
static bool
is_settings(const char *name, uint32_t *ret)
{
	const char *dot = strchr(name, '.');

	return dot != NULL && strcmp(dot, SEQUENCE_SUFFIX) == 0 &&
	    read_number(name, (size_t)(dot - name), ret);
}

static bool
is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec
				      : a->tv_nsec > b->tv_nsec;
}

/* The number of what was changed last; of two at once, the higher. */
static bool
find_latest(DIR *folder, uint32_t *ret)
{
	struct timespec latest = { 0 };
	struct dirent *entry;
	bool found = false;
	uint32_t number;
	struct stat st;

	while ((entry = readdir(folder)) != NULL) {
		if (!is_settings(entry->d_name, &number) ||
		    fstatat(dirfd(folder), entry->d_name, &st, 0) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (found && !is_later(&st.st_mtim, &latest) &&
		    (is_later(&latest, &st.st_mtim) || number < *ret))
			continue;
		latest = st.st_mtim;
		*ret = number;
		found = true;
	}
	return found;
}

bool
sequence_find(const char *config_folder, const char *given, uint32_t *ret)
{
	bool found = false;
	DIR *folder;

	if (given != NULL && sequence_read(given, ret))
		return true;
	if ((folder = opendir(config_folder)) != NULL) {
		found = find_latest(folder, ret);
		(void)closedir(folder);
	}
	return found;
}

bool
sequence_is_applied(const char *directory, uint32_t number)
{
	struct path path;
	struct buf text;
	uint32_t noted;
	bool same;

	buf_init(&text, APPLIED_MAX);
	same = path_set(&path, "%s/" SEQUENCE_APPLIED, directory) == 0 &&
	    files_read(path.text, &text) == 0 &&
	    read_number((const char *)text.data, strcspn(buf_text(&text), "\n"),
		&noted) &&
	    noted == number;
	buf_release(&text);
	return same;
}

int
sequence_applied(const char *directory, uint32_t number)
{
	struct path path;
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", number);

	return path_set(&path, "%s/" SEQUENCE_APPLIED, directory) != 0
	    ? -1
	    : files_write(path.text, text, (size_t)len, 0600, FILES_SAME_GROUP);
}
