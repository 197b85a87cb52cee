/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/doctor/instances.h"
#include "agent/prometheus/contents.h"
#include "agent/prometheus/reach.h"

/* The argument behind ${at}, or NULL. */
static const char *
next(const char *at, const char *end)
{
	at += strlen(at) + 1;
	return at < end ? at : NULL;
}

/* The configuration that "walship run" is given, or ${otherwise}. */
static const char *
config_of(const char *args, const char *end, const char *otherwise)
{
	static const char word[] = "--config";
	const char *arg = args, *found = otherwise, *value;

	while ((arg = next(arg, end)) != NULL) {
		if (strcmp(arg, "-c") == 0 || strcmp(arg, word) == 0) {
			if ((value = next(arg, end)) == NULL)
				break;
			found = arg = value;
		} else if (strncmp(arg, word, sizeof(word) - 1) == 0 &&
		    arg[sizeof(word) - 1] == '=') {
			found = arg + sizeof(word);
		} else if (strncmp(arg, "-c", 2) == 0) {
			found = arg + 2;
		}
	}
	return found;
}

/* Whether ${args} are of "walship run". */
static bool
is_run(const char *args, const char *end)
{
	const char *slash = strrchr(args, '/'), *word = next(args, end);

	return word != NULL && strcmp(word, "run") == 0 &&
	    strcmp(slash != NULL ? slash + 1 : args, "walship") == 0;
}

/* Add the process ${pid} of ${proc} if it is one; -1 if out of memory. */
static int
consider(struct instances *instances, const char *proc, const char *pid,
    const char *otherwise)
{
	struct instance_rights rights;
	char path[PATH_MAX];
	struct instance *one;
	struct reach reach;
	struct buf args;
	const char *end;
	int result = 0;

	if (snprintf(path, sizeof(path), "%s/%s/cmdline", proc, pid) >=
	    (int)sizeof(path))
		return 0;
	buf_init(&args, INSTANCES_ARGS_MAX);
	if (contents_read(AT_FDCWD, path, &args) == 0 && args.len > 0) {
		end = buf_text(&args) + args.len;
		if (is_run(buf_text(&args), end)) {
			result = reach_find(proc, pid,
			    config_of(buf_text(&args), end, otherwise), &reach);
			one = &instances->list[instances->len++];
			one->pid = (pid_t)strtol(pid, NULL, 10);
			one->user =
			    instances_rights(proc, one->pid, &rights) == 0
			    ? rights.user
			    : INSTANCES_ANYBODY;
			one->config = reach.path;
			reach.path = NULL;
			reach_release(&reach);
		}
	}
	buf_release(&args);
	return result;
}

int
instances_read(struct instances *instances, const char *proc, const char *path)
{
	const struct dirent *entry;
	DIR *dir = opendir(proc);
	int result = 0;

	instances->list = calloc(INSTANCES_MAX, sizeof(*instances->list));
	if (instances->list == NULL)
		result = -1;
	while (dir != NULL && result == 0 && instances->len < INSTANCES_MAX &&
	    (entry = readdir(dir)) != NULL)
		if (strspn(entry->d_name, "0123456789") ==
		    strlen(entry->d_name))
			result = consider(instances, proc, entry->d_name, path);
	if (dir != NULL)
		(void)closedir(dir);
	return result;
}

void
instances_release(struct instances *instances)
{
	size_t i;

	for (i = 0; i < instances->len; i++)
		free(instances->list[i].config);
	free(instances->list);
	*instances = (struct instances){ 0 };
}

const struct instance *
instances_with(const struct instances *instances, const char *path, uid_t user)
{
	struct stat ours, theirs;
	size_t i;

	if (stat(path, &ours) != 0)
		return NULL;
	for (i = 0; i < instances->len; i++)
		if ((user == INSTANCES_ANYBODY ||
			instances->list[i].user == user) &&
		    instances->list[i].config != NULL &&
		    stat(instances->list[i].config, &theirs) == 0 &&
		    ours.st_dev == theirs.st_dev &&
		    ours.st_ino == theirs.st_ino)
			return &instances->list[i];
	return NULL;
}

const struct instance *
instances_at(const struct instances *instances, pid_t pid)
{
	size_t i;

	for (i = 0; i < instances->len; i++)
		if (instances->list[i].pid == pid)
			return &instances->list[i];
	return NULL;
}

/* Read the numbers behind ${key} in ${status}, at most ${max}; how many. */
static size_t
read_numbers(const char *status, const char *key, unsigned int *ret, size_t max)
{
	const char *at = strstr(status, key);
	char *end;
	size_t len = 0;

	if (at == NULL)
		return 0;
	for (at += strlen(key); len < max; at = end) {
		at += strspn(at, " \t");
		if (*at < '0' || *at > '9')
			break;
		ret[len++] = (unsigned int)strtoul(at, &end, 10);
	}
	return len;
}

int
instances_rights(const char *proc, pid_t pid, struct instance_rights *ret)
{
	unsigned int users[2], groups[2];
	char path[PATH_MAX];
	struct buf status;
	int result = -1;

	buf_init(&status, INSTANCES_STATUS_MAX);
	if (snprintf(path, sizeof(path), "%s/%d/status", proc, (int)pid) <
		(int)sizeof(path) &&
	    contents_read(AT_FDCWD, path, &status) == 0 &&
	    read_numbers(buf_text(&status), "\nUid:", users, 2) == 2 &&
	    read_numbers(buf_text(&status), "\nGid:", groups, 2) == 2) {
		/* The effective ones come second. */
		ret->user = users[1];
		ret->group = groups[1];
		ret->groups_len = read_numbers(buf_text(&status),
		    "\nGroups:", ret->groups, INSTANCES_GROUPS_MAX);
		result = 0;
	}
	buf_release(&status);
	return result;
}
