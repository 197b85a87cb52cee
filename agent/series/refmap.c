/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>

#include "agent/base/hash.h"
#include "agent/series/refmap.h"
#include "agent/series/table.h"

struct page {
	uint64_t number; /* Of its first ref, in pages. */
	struct final *finals[REFMAP_PAGE];
	uint32_t met[REFMAP_PAGE]; /* The segment, or UINT32_MAX if above. */
};

struct refmap {
	struct finals *finals;
	struct table pages;
	struct page *last; /* Where the last look-up ended; may be NULL. */
	size_t count;
	uint64_t seed;
};

struct refmap *
refmap_new(struct finals *finals)
{
	struct refmap *map;

	if ((map = calloc(1, sizeof(*map))) == NULL)
		return NULL;
	map->finals = finals;
	map->seed = hash_seed();
	return map;
}

void
refmap_clear(struct refmap *map)
{
	struct page *page;
	size_t slot, i;

	for (slot = 0; slot < map->pages.cap; slot++) {
		if ((page = map->pages.entries[slot]) == NULL)
			continue;
		for (i = 0; i < REFMAP_PAGE; i++)
			if (page->finals[i] != NULL)
				finals_drop(map->finals, page->finals[i]);
		free(page);
	}
	table_release(&map->pages);
	map->last = NULL;
	map->count = 0;
}

void
refmap_free(struct refmap *map)
{
	if (map == NULL)
		return;
	refmap_clear(map);
	free(map);
}

static bool
alike(const void *entry, const void *key)
{
	const struct page *page = entry;
	const uint64_t *number = key;

	return page->number == *number;
}

/* The page of ${number}, or NULL. */
static struct page *
find_page(struct refmap *map, uint64_t number)
{
	struct page *page = map->last;

	if (page != NULL && page->number == number)
		return page;
	page = table_find(
	    &map->pages, hash_number(map->seed, number), alike, &number);
	if (page != NULL)
		map->last = page;
	return page;
}

static struct page *
add_page(struct refmap *map, uint64_t number)
{
	struct page *page;

	if ((page = calloc(1, sizeof(*page))) == NULL)
		return NULL;
	page->number = number;
	if (table_add(&map->pages, hash_number(map->seed, number), page) != 0) {
		free(page);
		return NULL;
	}
	return page;
}

/* Note that the ref at ${i} of ${page} was met in ${segment}. */
static void
note(struct page *page, size_t i, uint64_t segment)
{
	uint32_t met = segment < UINT32_MAX ? (uint32_t)segment : UINT32_MAX;

	if (page->met[i] < met)
		page->met[i] = met;
}

struct final *
refmap_meet(struct refmap *map, uint64_t ref, uint64_t segment)
{
	struct page *page = find_page(map, ref / REFMAP_PAGE);
	size_t i = ref % REFMAP_PAGE;

	if (page == NULL || page->finals[i] == NULL)
		return NULL;
	note(page, i, segment);
	return page->finals[i];
}

int
refmap_set(
    struct refmap *map, uint64_t ref, uint64_t segment, struct final *final)
{
	struct page *page = find_page(map, ref / REFMAP_PAGE);
	size_t i = ref % REFMAP_PAGE;

	if (page == NULL && (page = add_page(map, ref / REFMAP_PAGE)) == NULL)
		return -1;
	if (page->finals[i] != NULL)
		finals_drop(map->finals, page->finals[i]);
	else
		map->count++;
	page->finals[i] = final;
	note(page, i, segment);
	return 0;
}

/* Let go the refs of ${page} met in ${segment} at last; whether any is left. */
static bool
sweep_page(struct refmap *map, struct page *page, uint64_t segment)
{
	bool left = false;
	size_t i;

	for (i = 0; i < REFMAP_PAGE; i++) {
		if (page->finals[i] == NULL)
			continue;
		if (page->met[i] > segment) {
			left = true;
			continue;
		}
		finals_drop(map->finals, page->finals[i]);
		page->finals[i] = NULL;
		page->met[i] = 0;
		map->count--;
	}
	return left;
}

void
refmap_sweep(struct refmap *map, uint64_t segment)
{
	struct page *page;
	size_t slot = 0;

	if (segment >= UINT32_MAX)
		return; /* Refs met above look as if met there. */
	while (slot < map->pages.cap) {
		page = map->pages.entries[slot];
		if (page == NULL || sweep_page(map, page, segment)) {
			slot++;
			continue;
		}
		/* Another page may move into the slot: look at it again. */
		table_remove(
		    &map->pages, hash_number(map->seed, page->number), page);
		if (map->last == page)
			map->last = NULL;
		free(page);
	}
}

void
refmap_forget(struct refmap *map, uint64_t ref)
{
	struct page *page = find_page(map, ref / REFMAP_PAGE);
	size_t i = ref % REFMAP_PAGE;

	if (page == NULL || page->finals[i] == NULL)
		return;
	finals_drop(map->finals, page->finals[i]);
	page->finals[i] = NULL;
	page->met[i] = 0;
	map->count--;
}

size_t
refmap_count(const struct refmap *map)
{
	return map->count;
}
