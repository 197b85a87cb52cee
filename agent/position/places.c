/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/config/config.h"
#include "agent/position/places.h"
#include "agent/position/share.h"

#define SUFFIX ".position"
#define SERIES ".series" /* Of the file of its series. */

/* A file that holds a place, or will. */
struct slot {
	unsigned int number; /* Of the file's name. */
	struct place *place;
	bool claimed;
	bool revived; /* Claimed, and was nobody's until now. */
};

struct places {
	struct clock *clock;
	struct worker *worker;
	char *path; /* Of the state directory. */
	struct slot *slots;
	size_t len;
};

/* The path of the file ${number} with that suffix; NULL: no memory. */
static char *
path_of(const struct places *places, unsigned int number, const char *suffix)
{
	char *path;

	return asprintf(&path, "%s/%u%s", places->path, number, suffix) == -1
	    ? NULL
	    : path; /* To be freed. */
}

/* Have the place in the file ${number} among the others. */
static enum place_result
add(struct places *places, unsigned int number)
{
	struct slot *slot = &places->slots[places->len];
	enum place_result result = PLACE_FAILED;
	char *path, *series;

	if (places->len == PLACES_MAX) {
		errno = E2BIG;
		return PLACE_FAILED;
	}
	*slot = (struct slot){ .number = number };
	path = path_of(places, number, SUFFIX);
	series = path_of(places, number, SERIES);
	if (path != NULL && series != NULL)
		result = place_new(
		    places->clock, places->worker, path, &slot->place);
	if (result == PLACE_OK) {
		slot->place->series = series;
		series = NULL; /* It is the place's. */
		places->len++;
	}
	free(series);
	free(path);
	return result;
}

/* The number in the name of a place's file; -1 if it is another file. */
static int
number_of(const char *name)
{
	unsigned int number;
	char end;

	if (sscanf(name, "%6u" SUFFIX "%c", &number, &end) != 1 ||
	    strstr(name, SUFFIX) == NULL || *name == '+' || *name == ' ')
		return -1;
	return (int)number;
}

/* Read the file ${name}, if it is a place's; -1, said, if it must not be. */
static int
read_place(struct places *places, const char *name)
{
	int number = number_of(name);

	if (number == -1)
		return 0;
	switch (add(places, (unsigned int)number)) {
	case PLACE_OK:
		if (places->slots[places->len - 1].place->lost)
			log_error("a saved position is damaged and of no use",
			    LOG_STR("path", places->path),
			    LOG_STR("file", name));
		return 0;
	case PLACE_NEWER:
		log_error("a saved position was written by a later version of "
			  "walship; install that version again, or move the "
			  "file away to begin as with a new receiver",
		    LOG_STR("path", places->path), LOG_STR("file", name));
		return -1;
	case PLACE_FAILED:
		break;
	}
	log_error("cannot read a saved position; make this user the owner of "
		  "the state directory and all in it",
	    LOG_STR("path", places->path), LOG_STR("file", name),
	    LOG_ERRNO(errno));
	return -1;
}

static int
read_all(struct places *places)
{
	struct dirent *entry;
	int result = 0;
	DIR *dir;

	if ((dir = opendir(places->path)) == NULL) {
		log_error("cannot list the saved positions; make this user "
			  "the owner of the state directory and all in it",
		    LOG_STR("path", places->path), LOG_ERRNO(errno));
		return -1;
	}
	while (result == 0 && (entry = readdir(dir)) != NULL)
		result = read_place(places, entry->d_name);
	(void)closedir(dir);
	return result;
}

struct places *
places_open(struct clock *clock, struct worker *worker, const char *state_dir)
{
	struct places *places;

	if ((places = calloc(1, sizeof(*places))) == NULL)
		return NULL;
	places->clock = clock;
	places->worker = worker;
	places->slots = calloc(PLACES_MAX, sizeof(*places->slots));
	places->path = strdup(state_dir);
	if (places->slots == NULL || places->path == NULL ||
	    read_all(places) != 0) {
		places_free(places);
		return NULL;
	}
	return places;
}

void
places_free(struct places *places)
{
	size_t i;

	if (places == NULL)
		return;
	for (i = 0; i < places->len; i++)
		place_free(places->slots[i].place);
	free(places->slots);
	free(places->path);
	free(places);
}

/* Whether ${text} is what was ${saved}, where long texts are cut. */
static bool
is_saved(const char *saved, const char *text)
{
	return strncmp(saved, text, POSITION_TEXT_MAX - 1) == 0;
}

/* Let ${claim} have the place of ${slot}. */
static void
give(struct slot *slot, struct place_claim *claim)
{
	struct position *position = &slot->place->position;

	(void)snprintf(position->key, sizeof(position->key), "%s", claim->key);
	(void)snprintf(position->url, sizeof(position->url), "%s", claim->url);
	slot->revived = position->removed != 0;
	position->removed = 0;
	slot->claimed = true;
	claim->place = slot->place;
}

static void
assign_by_key(struct places *places, struct place_claim *claims, size_t len)
{
	size_t c, s;

	for (c = 0; c < len; c++)
		for (s = 0; s < places->len; s++) {
			struct slot *slot = &places->slots[s];

			if (claims[c].place == NULL && !slot->claimed &&
			    slot->place->known &&
			    is_saved(slot->place->position.key, claims[c].key))
				give(slot, &claims[c]);
		}
}

/*
 * The only place of ${url} that is not claimed; if that is NULL, the only one
 * that was, until now, of whatever URL.
 */
static struct slot *
only_orphan(struct places *places, const char *url)
{
	struct slot *found = NULL, *slot;
	size_t s;

	for (s = 0; s < places->len; s++) {
		slot = &places->slots[s];
		if (slot->claimed || !slot->place->known ||
		    (url == NULL && slot->place->position.removed != 0) ||
		    (url != NULL && !is_saved(slot->place->position.url, url)))
			continue;
		if (found != NULL)
			return NULL;
		found = slot;
	}
	return found;
}

/* The only claim of ${url}, or of any if that is NULL, without a place. */
static struct place_claim *
only_claim(struct place_claim *claims, size_t len, const char *url)
{
	struct place_claim *found = NULL;
	size_t c;

	for (c = 0; c < len; c++) {
		if (claims[c].place != NULL ||
		    (url != NULL && strcmp(claims[c].url, url) != 0))
			continue;
		if (found != NULL)
			return NULL;
		found = &claims[c];
	}
	return found;
}

/* Let ${claim} take over the place of ${slot}, saying so. */
static void
adopt(struct slot *slot, struct place_claim *claim)
{
	log_info("taking over a saved position", LOG_STR("key", claim->key),
	    LOG_STR("url", claim->url),
	    LOG_STR("from_key", slot->place->position.key),
	    LOG_STR("from_url", slot->place->position.url));
	give(slot, claim);
}

static void
assign_by_url(struct places *places, struct place_claim *claims, size_t len)
{
	struct slot *slot;
	size_t c;

	for (c = 0; c < len; c++) {
		if (only_claim(claims, len, claims[c].url) != &claims[c])
			continue;
		if ((slot = only_orphan(places, claims[c].url)) != NULL)
			adopt(slot, &claims[c]);
	}
}

/* One is new and one is gone: they are the same one, changed. */
static void
assign_orphan(struct places *places, struct place_claim *claims, size_t len)
{
	struct place_claim *claim = only_claim(claims, len, NULL);
	struct slot *slot = only_orphan(places, NULL);

	if (claim != NULL && slot != NULL)
		adopt(slot, claim);
}

/* A slot whose file is damaged, for which there was no other use yet. */
static struct slot *
lost_slot(struct places *places)
{
	size_t s;

	for (s = 0; s < places->len; s++)
		if (places->slots[s].place->lost && !places->slots[s].claimed)
			return &places->slots[s];
	return NULL;
}

/* Delete the file ${number} with that suffix, if there is one. */
static void
delete_file(
    const struct places *places, unsigned int number, const char *suffix)
{
	char *path = path_of(places, number, suffix);

	if (path != NULL)
		(void)unlink(path);
	free(path);
}

/* Give up ${slot}, which is nobody's, and its files. */
static void
forget(struct places *places, struct slot *slot)
{
	const struct position *position = &slot->place->position;

	log_info("forgetting the position of a receiver that was removed",
	    LOG_STR("key", position->key), LOG_STR("url", position->url));
	delete_file(places, slot->number, SUFFIX);
	delete_file(places, slot->number, SERIES);
	place_free(slot->place);
	*slot = places->slots[--places->len];
}

/* Make room for a slot: forget the one that was removed first. */
static void
make_room(struct places *places)
{
	struct slot *first = NULL, *slot;
	size_t s;

	for (s = 0; s < places->len; s++) {
		slot = &places->slots[s];
		if (slot->place->position.removed != 0 &&
		    (first == NULL ||
			slot->place->position.removed <
			    first->place->position.removed))
			first = slot;
	}
	if (first != NULL)
		forget(places, first);
}

/* A slot with a file to be. */
static struct slot *
new_slot(struct places *places)
{
	unsigned int number = 1;
	size_t s = 0;

	if (places->len == PLACES_MAX)
		make_room(places);
	while (s < places->len)
		if (places->slots[s++].number == number) {
			number++;
			s = 0;
		}
	return add(places, number) == PLACE_OK ? &places->slots[places->len - 1]
					       : NULL;
}

/* Give ${claim} a place of its own. */
static int
assign_new(struct places *places, struct place_claim *claim)
{
	struct slot *slot = lost_slot(places);

	if (slot == NULL && (slot = new_slot(places)) == NULL)
		return -1;
	give(slot, claim);
	return 0;
}

/* Note that nobody claims ${slot}; forget it when it was so for long. */
static void
remember(struct places *places, struct slot *slot)
{
	int64_t now = clock_wall(places->clock);
	struct position *position = &slot->place->position;

	if (position->removed == 0) {
		position->removed = now;
		place_save(slot->place);
	} else if (now - position->removed >= PLACES_KEEP) {
		forget(places, slot);
	}
}

int
places_assign(struct places *places, struct place_claim *claims, size_t len)
{
	size_t i;

	for (i = 0; i < places->len; i++)
		places->slots[i].claimed = false;
	for (i = 0; i < len; i++)
		claims[i].place = NULL;
	assign_by_key(places, claims, len);
	assign_by_url(places, claims, len);
	assign_orphan(places, claims, len);
	for (i = 0; i < len; i++)
		if (claims[i].place == NULL &&
		    assign_new(places, &claims[i]) != 0)
			return -1;
	for (i = places->len; i-- > 0;)
		if (!places->slots[i].claimed && places->slots[i].place->known)
			remember(places, &places->slots[i]);
	return 0;
}

/* Whether ${place} was nobody's until it was claimed. */
static bool
is_revived(const struct places *places, const struct place *place)
{
	size_t s = 0;

	while (places->slots[s].place != place)
		s++;
	return places->slots[s].revived;
}

void
places_share(
    struct places *places, const struct place_claim *claims, size_t len)
{
	struct share_member members[CONFIG_REMOTES_MAX];
	struct place *all[PLACES_MAX];
	size_t i, first, count;

	for (i = 0; i < places->len; i++)
		all[i] = places->slots[i].place;
	for (i = 0; i < len; i++)
		members[i] = (struct share_member){
			.place = claims[i].place,
			.revived = is_revived(places, claims[i].place),
			.share = claims[i].share,
		};
	for (first = 0; first < len; first += count) {
		count = claims[first].share.count;
		share_settle(&members[first], count, all, places->len);
	}
}

uint64_t
places_generation(const struct places *places)
{
	uint64_t highest = 0;
	size_t s;

	for (s = 0; s < places->len; s++)
		if (places->slots[s].place->position.mark.generation > highest)
			highest =
			    places->slots[s].place->position.mark.generation;
	return highest;
}
