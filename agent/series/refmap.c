/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>

#include "agent/base/hash.h"
#include "agent/series/refmap.h"
#include "agent/series/table.h"

struct page {
	uint64_t number; /* Of its first ref, in pages. */
	struct final *finals[REFMAP_PAGE];
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

struct final *
refmap_find(struct refmap *map, uint64_t ref)
{
	struct page *page = find_page(map, ref / REFMAP_PAGE);

	return page != NULL ? page->finals[ref % REFMAP_PAGE] : NULL;
}

int
refmap_set(struct refmap *map, uint64_t ref, struct final *final)
{
	struct page *page = find_page(map, ref / REFMAP_PAGE);
	struct final **place;

	if (page == NULL && (page = add_page(map, ref / REFMAP_PAGE)) == NULL)
		return -1;
	place = &page->finals[ref % REFMAP_PAGE];
	if (*place != NULL)
		finals_drop(map->finals, *place);
	else
		map->count++;
	*place = final;
	return 0;
}

size_t
refmap_count(const struct refmap *map)
{
	return map->count;
}
