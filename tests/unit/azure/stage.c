/* SPDX-License-Identifier: Apache-2.0 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/azure/stage.h"

#define FILE_MAX (1u << 20)

int
stage_open(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	char *path;

	if (stage == NULL)
		abort();
	(void)snprintf(stage->path, sizeof(stage->path), "/tmp/azure.XXXXXX");
	if (mkdtemp(stage->path) == NULL)
		abort();
	stage->search = strdup(getenv("PATH"));
	if (stage->search == NULL ||
	    asprintf(&path, "%s/bin:%s", stage->path, stage->search) == -1)
		abort();
	(void)setenv("PATH", path, 1);
	(void)setenv("STAGE", stage->path, 1);
	free(path);
	*state = stage;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int
stage_close(void **state)
{
	struct stage *stage = *state;

	(void)nftw(stage->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	(void)setenv("PATH", stage->search, 1);
	free(stage->search);
	free(stage);
	return 0;
}

const char *
stage_path(const struct stage *stage, const char *name)
{
	static struct path paths[STAGE_PATHS];
	static unsigned next;
	struct path *path = &paths[next++ % STAGE_PATHS];

	if (path_set(path, "%s/%s", stage->path, name) != 0)
		abort();
	return path->text;
}

void
stage_write(const struct stage *stage, const char *name, const char *text)
{
	struct path folder;

	if (path_set(&folder, "%s", stage_path(stage, name)) != 0)
		abort();
	*strrchr(folder.text, '/') = '\0';
	if (files_make_directory(folder.text, 0755) != 0 ||
	    files_write(stage_path(stage, name), text, strlen(text), 0644,
		FILES_SAME_GROUP) != 0)
		abort();
}

char *
stage_read(const struct stage *stage, const char *name)
{
	char *text = NULL;
	struct buf file;

	buf_init(&file, FILE_MAX);
	if (files_read(stage_path(stage, name), &file) == 0)
		text = strdup(buf_text(&file));
	buf_release(&file);
	return text;
}

bool
stage_has(const struct stage *stage, const char *name)
{
	return files_exists(stage_path(stage, name));
}

void
stage_program(const struct stage *stage, const char *name, const char *text)
{
	struct path file;
	char *script;

	if (path_set(&file, "bin/%s", name) != 0 ||
	    asprintf(&script, "#!/bin/sh\n%s\n", text) == -1)
		abort();
	stage_write(stage, file.text, script);
	if (chmod(stage_path(stage, file.text), 0755) != 0)
		abort();
	free(script);
}
