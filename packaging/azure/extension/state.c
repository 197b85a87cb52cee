/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "packaging/azure/extension/state.h"

int
state_make_folder(const char *root)
{
	struct path path;

	return path_set(&path, "%s" STATE_FOLDER, root) == 0
	    ? files_make_directory(path.text, 0700)
	    : -1;
}

void
state_remove_folder(const char *root)
{
	struct path path;

	if (path_set(&path, "%s" STATE_FOLDER, root) == 0)
		(void)rmdir(path.text);
}

int
state_path(const char *root, const char *name, struct path *ret)
{
	return path_set(ret, "%s" STATE_FOLDER "/%s", root, name);
}

bool
state_has(const char *root, const char *name)
{
	struct path path;

	return state_path(root, name, &path) == 0 && files_exists(path.text);
}

int
state_set(const char *root, const char *name, const char *text)
{
	struct path path;

	if (state_path(root, name, &path) != 0 || state_make_folder(root) != 0)
		return -1;
	return files_write(
	    path.text, text, strlen(text), 0600, FILES_SAME_GROUP);
}

void
state_clear(const char *root, const char *name)
{
	struct path path;

	if (state_path(root, name, &path) == 0)
		(void)unlink(path.text);
}
