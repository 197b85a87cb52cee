/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/secret.h"
#include "agent/base/wipe.h"

#define SPACE " \t\r\n\v\f"

void
secret_init(struct secret *secret, const struct config_secret *config)
{
	*secret = (struct secret){ .config = config };
}

void
secret_release(struct secret *secret)
{
	wipe_text(secret->value);
	secret->value = NULL;
}

/* Note what is wrong with the file; always NULL. */
static const char *
fail(struct secret *secret, const char *what, const char *todo)
{
	file_fault(secret->error, secret->config->file, what, todo);
	return NULL;
}

/* Take the ${len} bytes at ${text}, which are followed by a NUL. */
static const char *
take(struct secret *secret, char *text, size_t len)
{
	const char *begin = text + strspn(text, SPACE);
	size_t kept = strlen(begin), i;
	char *value;

	if (strlen(text) != len)
		return fail(secret, "holds a NUL", "write one line of text");
	while (kept > 0 && strchr(SPACE, begin[kept - 1]) != NULL)
		kept--;
	if (kept == 0)
		return fail(secret, "is empty", "write the secret into it");
	for (i = 0; i < kept; i++)
		if ((unsigned char)begin[i] < ' ' || begin[i] == 0x7f)
			return fail(secret,
			    "holds a line break or control character",
			    "write one line of text");
	if ((value = strndup(begin, kept)) == NULL)
		return fail(secret, "no memory", "free some");
	wipe_text(secret->value);
	secret->value = value;
	return value;
}

/* Read the open file. */
static const char *
read_file(struct secret *secret, int fd)
{
	const char *result = NULL;
	ssize_t len;
	char *text;

	if ((text = malloc(SECRET_MAX + 1)) == NULL)
		return fail(secret, "no memory", "free some");
	len = file_read(
	    fd, secret->config->file, text, SECRET_MAX, secret->error);
	if (len >= 0) {
		text[len] = '\0';
		result = take(secret, text, (size_t)len);
	}
	explicit_bzero(text, SECRET_MAX + 1);
	free(text);
	return result;
}

/* Read the file if it is not as it was. */
static const char *
look(struct secret *secret)
{
	const char *result = NULL;
	struct stamp stamp;
	struct stat st;
	int fd;

	if ((fd = file_open(secret->config->file, &st, secret->error)) != -1) {
		stamp = stamp_of(&st);
		result = secret->value;
		if (secret->stale || result == NULL ||
		    !stamp_same(&stamp, &secret->stamp))
			result = read_file(secret, fd);
		secret->stamp = stamp;
		(void)close(fd);
	}
	secret->stale = result == NULL;
	return result;
}

const char *
secret_get(struct secret *secret, uint64_t now)
{
	const struct config_secret *config = secret->config;
	const char *value;

	if (config->file == NULL)
		return config->text != NULL ? config->text : "";
	if (secret->value != NULL && !secret->stale &&
	    now - secret->looked < SECRET_LOOK_EVERY)
		return secret->value;
	value = look(secret);
	secret->looked = now;
	return value;
}

void
secret_refused(struct secret *secret)
{
	secret->stale = true;
}
