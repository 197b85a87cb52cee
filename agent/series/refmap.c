/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/refmap.h"
#include "agent/series/table.h"

/* The pages are spread over many buckets, so that few share one. */
#define SPREAD 2u
#define SLICE (REFMAP_SLICE << SPREAD) /* Buckets. */

/* With each page added so many buckets are tidied, which are more. */
#define TIDY_BUCKETS (2u << SPREAD)

/* When a ref is met, that many refs ahead one is fetched into the cache. */
#define AHEAD 8u

struct slot {
	uint32_t set;   /* LABELSET_NONE: there is no such ref... */
	uint32_t final; /* ... and FINAL_NONE. */
	uint32_t met;   /* The segment, or UINT32_MAX if above. */
};

struct page {
	struct table_entry in_table;
	uint64_t number; /* Of its first ref, in pages. */
	uint32_t age;    /* Of the map when it was added. */
	struct slot slots[REFMAP_PAGE];
};

struct refmap {
	struct labelsets *sets;
	struct finals *finals;     /* NULL: they are no more. */
	const struct slab *series; /* The final series themselves. */
	struct table pages; /* Of this age, and older ones to be given back. */
	struct page *last;  /* Where the last look-up ended; may be NULL. */
	uint32_t age;       /* How often the map was cleared. */
	size_t count;
	size_t beyond;     /* Of them; see refmap_beyond. */
	struct room *room; /* NULL: any. */
	uint64_t seed;

	uint64_t changes;   /* Clears, and refs redefined; the last... */
	uint64_t redefined; /* ... of these was in the segment before this. */
	refmap_ask_fn *ask; /* For what is not there; NULL: nobody, ... */
	void *ask_arg;      /* ... or with this. */

	uint32_t tidied; /* Older pages are in no bucket below. */
	uint32_t swept;  /* Likewise for the sweep under way... */
	uint64_t up_to;  /* ... of what was met up to this segment. */
};

struct refmap *
refmap_new(struct labelsets *sets, struct finals *finals)
{
	struct refmap *map;

	if ((map = calloc(1, sizeof(*map))) == NULL)
		return NULL;
	map->sets = sets;
	map->finals = finals;
	map->series = finals_slab(finals);
	map->pages.spread = SPREAD;
	map->seed = hash_seed();
	return map;
}

void
refmap_limit(struct refmap *map, struct room *room)
{
	map->room = room;
}

/* Whether ${slot} has no series because there was no room. */
static bool
is_beyond(const struct refmap *map, const struct slot *slot)
{
	return map->finals != NULL && slot->final == finals_beyond(map->finals);
}

static void
drop_ref(struct refmap *map, struct slot *slot)
{
	if (map->finals != NULL)
		finals_drop(map->finals, slot->final);
	labelsets_drop(map->sets, slot->set);
	*slot = (struct slot){ .set = LABELSET_NONE };
}

/* Let go the refs of ${page} met up to ${segment}; whether any is left. */
static bool
sweep_page(struct refmap *map, struct page *page, uint64_t segment)
{
	struct slot *slot = page->slots, *end = slot + REFMAP_PAGE;
	bool left = false;

	for (; slot < end; slot++) {
		if (slot->set == LABELSET_NONE)
			continue;
		if (slot->met > segment) {
			left = true;
			continue;
		}
		map->beyond -= is_beyond(map, slot);
		map->count--;
		drop_ref(map, slot);
	}
	return left;
}

/* ${page} is of an older age: let go all its refs. */
static void
empty_page(struct refmap *map, struct page *page)
{
	size_t i;

	for (i = 0; i < REFMAP_PAGE; i++)
		if (page->slots[i].set != LABELSET_NONE)
			drop_ref(map, &page->slots[i]);
}

/* Give back the pages of ${bucket} that are old or, being ${swept}, empty. */
static void
tidy_bucket(struct refmap *map, uint32_t bucket, const uint64_t *swept)
{
	uint32_t number = *table_bucket(&map->pages, bucket), next;
	struct page *page;

	for (; number != SLAB_NONE; number = next) {
		page = table_at(&map->pages, number);
		next = page->in_table.next;
		if (page->age != map->age)
			empty_page(map, page);
		else if (swept == NULL || sweep_page(map, page, *swept))
			continue;
		table_drop(&map->pages, number, sizeof(*page));
		if (map->last == page)
			map->last = NULL;
	}
}

/* Go over ${count} buckets from ${at} on; return whether there are more. */
static bool
tidy(struct refmap *map, uint32_t *at, uint32_t count, const uint64_t *swept)
{
	for (; count > 0 && *at < map->pages.buckets; count--)
		tidy_bucket(map, (*at)++, swept);
	return *at < map->pages.buckets;
}

bool
refmap_tidy(struct refmap *map)
{
	return tidy(map, &map->tidied, SLICE, NULL);
}

bool
refmap_sweep(struct refmap *map, uint64_t segment)
{
	if (segment >= UINT32_MAX)
		return false; /* Refs met above look as if met there. */
	if (map->up_to != segment)
		map->swept = 0;
	map->up_to = segment;
	if (tidy(map, &map->swept, SLICE, &segment))
		return true;
	map->swept = 0;
	return false;
}

void
refmap_clear(struct refmap *map)
{
	map->age++;
	map->changes++;
	map->redefined = 0;
	map->last = NULL;
	map->count = map->beyond = 0;
	map->tidied = 0;
}

void
refmap_orphan(struct refmap *map)
{
	map->finals = NULL;
}

void
refmap_ask(struct refmap *map, refmap_ask_fn *fn, void *arg)
{
	map->ask = fn;
	map->ask_arg = arg;
}

void
refmap_note_redefined(struct refmap *map, uint64_t redefined)
{
	if (map->redefined < redefined)
		map->redefined = redefined;
}

void
refmap_free(struct refmap *map)
{
	if (map == NULL)
		return;
	refmap_clear(map);
	while (refmap_tidy(map))
		;
	table_release(&map->pages);
	free(map);
}

/* A page as it is looked for. */
struct wanted {
	uint64_t number;
	uint32_t age;
};

static bool
alike(const void *entry, const void *key)
{
	const struct wanted *wanted = key;
	const struct page *page = entry;

	return page->number == wanted->number && page->age == wanted->age;
}

/* Where the page of ${number} belongs. */
static uint32_t
hash_of(const struct refmap *map, uint64_t number)
{
	return hash_number(map->seed + map->age, number);
}

/* The page of ${number}, which is not the last one, or NULL. */
static struct page *
search_page(struct refmap *map, uint64_t number)
{
	struct wanted wanted = { number, map->age };
	struct page *page;

	page = table_get(&map->pages, hash_of(map, number), alike, &wanted);
	if (page != NULL)
		map->last = page;
	return page;
}

/* The page of ${number}, or NULL. */
static inline struct page *
find_page(struct refmap *map, uint64_t number)
{
	struct page *page = map->last;

	if (page != NULL && page->number == number)
		return page;
	return search_page(map, number);
}

static struct page *
add_page(struct refmap *map, uint64_t number)
{
	uint32_t added =
	    table_put(&map->pages, hash_of(map, number), sizeof(struct page));
	struct page *page;

	if (added == SLAB_NONE)
		return NULL;
	page = table_at(&map->pages, added);
	page->number = number;
	page->age = map->age;
	memset(page->slots, 0, sizeof(page->slots));
	(void)tidy(map, &map->tidied, TIDY_BUCKETS, NULL);
	return page;
}

/* Note that the ref was met in ${segment}. */
static void
note(struct slot *slot, uint64_t segment)
{
	uint32_t met = segment < UINT32_MAX ? (uint32_t)segment : UINT32_MAX;

	if (slot->met < met)
		slot->met = met;
}

/* The slot of ${ref}, or NULL if there is none. */
static inline struct slot *
find_slot(struct refmap *map, uint64_t ref)
{
	struct page *page = find_page(map, ref / REFMAP_PAGE);
	uint64_t nth = ref % REFMAP_PAGE;

	return page != NULL && page->slots[nth].set != LABELSET_NONE
	    ? &page->slots[nth]
	    : NULL;
}

/* There is no slot of ${ref}: ask for it, and return what there is then. */
static struct slot *
ask_for(struct refmap *map, uint64_t ref)
{
	refmap_ask_fn *ask = map->ask;

	map->ask = NULL; /* Nobody is asked for what is learned by it. */
	if (ask != NULL)
		ask(map->ask_arg, ref);
	map->ask = ask;
	return ask != NULL ? find_slot(map, ref) : NULL;
}

struct final *
refmap_meet(struct refmap *map, uint64_t ref, uint64_t segment)
{
	const struct page *last = map->last;
	struct slot *slot = find_slot(map, ref), *ahead;

	if (slot == NULL && (slot = ask_for(map, ref)) == NULL)
		return NULL;
	note(slot, segment);
	if (map->last == last) {
		ahead = &map->last->slots[(ref + AHEAD) % REFMAP_PAGE];
		__builtin_prefetch(slab_at(map->series, ahead->final));
	}
	return slab_at(map->series, slot->final);
}

uint32_t
refmap_labels(struct refmap *map, uint64_t ref)
{
	const struct slot *slot = find_slot(map, ref);

	return slot != NULL ? slot->set : LABELSET_NONE;
}

/* ${slot} stands for ${defined} from ${segment} on, in place of any other. */
static void
define(struct refmap *map, struct slot *slot, uint64_t segment,
    struct slot defined)
{
	defined.met = slot->met;
	if (slot->set == LABELSET_NONE) {
		map->count++;
	} else {
		/* Where there was no room, nothing is known that changes. */
		if (is_beyond(map, slot)) {
			map->beyond--;
		} else {
			map->changes++;
			refmap_note_redefined(map, segment + 1);
		}
		drop_ref(map, slot);
	}
	map->beyond += is_beyond(map, &defined);
	*slot = defined;
}

/*
 * The ref of ${slot} has ${set} from ${segment} on, which it takes over, and the
 * final series made of ${labels}, those of the set.
 */
static enum final_result
redefine(struct refmap *map, struct slot *slot, uint64_t segment, uint32_t set,
    const struct wal_label *labels)
{
	struct slot defined = { .set = set };
	enum final_result result;

	result = finals_take(
	    map->finals, labels, labelsets_len(map->sets, set), &defined.final);
	if (result == FINAL_NOMEM) {
		labelsets_drop(map->sets, set);
		return result;
	}
	define(map, slot, segment, defined);
	return result;
}

/* There is no room for the series of ${slot}: it has none, and no labels. */
static enum final_result
refuse(struct refmap *map, struct slot *slot, uint64_t segment,
    struct wal_label *labels)
{
	struct slot defined = { .set = labelsets_take(map->sets, labels, 0) };

	if (defined.set == LABELSET_NONE)
		return FINAL_NOMEM;
	defined.final = finals_beyond(map->finals);
	finals_keep(finals_at(map->finals, defined.final));
	define(map, slot, segment, defined);
	return FINAL_BEYOND;
}

/* Have ${slot} stand for these labels from ${segment} on. */
static enum final_result
learn(struct refmap *map, struct slot *slot, uint64_t segment,
    struct wal_label *labels, size_t len)
{
	size_t before = labelsets_series(map->sets);
	uint32_t set = labelsets_take(map->sets, labels, len);

	if (set == LABELSET_NONE)
		return FINAL_NOMEM;
	if (labelsets_series(map->sets) > before && map->room != NULL &&
	    room_is_over(map->room)) {
		labelsets_drop(map->sets, set);
		return refuse(map, slot, segment, labels);
	}
	if (slot->set != set)
		return redefine(map, slot, segment, set, labels);
	labelsets_drop(map->sets, set);
	return final_fate(finals_at(map->finals, slot->final));
}

enum final_result
refmap_learn(struct refmap *map, uint64_t ref, uint64_t segment,
    struct wal_label *labels, size_t len)
{
	struct page *page;
	enum final_result result;
	struct slot *slot;

	if (map->ask != NULL && find_slot(map, ref) == NULL)
		(void)ask_for(map, ref);
	if ((page = find_page(map, ref / REFMAP_PAGE)) == NULL &&
	    (page = add_page(map, ref / REFMAP_PAGE)) == NULL)
		return FINAL_NOMEM;
	/* What is too much to be sent is not kept: no labels are not sent. */
	if (len > LABELSET_LABELS_MAX ||
	    labels_size(labels, len) > FINAL_PACKED_MAX)
		len = 0;
	slot = &page->slots[ref % REFMAP_PAGE];
	result = learn(map, slot, segment, labels, len);
	if (result != FINAL_NOMEM)
		note(slot, segment);
	return result;
}

bool
refmap_walk(const struct refmap *map, uint32_t *at, refmap_fn *fn, void *arg)
{
	const struct slot *slot;
	const struct page *page;
	uint32_t number;
	uint64_t ref;

	if (*at >= map->pages.buckets)
		return false;
	for (number = *table_bucket(&map->pages, (*at)++); number != SLAB_NONE;
	     number = page->in_table.next) {
		page = table_at(&map->pages, number);
		if (page->age != map->age)
			continue;
		ref = page->number * REFMAP_PAGE;
		for (slot = page->slots; slot < page->slots + REFMAP_PAGE;
		     slot++, ref++)
			if (slot->set != LABELSET_NONE && !is_beyond(map, slot))
				fn(arg, map->sets, ref, slot->met, slot->set);
	}
	return *at < map->pages.buckets;
}

uint64_t
refmap_changes(const struct refmap *map)
{
	return map->changes;
}

uint64_t
refmap_redefined(const struct refmap *map)
{
	return map->redefined;
}

size_t
refmap_bytes(const struct refmap *map)
{
	return table_bytes(&map->pages);
}

bool
refmap_is_beyond(struct refmap *map, uint64_t ref)
{
	const struct slot *slot = find_slot(map, ref);

	return slot != NULL && is_beyond(map, slot);
}

size_t
refmap_beyond(const struct refmap *map)
{
	return map->beyond;
}

size_t
refmap_count(const struct refmap *map)
{
	return map->count;
}
