/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/doctor/view.h"
#include "agent/prometheus/contents.h"

/* What a walship looks at; a name that ends with _ stands for all that so
 * begin. */
static const char *const names[] = { "HTTP_PROXY", "http_proxy", "HTTPS_PROXY",
	"https_proxy", "NO_PROXY", "no_proxy", "AZURE_", "IDENTITY_",
	"IMDS_ENDPOINT", "AWS_", "CREDENTIALS_DIRECTORY", "SSL_CERT_", NULL };

/* Between systemd and the service alone. */
static const char *const private[] = { "NOTIFY_SOCKET", "WATCHDOG_", "LISTEN_",
	NULL };

/* Whether ${text}, NAME=VALUE, is one of ${list}. */
static bool
is_of(const char *text, const char *const *list)
{
	size_t len, name = strcspn(text, "=");

	for (; *list != NULL; list++) {
		len = strlen(*list);
		if (strncmp(text, *list, len) == 0 &&
		    ((*list)[len - 1] == '_' ? name > len : name == len))
			return true;
	}
	return false;
}

/* Forget those of ours. */
static void
forget(void)
{
	char **one = environ;
	char name[256];

	while (one != NULL && *one != NULL) {
		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)strcspn(*one, "="), *one);
		if (is_of(*one, names) && unsetenv(name) == 0)
			one = environ; /* What follows has moved. */
		else
			one++;
	}
}

/* Set ${text}, NAME=VALUE, if it is ${over} what we have; -1: no memory. */
static int
set(const char *text, bool over)
{
	const char *value = strchr(text, '=');
	char *name;
	int result;

	if (value == NULL)
		return 0;
	if ((name = strndup(text, (size_t)(value - text))) == NULL)
		return -1;
	result = setenv(name, value + 1, over);
	free(name);
	return result;
}

int
view_adopt(const char *environment, size_t len)
{
	const char *at = environment, *end = environment + len;

	forget();
	for (; at < end; at += strlen(at) + 1)
		if (is_of(at, names) && set(at, true) != 0)
			return -1;
	return 0;
}

int
view_adopt_others(const char *environment, size_t len)
{
	const char *at = environment, *end = environment + len;

	for (; at < end; at += strlen(at) + 1)
		if (!is_of(at, names) && !is_of(at, private) &&
		    set(at, false) != 0)
			return -1;
	return 0;
}

/* Enter the mounts ${theirs} if ${path} leads to the same file there. */
static bool
enter_mounts(int theirs, const char *path)
{
	int ours = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct stat before, after;
	bool entered = ours != -1 && stat(path, &before) == 0 &&
	    setns(theirs, CLONE_NEWNS) == 0;

	if (entered &&
	    (stat(path, &after) != 0 || after.st_dev != before.st_dev ||
		after.st_ino != before.st_ino)) {
		(void)setns(ours, CLONE_NEWNS);
		entered = false;
	}
	if (ours != -1)
		(void)close(ours);
	return entered;
}

bool
view_enter(
    const char *proc, pid_t pid, const char *path, struct buf *environment)
{
	char name[PATH_MAX];
	bool entered = false;
	int mounts;

	(void)snprintf(name, sizeof(name), "%s/%d/ns/mnt", proc, (int)pid);
	if ((mounts = open(name, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	(void)snprintf(name, sizeof(name), "%s/%d/environ", proc, (int)pid);
	if (contents_read(AT_FDCWD, name, environment) == 0)
		entered = enter_mounts(mounts, path) &&
		    view_adopt(buf_text(environment), environment->len) == 0;
	(void)close(mounts);
	return entered;
}
