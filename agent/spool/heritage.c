/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/heritage.h"
#include "wal/grow.h"

/* What is held, but was not saved. */
struct unsaved {
	struct spool_name *names;
	size_t len, cap;
	uint64_t left; /* Of others, which it cannot be known of for now. */
};

enum belief {
	BELIEVED,
	DISBELIEVED,
	UNKNOWN, /* There was no room to look at it. */
};

struct inquiry {
	const struct heritage *heritage;
	struct unsaved unsaved;
};

/* The segment ${number} in the directory, or NULL. */
static const struct spool_sight *
sight_of(const struct scan *scan, uint64_t number)
{
	size_t i;

	for (i = 0; i < scan->len; i++)
		if (scan->sights[i].number == number)
			return &scan->sights[i];
	return NULL;
}

/* Whether ${sight}, which may be NULL, is of the file of ${segment}. */
static bool
is_of(const struct spool_sight *sight, const struct spool_segment *segment)
{
	return sight != NULL && sight->device == segment->device &&
	    sight->inode == segment->inode;
}

/* ${fd} is what is held as ${segment}: note which file that is. */
static bool
note(const struct heritage *heritage, struct spool_segment *segment, int fd)
{
	const struct spool_sight *sight =
	    sight_of(heritage->scan, segment->name.number);
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	segment->first = wal_content_first(fd);
	segment->seen = segment->held = true;
	segment->missing = false;
	segment->device = st.st_dev;
	segment->inode = st.st_ino;
	segment->size = (uint64_t)st.st_size;
	segment->written = (int64_t)st.st_mtime * 1000;
	/* What has grown since it was seen would look as if it had shrunk. */
	if (is_of(sight, segment) && sight->size < segment->size)
		segment->size = sight->size;
	return true;
}

/* Whether errno says that there was no room to open something. */
static bool
lacks_room(void)
{
	return errno == EMFILE || errno == ENFILE || errno == ENOMEM;
}

/* Take up ${segment}, if what is held as that is what was saved. */
static bool
take_up_saved(const struct heritage *heritage, struct spool_segment *segment)
{
	struct wal_content first;
	bool is;
	int fd = heritage->way->open(heritage->way, &segment->name);

	if (fd == -1) {
		/* It can be looked at when it is read, if that passes. */
		segment->held = lacks_room();
		segment->missing = !segment->held;
		return segment->held;
	}
	first = wal_content_first(fd);
	is = (!wal_content_is_known(&segment->first) ||
		 wal_content_equal(&segment->first, &first)) &&
	    note(heritage, segment, fd);
	(void)close(fd);
	return is;
}

/* Whether ${segment} is taken up, or in the directory as it was saved. */
static bool
is_believed(
    const struct heritage *heritage, const struct spool_segment *segment)
{
	const struct spool_sight *sight =
	    sight_of(heritage->scan, segment->name.number);

	return segment->held ||
	    (sight != NULL && wal_content_is_known(&segment->first) &&
		wal_content_equal(&segment->first, &sight->first));
}

/* Whether what is held as ${name}, which was not saved, may be taken up. */
static bool
is_new(const struct heritage *heritage, const struct spool_name *name)
{
	return name->generation == heritage->table->generation &&
	    name->number >= heritage->table->next;
}

/* Whether ${name} follows without a gap one that is believed. */
static bool
follows(const struct heritage *heritage, const struct spool_name *name)
{
	const struct spool_table *table = heritage->table;
	const struct spool_segment *before =
	    table->len > 0 && name->number == table->next
	    ? spool_table_at(table, name->generation, name->number - 1)
	    : NULL;

	return before != NULL && is_believed(heritage, before);
}

/* Whether the file of ${segment}, ${fd}, can only be that. */
static bool
is_proven(const struct heritage *heritage, const struct spool_segment *segment,
    int fd)
{
	return is_of(sight_of(heritage->scan, segment->name.number), segment) ||
	    (follows(heritage, &segment->name) && wal_content_is_sound(fd));
}

/* Whether ${segment}, which there is no room to look at, is to be looked at
 * when it is read: if it were passed over here, it would never be read. */
static bool
is_likely(const struct heritage *heritage, struct spool_segment *segment)
{
	const struct spool_sight *sight =
	    sight_of(heritage->scan, segment->name.number);

	if (sight != NULL)
		segment->first = sight->first;
	segment->held = sight != NULL || follows(heritage, &segment->name);
	return segment->held;
}

/* Take up what is held as ${name}, which was not saved, if that is proven. */
static enum belief
take_up_unsaved(const struct heritage *heritage, const struct spool_name *name)
{
	struct spool_segment segment = {
		.name = *name,
		.last = SPOOL_LAST_NONE,
	};
	bool is;
	int fd;

	if (!is_new(heritage, name))
		return DISBELIEVED;
	if ((fd = heritage->way->open(heritage->way, name)) != -1) {
		is = note(heritage, &segment, fd) &&
		    is_proven(heritage, &segment, fd);
		(void)close(fd);
		if (!is)
			return DISBELIEVED;
	} else if (!lacks_room()) {
		return DISBELIEVED;
	} else if (!is_likely(heritage, &segment)) {
		return UNKNOWN;
	}
	if (spool_table_add(heritage->table, &segment) != 0)
		return UNKNOWN;
	heritage->table->next = name->number + 1;
	return BELIEVED;
}

/* What is held as ${name} is not what it should be. */
static void
disown(const struct heritage *heritage, const struct spool_name *name)
{
	heritage->way->let_go(heritage->way, name);
	gauges_let_go(heritage->gauges, SPOOL_UNBELIEVED);
}

/* Remember ${name} for later, or at least that it is there. */
static void
put_off(struct unsaved *unsaved, const struct spool_name *name)
{
	struct spool_name *grown = wal_grow(
	    unsaved->names, &unsaved->cap, unsaved->len + 1, sizeof(*grown));

	if (grown == NULL) {
		unsaved->left++;
		return;
	}
	unsaved->names = grown;
	grown[unsaved->len++] = *name;
}

/* An earlier life held ${name}. */
static void
meet(void *arg, const struct spool_name *name)
{
	struct inquiry *inquiry = arg;
	const struct heritage *heritage = inquiry->heritage;
	struct spool_segment *segment = spool_table_find(heritage->table, name);

	if (segment == NULL)
		put_off(&inquiry->unsaved, name);
	else if (!take_up_saved(heritage, segment))
		disown(heritage, name);
}

static int
compare(const void *a, const void *b)
{
	const struct spool_name *x = a, *y = b;

	if (x->generation != y->generation)
		return x->generation < y->generation ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* Settle those that were not saved, each after the one before it: behind one
 * that is not known of nothing is, since it would then seem to be an old one. */
static void
settle_unsaved(const struct heritage *heritage, struct unsaved *unsaved)
{
	enum belief belief;
	size_t i;

	if (unsaved->len > 0)
		qsort(unsaved->names, unsaved->len, sizeof(*unsaved->names),
		    compare);
	for (i = 0; i < unsaved->len; i++) {
		belief = unsaved->left > 0
		    ? UNKNOWN
		    : take_up_unsaved(heritage, &unsaved->names[i]);
		unsaved->left += belief == UNKNOWN;
		if (belief == DISBELIEVED)
			disown(heritage, &unsaved->names[i]);
	}
	free(unsaved->names);
	if (unsaved->left > 0)
		log_error("there was no room to look at segments that are "
			  "held: they stay so, and are looked at by the next "
			  "start; see that there is memory and LimitNOFILE",
		    LOG_UINT("segments", unsaved->left));
}

void
heritage_take_up(const struct heritage *heritage)
{
	struct inquiry inquiry = { .heritage = heritage };
	struct spool_way *way = heritage->way;
	uint64_t held;

	if (way->list(way, meet, &inquiry) != 0)
		log_error("cannot list the segments that are held",
		    LOG_STR("mode", way->mode), LOG_ERRNO(errno));
	settle_unsaved(heritage, &inquiry.unsaved);
	held = spool_table_held(heritage->table);
	if (held > 0)
		log_info("segments are held since an earlier start",
		    LOG_UINT("segments", held));
}

void
heritage_tell_missing(struct spool_table *table, struct gauges *gauges)
{
	struct spool_segment *segment;
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < table->len; i++) {
		segment = &table->segments[i];
		if (segment->missing && !segment->held && !segment->there) {
			gauges_let_go(gauges, SPOOL_MISSING);
			count++;
		}
		segment->missing = false;
	}
	if (count > 0)
		log_error("segments that were held are not there any more, or "
			  "are not what they were: what they hold is lost if "
			  "it was not shipped",
		    LOG_UINT("segments", count));
}
