/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packaging/azure/extension/environment.h"
#include "packaging/azure/extension/files.h"

#define LOOKS 5          /* At the file. */
#define BETWEEN 200000u  /* Microseconds from one to the next. */
#define FOLDER_MAX 3072u /* Bytes; names are put behind it. */

/* Whether ${path} is absolute, not too long, and nothing but printable. */
static bool
is_plain(const char *path)
{
	const char *at;

	for (at = path; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	return *path == '/' && (size_t)(at - path) < FOLDER_MAX;
}

/* Copy the path ${key} of ${from}; what is wrong, or NULL. */
static const char *
take(const json_t *from, const char *key, const char *lacking, char **ret)
{
	const char *value = json_string_value(json_object_get(from, key));

	if (value == NULL)
		return lacking;
	if (!is_plain(value))
		return "a folder in it is not an absolute path";
	return (*ret = strdup(value)) == NULL ? "no memory" : NULL;
}

static const char *
take_all(struct environment *environment, const json_t *from)
{
	const char *wrong;

	wrong = take(
	    from, "logFolder", "it has no logFolder", &environment->log_folder);
	if (wrong == NULL)
		wrong = take(from, "configFolder", "it has no configFolder",
		    &environment->config_folder);
	if (wrong == NULL)
		wrong = take(from, "statusFolder", "it has no statusFolder",
		    &environment->status_folder);
	if (wrong == NULL)
		wrong = take(
		    from, "heartbeatFile", NULL, &environment->heartbeat_file);
	return wrong;
}

const char *
environment_decode(
    struct environment *environment, const void *data, size_t len)
{
	json_t *json = json_loadb(data, len, 0, NULL);
	const json_t *first = json;
	const char *wrong;

	*environment = (struct environment){ 0 };
	if (json_is_array(json))
		first = json_array_get(json, 0);
	wrong = json == NULL
	    ? "it is not JSON"
	    : take_all(
		  environment, json_object_get(first, "handlerEnvironment"));
	json_decref(json);
	return wrong;
}

const char *
environment_load(struct environment *environment, const char *directory)
{
	const char *wrong = NULL;
	struct path path;
	struct buf file;
	int look;

	*environment = (struct environment){ 0 };
	if (path_set(&path, "%s/" ENVIRONMENT_NAME, directory) != 0)
		return strerror(errno);
	for (look = 0; look < LOOKS; look++) {
		if (look > 0)
			(void)usleep(BETWEEN);
		environment_release(environment);
		buf_init(&file, ENVIRONMENT_MAX);
		wrong = files_read(path.text, &file) != 0
		    ? strerror(errno)
		    : environment_decode(environment, file.data, file.len);
		buf_release(&file);
		if (wrong == NULL)
			break;
	}
	return wrong;
}

void
environment_release(struct environment *environment)
{
	free(environment->log_folder);
	free(environment->config_folder);
	free(environment->status_folder);
	free(environment->heartbeat_file);
	*environment = (struct environment){ 0 };
}
