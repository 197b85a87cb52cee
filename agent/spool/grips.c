/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/discard.h"
#include "agent/spool/grips.h"
#include "wal/grow.h"

static bool
is_before(const struct spool_name *a, const struct spool_name *b)
{
	return a->generation != b->generation ? a->generation < b->generation
					      : a->number < b->number;
}

/* Where ${name} is, or would be. */
static size_t
place_of(const struct grips *grips, const struct spool_name *name)
{
	size_t low = 0, high = grips->len, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (is_before(&grips->list[middle].name, name))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct grip *
grips_find(const struct grips *grips, const struct spool_name *name)
{
	size_t at = place_of(grips, name);

	if (at == grips->len || is_before(name, &grips->list[at].name))
		return NULL;
	return &grips->list[at];
}

struct grip *
grips_add(struct grips *grips, const struct spool_name *name)
{
	struct grip *grip = grips_find(grips, name), *grown;
	size_t at;

	if (grip != NULL)
		return grip;
	if (grips->len == GRIPS_MAX ||
	    (grown = wal_grow(grips->list, &grips->cap, grips->len + 1,
		 sizeof(*grown))) == NULL)
		return NULL;
	grips->list = grown;
	at = place_of(grips, name);
	grip = &grips->list[at];
	memmove(grip + 1, grip, (grips->len++ - at) * sizeof(*grip));
	*grip = (struct grip){ .name = *name, .fd = -1 };
	return grip;
}

/* Have the store keep the descriptor as well, if it takes such. */
static void
store(struct grips *grips, struct grip *grip)
{
	char name[SPOOL_NAME_MAX];

	spool_name_format(&grip->name, name);
	if (store_put(grips->store, name, grip->fd) == 0) {
		grip->stored = true;
	} else if (store_max(grips->store) > 0 && !grips->refused) {
		grips->refused = true;
		log_warn("systemd's descriptor store does not take a segment, "
			 "so that a kill can lose it; raise "
			 "FileDescriptorStoreMax= of the unit",
		    LOG_STR("segment", name), LOG_ERRNO(errno),
		    LOG_UINT("stored", store_len(grips->store)));
	}
}

/* There is room in the store: for the oldest that is not in it. */
static void
store_next(struct grips *grips)
{
	size_t i;

	for (i = 0; i < grips->len; i++)
		if (grips->list[i].fd != -1 && !grips->list[i].stored) {
			store(grips, &grips->list[i]);
			return;
		}
}

void
grips_open(struct grips *grips, struct grip *grip, int fd, bool stored)
{
	grip->fd = fd;
	grip->stored = stored;
	grips->open++;
	if (!stored)
		store(grips, grip);
}

void
grips_close(struct grips *grips, struct grip *grip)
{
	bool full = store_len(grips->store) >= store_max(grips->store);
	char name[SPOOL_NAME_MAX];

	if (grip->fd == -1)
		return;
	discard_fd(grips->worker, grip->fd);
	grip->fd = -1;
	grips->open--;
	if (!grip->stored)
		return;
	grip->stored = false;
	spool_name_format(&grip->name, name);
	store_remove(grips->store, name);
	if (full)
		store_next(grips);
}

void
grips_remove(struct grips *grips, struct grip *grip)
{
	size_t behind = grips->len - (size_t)(grip - grips->list) - 1;

	grips_close(grips, grip);
	memmove(grip, grip + 1, behind * sizeof(*grip));
	grips->len--;
}

bool
grips_is_last(const struct grips *grips, const struct grip *grip)
{
	return grip == &grips->list[grips->len - 1];
}

int
grips_init(struct grips *grips, struct worker *worker)
{
	*grips = (struct grips){ .store = store_new(), .worker = worker };
	return grips->store == NULL ? -1 : 0;
}

void
grips_release(struct grips *grips)
{
	size_t i;

	for (i = 0; i < grips->len; i++)
		if (grips->list[i].fd != -1)
			(void)close(grips->list[i].fd);
	free(grips->list);
	store_free(grips->store);
	*grips = (struct grips){ 0 };
}
