/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/intake/memory.h"

/* What is kept in a snapshot's head, as it is. */
struct marks {
	struct wal_mark read; /* The series of all before it are known. */
	struct wal_mark acknowledged; /* Those that nothing from here on can
					 refer to may have been forgotten. */
	int64_t time;                 /* When it was begun; ms since 1970. */
};

struct memory {
	struct memory_options options;
	struct wal_mark from; /* Where the log is read on. */

	struct heir heir;
	struct recall *recall; /* NULL: nothing to recall. */
	struct marks marks;    /* Of its snapshot, or that under way... */
	struct wal_mark kept;  /* ... and the mark read of the last one. */

	struct snapshot *snapshot; /* NULL: none is under way. */
	uint64_t due;              /* The next one; monotonic. */
	bool last;                 /* There was one for the stop. */
	struct worker_job job;     /* To put a slice of... */
	struct snapshot *putting;  /* ... this; NULL: it is done. */
	bool freed;                /* By its owner, while putting. */
	enum snapshot_state state; /* After that job. */
	int error;                 /* Its errno. */

	uint64_t series; /* How many were recalled. */
	int64_t time;    /* When the last snapshot was begun; ms, 0: none. */
	uint64_t size;   /* Its bytes. */
	struct log_gate failing;
};

/* A snapshot that is given up, to be freed on the worker. */
struct discarded {
	struct worker_job job;
	struct snapshot *snapshot;
};

static const char *
name_of(const struct memory *memory)
{
	return memory->options.place->position.key;
}

/* Nothing was recalled: what the log has is to be read instead. */
static void
say_none(struct memory *memory, const char *reason)
{
	log_warn("the snapshot of the series is of no use: reading the newest "
		 "checkpoint and all segments after it, which takes longer",
	    LOG_STR("remote", name_of(memory)), LOG_STR("err", reason));
}

/* Open the snapshot, if there is one that may be of use. */
static void
open_snapshot(struct memory *memory)
{
	const struct place *place = memory->options.place;
	off_t size;
	int fd;

	if (!place->position.begun || memory->from.inside != 0)
		return;
	fd =
	    open(place->series, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 && errno != ENOENT)
		say_none(memory, strerror(errno));
	if (fd == -1)
		return;
	if ((size = lseek(fd, 0, SEEK_END)) > 0)
		memory->size = (uint64_t)size;
	memory->recall = recall_new(fd, place->position.key, false);
	if (memory->recall == NULL)
		(void)close(fd);
	else
		recall_families(memory->recall, memory->options.families);
}

/* Take over the legacy if it serves; return whether it does. */
static bool
take_over(struct memory *memory)
{
	const struct memory_options *options = &memory->options;
	struct legacy *legacy = options->legacy;

	memory->heir = (struct heir){
		.refs = options->refs,
		.sets = options->sets,
		.graveyard = options->graveyard,
		.learn = options->learn,
		.arg = options->arg,
	};
	if (legacy == NULL || !legacy_serves(legacy, &memory->from))
		return false;
	memory->kept = legacy->snapshot.kept;
	memory->due = legacy->snapshot.due;
	memory->size = legacy->snapshot.size;
	memory->time = legacy->snapshot.time;
	log_info("the series are known from before the edit",
	    LOG_STR("remote", name_of(memory)),
	    LOG_UINT("series", refmap_count(legacy->refs)));
	heir_begin(&memory->heir, legacy);
	return true;
}

static void put_slice(void *arg);
static void slice_put(void *arg);

struct memory *
memory_new(const struct memory_options *options)
{
	struct memory *memory;

	if ((memory = calloc(1, sizeof(*memory))) == NULL)
		return NULL;
	memory->options = *options;
	memory->from = options->place->position.mark;
	memory->job = (struct worker_job){
		.work = put_slice,
		.done = slice_put,
		.arg = memory,
	};
	if (!take_over(memory) && options->place->series != NULL)
		open_snapshot(memory);
	return memory;
}

/* On the worker. */
static void
discard_it(void *arg)
{
	struct discarded *discarded = arg;

	snapshot_free(discarded->snapshot);
}

/*
 * Give up the snapshot under way.  The worker does so after what it is at, and
 * before what it is given later, which may write to the same file.
 */
static void
discard(struct memory *memory)
{
	struct snapshot *snapshot = memory->snapshot;
	struct discarded *discarded;

	memory->snapshot = NULL;
	if (snapshot == NULL)
		return;
	if ((discarded = malloc(sizeof(*discarded))) == NULL) {
		/* What the worker has stays; the next one writes over it. */
		if (memory->putting == NULL)
			snapshot_free(snapshot);
		return;
	}
	discarded->snapshot = snapshot;
	discarded->job = (struct worker_job){
		.work = discard_it,
		.done = free,
		.arg = discarded,
	};
	worker_submit(memory->options.place->worker, &discarded->job);
}

void
memory_free(struct memory *memory)
{
	if (memory == NULL)
		return;
	if (memory->snapshot != NULL && memory->last)
		log_info("stopping before the series were written: the next "
			 "start goes by the snapshot before",
		    LOG_STR("remote", name_of(memory)));
	discard(memory);
	heir_release(&memory->heir);
	recall_free(memory->recall);
	memory->recall = NULL;
	memory->freed = true;
	if (memory->putting == NULL)
		free(memory);
}

bool
memory_leave(struct memory *memory, struct legacy *ret)
{
	if (memory == NULL || heir_expects(&memory->heir) ||
	    memory->recall != NULL)
		return false;
	ret->acknowledged = memory->options.place->position.mark;
	ret->snapshot = (struct legacy_snapshot){
		.kept = memory->kept,
		.due = memory->due,
		.size = memory->size,
		.time = memory->time,
	};
	return true;
}

bool
memory_inherits(const struct memory *memory, struct wal_mark *ret)
{
	*ret = memory->heir.legacy.read;
	return heir_expects(&memory->heir);
}

enum heir_result
memory_inherit(struct memory *memory)
{
	return memory != NULL ? heir_go_on(&memory->heir, memory->options.clock)
			      : HEIR_DONE;
}

void
memory_disinherit(struct memory *memory)
{
	if (memory != NULL)
		heir_release(&memory->heir);
}

bool
memory_starved(const struct memory *memory)
{
	return memory != NULL && memory->heir.starved;
}

bool
memory_recalling(const struct memory *memory, uint64_t *ret)
{
	if (memory == NULL || memory->recall == NULL)
		return false;
	*ret = recall_count(memory->recall);
	return true;
}

void
memory_forget(struct memory *memory, const char *reason)
{
	say_none(memory, reason);
	heir_release(&memory->heir);
	refmap_clear(memory->options.refs);
	if (memory->options.families != NULL)
		families_clear(memory->options.families);
	memory->series = 0;
	memory->kept = (struct wal_mark){ 0 };
	memory->due = 0;
}

/* Why the snapshot of which the head was read is of no use; NULL: it may be. */
static const char *
find_fault(struct memory *memory)
{
	const struct snapshot_head *head = recall_head(memory->recall);
	struct marks *marks = &memory->marks;

	if (head->mark_len != sizeof(*marks))
		return "it was written by another version";
	memcpy(marks, head->mark, sizeof(*marks));
	if (head->generation != memory->from.generation)
		return "it is of another log";
	if (wal_mark_compare(&memory->from, &marks->acknowledged) < 0)
		return "the saved position is older";
	if (wal_mark_compare(&memory->from, &marks->read) < 0 &&
	    memory->from.at.segment < head->redefined)
		return "a series was given another meaning since the position";
	return NULL;
}

/* Recalling came to its end, with ${fault} if not NULL. */
static enum memory_result
end_recall(struct memory *memory, const char *fault, struct wal_mark *ret)
{
	uint64_t series = recall_count(memory->recall);

	if (fault != NULL)
		memory_forget(memory, fault);
	recall_free(memory->recall);
	memory->recall = NULL;
	if (fault != NULL)
		return MEMORY_NONE;
	log_info("the series are known from the snapshot",
	    LOG_STR("remote", name_of(memory)), LOG_UINT("series", series));
	memory->series = series;
	memory->time = memory->marks.time;
	memory->kept = memory->marks.read;
	memory->due = clock_monotonic(memory->options.clock) + MEMORY_PERIOD;
	*ret = memory->marks.read;
	return MEMORY_KNOWN;
}

enum memory_result
memory_recall(struct memory *memory, struct wal_mark *ret)
{
	const struct memory_options *options = &memory->options;
	const char *fault = NULL;

	switch (recall_step(memory->recall, options->learn, options->arg)) {
	case RECALL_MORE:
		return MEMORY_MORE;
	case RECALL_WAIT:
		return MEMORY_WAIT;
	case RECALL_HEADED:
		if ((fault = find_fault(memory)) == NULL)
			return MEMORY_MORE;
		break;
	case RECALL_DONE:
		break;
	case RECALL_DAMAGED:
		fault = recall_reason(memory->recall);
		break;
	case RECALL_NEWER:
		fault = "it was written by a later version";
		break;
	case RECALL_FOREIGN:
		fault = "it is of another receiver";
		break;
	case RECALL_NOMEM:
		fault = "out of memory";
		break;
	case RECALL_FAILED:
		fault = strerror(errno);
		break;
	}
	return end_recall(memory, fault, ret);
}

/* A snapshot could not be written; shipping goes on. */
static void
say_failed(struct memory *memory, int error)
{
	uint64_t hidden;

	stat_inc(memory->options.meters->snapshot_failures);
	if (log_gate_open(&memory->failing,
		clock_monotonic(memory->options.clock), MEMORY_LOG_PERIOD,
		&hidden))
		log_warn("the series cannot be kept for the next start, which "
			 "may take longer; make room in state_dir and see that "
			 "this user may write there",
		    LOG_STR("remote", name_of(memory)), LOG_ERRNO(error),
		    LOG_UINT("unsaid", hidden));
}

/* The snapshot under way came to its end. */
static void
end_snapshot(struct memory *memory, enum snapshot_state state, int error)
{
	if (state == SNAPSHOT_DONE) {
		memory->kept = memory->marks.read;
		memory->time = memory->marks.time;
		memory->size = snapshot_size(memory->snapshot);
	} else if (state != SNAPSHOT_STALE) {
		say_failed(memory, error);
	}
	discard(memory);
}

/* Gather the next slice of the snapshot, and have it put. */
static void
go_on(struct memory *memory)
{
	enum snapshot_state state = snapshot_gather(memory->snapshot);

	if (state != SNAPSHOT_MORE) {
		end_snapshot(memory, state, ENOMEM);
		return;
	}
	memory->putting = memory->snapshot;
	worker_submit(memory->options.place->worker, &memory->job);
}

/* On the worker. */
static void
put_slice(void *arg)
{
	struct memory *memory = arg;

	memory->state = snapshot_put(memory->putting);
	memory->error = errno;
}

static void
slice_put(void *arg)
{
	struct memory *memory = arg;

	memory->putting = NULL;
	if (memory->freed)
		free(memory);
	else if (memory->state == SNAPSHOT_MORE)
		go_on(memory);
	else
		end_snapshot(memory, memory->state, memory->error);
}

/* Begin a snapshot with the marks. */
static void
begin(struct memory *memory)
{
	const struct place *place = memory->options.place;
	const struct wal_mark *read = &memory->marks.read;

	memory->snapshot = snapshot_new(place->series, memory->options.refs,
	    &(struct snapshot_head){
		.key = place->position.key,
		.generation = read->generation,
		.segment = read->at.segment,
		.offset = read->at.offset,
		.mark = &memory->marks,
		.mark_len = sizeof(memory->marks),
	    });
	if (memory->snapshot == NULL) {
		say_failed(memory, ENOMEM);
		return;
	}
	snapshot_add_families(memory->snapshot, memory->options.families);
	go_on(memory);
}

/* Whether the last snapshot, even one that failed, is of another generation. */
static bool
is_outdated(const struct memory *memory, const struct wal_mark *read)
{
	return memory->kept.at.offset > 0 &&
	    memory->kept.generation != read->generation &&
	    memory->marks.read.generation != read->generation;
}

/* Whether it is time for a snapshot at ${read}. */
static bool
is_time(const struct memory *memory, const struct wal_mark *read, bool last)
{
	if (memory->options.place->series == NULL || memory->recall != NULL ||
	    heir_expects(&memory->heir))
		return false;
	if (last)
		return !memory->last;
	return clock_monotonic(memory->options.clock) >= memory->due ||
	    is_outdated(memory, read);
}

bool
memory_keep(struct memory *memory, const struct wal_mark *read,
    const struct wal_mark *acknowledged, bool last)
{
	bool begins = memory->snapshot == NULL && is_time(memory, read, last);

	if (read->generation != acknowledged->generation)
		return memory->snapshot != NULL;
	memory->last |= last && (begins || memory->snapshot != NULL);
	/* The one there is may well be the same. */
	if (!begins || read->inside != 0 || acknowledged->inside != 0 ||
	    memcmp(read, &memory->kept, sizeof(*read)) == 0)
		return memory->snapshot != NULL;
	memory->due = clock_monotonic(memory->options.clock) + MEMORY_PERIOD;
	memory->marks = (struct marks){
		.read = *read,
		.acknowledged = *acknowledged,
		.time = clock_wall(memory->options.clock),
	};
	begin(memory);
	return memory->snapshot != NULL;
}

bool
memory_keeping(const struct memory *memory)
{
	return memory != NULL && memory->snapshot != NULL;
}

bool
memory_known(const struct memory *memory, struct wal_mark *ret)
{
	if (memory == NULL)
		return false;
	*ret = memory->kept;
	return memory->kept.at.offset > 0;
}

void
memory_measure(const struct memory *memory)
{
	const struct meters *meters;

	if (memory == NULL)
		return;
	meters = memory->options.meters;
	stat_set(meters->snapshot_time, (double)memory->time / 1000);
	stat_set(meters->snapshot_size, (double)memory->size);
	stat_set(meters->snapshot_recalled, (double)memory->series);
}
