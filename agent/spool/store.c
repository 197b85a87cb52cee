/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "agent/spool/store.h"

/* What a name begins with in the store, which others may use as well. */
#define PREFIX "wal-"

struct store {
	size_t len, max;
	bool promised;
	bool unsettled; /* Something was sent since store_settle. */
};

/* The number that ${text} is, or 0 if it is none or above STORE_MAX. */
static size_t
read_count(const char *text)
{
	size_t count = 0;

	for (; *text >= '0' && *text <= '9' && count <= STORE_MAX; text++)
		count = count * 10 + (size_t)(*text - '0');
	if (count > STORE_MAX)
		return STORE_MAX;
	return *text == '\0' ? count : 0;
}

/* As many as we may have open, of which a part is for other uses. */
static size_t
guess_count(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur / 2 >= STORE_MAX)
		return STORE_MAX;
	return (size_t)limit.rlim_cur / 2;
}

struct store *
store_new(void)
{
	const char *address = getenv("NOTIFY_SOCKET");
	const char *promise = getenv("FDSTORE");
	struct store *store;

	if ((store = calloc(1, sizeof(*store))) == NULL)
		return NULL;
	if (address == NULL || *address == '\0')
		return store;
	store->promised = promise != NULL;
	store->max = promise != NULL ? read_count(promise) : guess_count();
	return store;
}

void
store_free(struct store *store)
{
	free(store);
}

size_t
store_max(const struct store *store)
{
	return store->max;
}

bool
store_promised(const struct store *store)
{
	return store->promised;
}

size_t
store_len(const struct store *store)
{
	return store->len;
}

/* Have the manager forget all that it keeps as ${full}. */
static void
forget(struct store *store, const char *full)
{
	char *text;

	if (store->max == 0 ||
	    asprintf(&text, "FDSTOREREMOVE=1\nFDNAME=%s", full) == -1)
		return;
	(void)sd_notify(0, text);
	free(text);
	store->unsettled = true;
}

/* What ${full} is called among us; NULL if it is not one of ours. */
static const char *
own_name(const char *full)
{
	const char *name = full + strlen(PREFIX);

	if (strncmp(full, PREFIX, strlen(PREFIX)) != 0 || *name == '\0' ||
	    strlen(name) >= SPOOL_NAME_MAX)
		return NULL;
	return name;
}

/* Whether ${fd} is a file that can be read and nothing else. */
static bool
is_to_be_read(int fd)
{
	struct stat st;
	int flags;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (flags = fcntl(fd, F_GETFL)) == -1)
		return false;
	return (flags & (O_ACCMODE | O_PATH)) == O_RDONLY;
}

/* Whether ${offer} took ${fd}, kept as ${full}. */
static bool
is_taken(const char *full, int fd, store_offer_fn *offer, void *arg)
{
	const char *name = own_name(full);

	return name != NULL && is_to_be_read(fd) && offer(arg, name, fd);
}

/* Whether one of ${kept}, of which those refused are empty, is ${full}. */
static bool
is_kept(char **kept, size_t len, const char *full)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (kept[i] != NULL && strcmp(kept[i], full) == 0)
			return true;
	return false;
}

/*
 * Have the manager forget those of ${refused} that are not also the name of one
 * of ${kept}: it knows them by no more than that.
 */
static void
forget_refused(struct store *store, char **kept, char **refused, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (refused[i] != NULL && !is_kept(kept, len, refused[i]))
			forget(store, refused[i]);
}

static void
free_names(char **names, size_t len)
{
	size_t i;

	for (i = 0; names != NULL && i < len; i++)
		free(names[i]);
	free(names);
}

size_t
store_take(struct store *store, store_offer_fn *offer, void *arg)
{
	char **names = NULL, **refused;
	size_t i, len, closed = 0;
	int found;

	if ((found = sd_listen_fds_with_names(true, &names)) <= 0)
		return 0;
	len = (size_t)found;
	refused = calloc(len, sizeof(*refused));
	for (i = 0; i < len; i++) {
		int fd = SD_LISTEN_FDS_START + (int)i;

		if (refused != NULL && is_taken(names[i], fd, offer, arg)) {
			store->len++;
			continue;
		}
		(void)close(fd);
		closed++;
		if (refused != NULL) {
			refused[i] = names[i];
			names[i] = NULL;
		}
	}
	if (refused != NULL)
		forget_refused(store, names, refused, len);
	free_names(refused, len);
	free_names(names, len);
	return closed;
}

/* Refuse all, counting those without a name. */
static bool
refuse(void *arg, const char *name, int fd)
{
	size_t *gone = arg;
	struct stat st;

	(void)name;
	if (fstat(fd, &st) == 0 && st.st_nlink == 0)
		++*gone;
	return false;
}

size_t
store_discard(void)
{
	struct store *store = store_new();
	size_t gone = 0;

	if (store != NULL)
		(void)store_take(store, refuse, &gone);
	store_free(store);
	return gone;
}

int
store_put(struct store *store, const char *name, int fd)
{
	char text[128];
	int result;

	_Static_assert(sizeof(text) >= SPOOL_NAME_MAX + 64, "it fits");
	if (store->len >= store->max) {
		errno = ENOSPC;
		return -1;
	}
	if (strlen(name) >= SPOOL_NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* There is nothing to poll in a file. */
	(void)snprintf(text, sizeof(text),
	    "FDSTORE=1\nFDPOLL=0\nFDNAME=" PREFIX "%s", name);
	if ((result = sd_pid_notify_with_fds(0, 0, text, &fd, 1)) <= 0) {
		errno = result < 0 ? -result : ENOSPC;
		return -1;
	}
	store->len++;
	store->unsettled = true;
	return 0;
}

void
store_remove(struct store *store, const char *name)
{
	char full[SPOOL_NAME_MAX + sizeof(PREFIX)];

	if (store->len > 0)
		store->len--;
	(void)snprintf(full, sizeof(full), PREFIX "%s", name);
	forget(store, full);
}

void
store_settle(struct store *store)
{
	if (store->unsettled)
		(void)sd_notify_barrier(0, STORE_PATIENCE);
	store->unsettled = false;
}
