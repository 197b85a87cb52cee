/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/spool/table.h"
#include "wal/grow.h"

void
spool_table_release(struct spool_table *table)
{
	free(table->segments);
	*table = (struct spool_table){ 0 };
}

bool
spool_table_is_of(const struct spool_segment *segment, uint64_t generation)
{
	return segment->name.generation <= generation &&
	    generation <= segment->last;
}

/* The segment ${number} of ${generation}; it may well be at ${hint}. */
static struct spool_segment *
find(const struct spool_table *table, uint64_t generation, uint64_t number,
    size_t hint)
{
	struct spool_segment *segment;
	size_t i;

	for (i = 0; i < table->len; i++) {
		segment = &table->segments[(hint + i) % table->len];
		if (segment->name.number == number &&
		    spool_table_is_of(segment, generation))
			return segment;
	}
	return NULL;
}

struct spool_segment *
spool_table_at(
    const struct spool_table *table, uint64_t generation, uint64_t number)
{
	return find(table, generation, number, 0);
}

struct spool_segment *
spool_table_find(const struct spool_table *table, const struct spool_name *name)
{
	size_t i;

	for (i = 0; i < table->len; i++)
		if (table->segments[i].name.generation == name->generation &&
		    table->segments[i].name.number == name->number)
			return &table->segments[i];
	return NULL;
}

/* Whether both are known, and differ. */
static bool
differ(const struct wal_content *a, const struct wal_content *b)
{
	return wal_content_is_known(a) && wal_content_is_known(b) &&
	    !wal_content_equal(a, b);
}

/* Whether what is seen is ${segment}, as it was or longer. */
static bool
is_same(const struct spool_table *table, const struct spool_segment *segment,
    const struct spool_sight *sight)
{
	/* An inode that became free is given again; no segment shrinks, and only
	 * the last one grows. */
	if (sight->size < segment->size ||
	    (sight->size > segment->size && segment->seen &&
		!spool_table_is_growing(table, segment)))
		return false;
	if (segment->seen &&
	    (segment->device != sight->device ||
		segment->inode != sight->inode))
		return false;
	return !differ(&segment->first, &sight->first);
}

/* Note what is seen of ${segment}. */
static void
note(struct spool_segment *segment, const struct spool_sight *sight)
{
	segment->seen = segment->there = true;
	segment->device = sight->device;
	segment->inode = sight->inode;
	segment->size = sight->size;
	segment->written = sight->written;
	if (wal_content_is_known(&sight->first))
		segment->first = sight->first;
}

int
spool_table_add(struct spool_table *table, const struct spool_segment *segment)
{
	struct spool_segment *grown;

	if (table->len == SPOOL_TABLE_MAX ||
	    (grown = wal_grow(table->segments, &table->cap, table->len + 1,
		 sizeof(*grown))) == NULL)
		return -1;
	table->segments = grown;
	grown[table->len++] = *segment;
	return 0;
}

/* Have room for ${more} segments. */
static int
make_room(struct spool_table *table, size_t more)
{
	struct spool_segment *grown;

	if (more > SPOOL_TABLE_MAX - table->len ||
	    (grown = wal_grow(table->segments, &table->cap, table->len + more,
		 sizeof(*grown))) == NULL)
		return -1;
	table->segments = grown;
	return 0;
}

/* Below which number the segments of ${view} are those of the generation. */
static uint64_t
common_of(const struct spool_table *table, const struct spool_view *view)
{
	const struct spool_checkpoint *checkpoint = &view->checkpoint;
	const struct spool_segment *segment;
	uint64_t common = 0;
	size_t i;

	for (i = 0; i < table->len; i++) {
		segment = &table->segments[i];
		if (segment->there && segment->name.number >= common)
			common = segment->name.number + 1;
	}
	/* One above the first segment may be of an older log. */
	if (common == 0 && view->len > 0 &&
	    checkpoint->number < view->sights[0].number &&
	    checkpoint->number == table->checkpoint.number &&
	    wal_content_is_known(&checkpoint->first) &&
	    wal_content_equal(&checkpoint->first, &table->checkpoint.first))
		common = checkpoint->number + 1;
	return common;
}

/* End the generation: what is not there, as in ${view}, is of no later one. */
static void
close_generation(struct spool_table *table, const struct spool_view *view)
{
	struct joint joint = { table->generation, common_of(table, view) };
	size_t i;

	if (joint.common > 0)
		joints_add(&table->joints, &joint);
	for (i = 0; i < table->len; i++)
		if (table->segments[i].last == SPOOL_LAST_NONE &&
		    !table->segments[i].there)
			table->segments[i].last = table->generation;
	table->generation++;
	table->next = 0;
}

/* Note what of ${view} is known; how many are new, whether one is in lieu. */
static size_t
compare(
    struct spool_table *table, const struct spool_view *view, bool *ret_other)
{
	const struct spool_sight *sights = view->sights;
	struct spool_segment *segment;
	size_t i, hint = 0, fresh = 0;

	*ret_other = false;
	for (i = 0; i < table->len; i++)
		table->segments[i].there = false;
	for (i = 0; i < view->len; i++) {
		segment =
		    find(table, table->generation, sights[i].number, hint);
		/* Behind one that was replaced there is none of before. */
		if (segment != NULL && !*ret_other &&
		    is_same(table, segment, &sights[i])) {
			note(segment, &sights[i]);
			hint = (size_t)(segment - table->segments) + 1;
			continue;
		}
		fresh++;
		*ret_other |= segment != NULL || sights[i].number < table->next;
	}
	return fresh;
}

int
spool_table_see(struct spool_table *table, const struct spool_view *view)
{
	const struct spool_sight *sights = view->sights;
	size_t len = view->len;
	struct spool_segment segment;
	size_t i, known;
	bool other;

	if (make_room(table, len) != 0)
		return -1;
	if (compare(table, view, &other) > 0) {
		if (other)
			close_generation(table, view);
		known = table->len;
		for (i = 0; i < len; i++) {
			if (find(table, table->generation, sights[i].number,
				known) != NULL)
				continue;
			segment = (struct spool_segment){
				.name = { table->generation, sights[i].number },
				.last = SPOOL_LAST_NONE,
			};
			note(&segment, &sights[i]);
			table->segments[table->len++] = segment;
		}
	}
	if (len > 0 && sights[len - 1].number >= table->next)
		table->next = sights[len - 1].number + 1;
	if (len > 0)
		table->checkpoint = view->checkpoint;
	return other;
}

uint64_t
spool_table_common(const struct spool_table *table, uint64_t a, uint64_t b)
{
	const struct spool_segment *segment;
	uint64_t common = a < b ? joints_common(&table->joints, a, b)
				: joints_common(&table->joints, b, a);
	size_t i;

	for (i = 0; i < table->len; i++) {
		segment = &table->segments[i];
		if (segment->name.number >= common &&
		    spool_table_is_of(segment, a) &&
		    spool_table_is_of(segment, b))
			common = segment->name.number + 1;
	}
	return common;
}

uint64_t
spool_table_next(const struct spool_table *table, uint64_t generation)
{
	const struct spool_segment *segment;
	uint64_t first, next = table->generation;
	size_t i;

	for (i = 0; i < table->len; i++) {
		segment = &table->segments[i];
		first = segment->name.generation > generation
		    ? segment->name.generation
		    : generation + 1;
		if (segment->held && segment->last >= first && first < next)
			next = first;
	}
	return next;
}

bool
spool_table_is_growing(
    const struct spool_table *table, const struct spool_segment *segment)
{
	return segment->last == SPOOL_LAST_NONE &&
	    segment->name.number + 1 == table->next;
}

uint64_t
spool_table_held(const struct spool_table *table)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < table->len; i++)
		count += table->segments[i].held;
	return count;
}

void
spool_table_doubt(struct spool_table *table)
{
	size_t i;

	for (i = 0; i < table->len; i++) {
		table->segments[i].missing = table->segments[i].held;
		table->segments[i].held = false;
	}
}

void
spool_table_sweep(struct spool_table *table)
{
	size_t i, kept = 0;

	for (i = 0; i < table->len; i++)
		if (table->segments[i].held || table->segments[i].there)
			table->segments[kept++] = table->segments[i];
	table->len = kept;
}
