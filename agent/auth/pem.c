/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth/pem.h"

#define DESCRIPTORS "/proc/self/fd/"

static int
write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = write(fd, text, left);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	return 0;
}

/*
 * ${folder} and ${name} as a path that was never used before: it says "here"
 * at other places, by the bits of a number that counts up.
 */
static char *
unique_path(const char *folder, int folder_len, const char *name)
{
	static uint64_t named;
	char heres[3 * 64 + 1] = "";
	uint64_t number;
	char *path;

	for (number = ++named; number > 0; number >>= 1)
		(void)strcat(heres, (number & 1) != 0 ? "./" : "/");
	return asprintf(&path, "%.*s%s%s", folder_len, folder, heres, name) ==
		-1
	    ? NULL
	    : path;
}

/* The same of ${file}, beside itself. */
static char *
respell(const char *file)
{
	const char *name = strrchr(file, '/');

	if (name == NULL)
		return unique_path("./", 2, file);
	name++;
	return unique_path(file, (int)(name - file), name);
}

/* Take the stamp of the file; of one that is not there it stays as it was. */
static bool
has_changed(struct pem *pem)
{
	struct stamp before = pem->stamp;
	struct stat st;

	if (stat(pem->file, &st) == 0) {
		pem->stamp = stamp_of(&st);
		pem->odd = !S_ISREG(st.st_mode);
	}
	return !stamp_same(&pem->stamp, &before);
}

int
pem_open(struct pem *pem, const struct config_secret *config)
{
	char name[16];

	*pem = (struct pem){ .fd = -1, .file = config->file };
	if (pem->file != NULL) {
		(void)has_changed(pem);
		return (pem->path = strdup(pem->file)) == NULL ? -1 : 0;
	}
	if (config->text == NULL)
		return 0;
	pem->fd = memfd_create("walship-pem", MFD_CLOEXEC);
	if (pem->fd == -1 || write_all(pem->fd, config->text) != 0)
		return -1;
	(void)snprintf(name, sizeof(name), "%d", pem->fd);
	pem->path = unique_path(DESCRIPTORS, (int)strlen(DESCRIPTORS), name);
	return pem->path == NULL ? -1 : 0;
}

const char *
pem_name(struct pem *pem, uint64_t now)
{
	struct stamp before = pem->stamp;
	char *path;

	if (pem->file == NULL || now - pem->looked < PEM_LOOK_EVERY)
		return pem->path;
	pem->looked = now;
	if (!has_changed(pem))
		return pem->path;
	if ((path = respell(pem->file)) == NULL) {
		pem->stamp = before; /* To be seen again. */
		return pem->path;
	}
	free(pem->path);
	pem->path = path;
	return path;
}

void
pem_close(struct pem *pem)
{
	if (pem->fd != -1)
		(void)close(pem->fd);
	free(pem->path);
	*pem = (struct pem){ .fd = -1 };
}
