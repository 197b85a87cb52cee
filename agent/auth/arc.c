/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth/arc.h"

#define REALM "Basic realm="
#define SUFFIX ".key"

int
arc_path(const char *challenge, const char *directory, char ret[ARC_PATH_MAX])
{
	static const char *const allowed = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789-_.";
	size_t dir = strlen(directory), len;
	const char *path, *name;

	if (challenge == NULL ||
	    strncasecmp(challenge, REALM, strlen(REALM)) != 0)
		return -1;
	path = challenge + strlen(REALM);
	if (strncmp(path, directory, dir) != 0 || path[dir] != '/')
		return -1;
	name = path + dir + 1;
	len = strlen(name);
	if (name[strspn(name, allowed)] != '\0' || len <= strlen(SUFFIX) ||
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0 ||
	    dir + 1 + len >= ARC_PATH_MAX)
		return -1;
	memcpy(ret, path, dir + 1 + len + 1);
	return 0;
}

/* Why ${path} could not be opened. */
static enum token_failure
explain(const char *path, char *error)
{
	if (errno != EACCES && errno != EPERM) {
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "the key of Azure Arc's agent %s: %s", path,
		    errno == ELOOP ? "it is a symbolic link, which is not "
				     "followed; reinstall the agent"
				   : strerror(errno));
		return TOKEN_FILE;
	}
	(void)snprintf(error, TOKEN_ERROR_MAX,
	    "the key of Azure Arc's agent %s may not be read: the user with "
	    "uid %lu is not in the group himds; run usermod -aG himds for it, "
	    "and restart walship",
	    path, (unsigned long)geteuid());
	return TOKEN_PERMISSION;
}

/* What is wrong with the ${len} bytes of the file at ${key}, or NULL. */
static const char *
key_fault(char *key, ssize_t len)
{
	ssize_t i;

	if (len < 0)
		return strerror(errno);
	if (len > (ssize_t)ARC_KEY_MAX)
		return "it is longer than 4096 bytes";
	while (len > 0 && strchr(" \t\r\n", key[len - 1]) != NULL)
		len--;
	key[len] = '\0';
	for (i = 0; i < len; i++)
		if (key[i] < ' ' || key[i] == 0x7f)
			return "it is not one line of text";
	return len > 0 ? NULL : "it is empty";
}

int
arc_read(const char *path, char ret[ARC_KEY_MAX + 1],
    enum token_failure *ret_failure, char *error)
{
	char key[ARC_KEY_MAX + 2];
	const char *fault;
	struct stat st;
	int fd;

	fd = open(
	    path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1) {
		*ret_failure = explain(path, error);
		return -1;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		fault = "it is not a regular file";
	else if (st.st_size > (off_t)ARC_KEY_MAX)
		fault = "it is longer than 4096 bytes";
	else
		fault = key_fault(key, read(fd, key, sizeof(key) - 1));
	(void)close(fd);
	if (fault != NULL) {
		*ret_failure = TOKEN_FILE;
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "the key of Azure Arc's agent %s: %s; see whether "
		    "azcmagent show reports it well",
		    path, fault);
	} else {
		memcpy(ret, key, strlen(key) + 1);
	}
	explicit_bzero(key, sizeof(key));
	return fault == NULL ? 0 : -1;
}
