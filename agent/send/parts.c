/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/send/parts.h"

int
parts_init(struct parts *parts)
{
	*parts = (struct parts){ 0 };
	if ((parts->list = calloc(1, sizeof(*parts->list))) == NULL)
		return -1;
	parts->list[0].choice = (struct sift_choice)SIFT_ALL;
	parts->len = 1;
	return 0;
}

void
parts_release(struct parts *parts)
{
	free(parts->list);
	*parts = (struct parts){ 0 };
}

void
parts_next(struct parts *parts)
{
	parts->len--;
	memmove(parts->list, parts->list + 1, parts->len * sizeof(struct part));
}

/* Have the first part twice. */
static int
repeat(struct parts *parts)
{
	struct part *list;

	if (parts->len >= PARTS_MAX)
		return -1;
	list = reallocarray(parts->list, parts->len + 1, sizeof(*list));
	if (list == NULL)
		return -1;
	memmove(list + 1, list, parts->len * sizeof(*list));
	parts->list = list;
	parts->len++;
	return 0;
}

int
parts_halve(struct parts *parts, const struct sifted *body)
{
	if (repeat(parts) != 0)
		return -1;
	parts->list[0].choice.end = body->middle;
	parts->list[1].choice.first = body->middle;
	if (!body->several)
		parts->list[0].bound = true;
	return 0;
}

int
parts_divide(struct parts *parts, unsigned int kinds)
{
	if (repeat(parts) != 0)
		return -1;
	parts->list[0].choice.kinds &= kinds;
	parts->list[0].bound = true;
	parts->list[1].choice.kinds &= ~kinds;
	return 0;
}

void
parts_answered(struct parts *parts)
{
	parts->failing = 0;
	parts->tries = 0;
	parts->list[0].alone = 0;
}

/* The first part goes last. */
static void
defer(struct parts *parts)
{
	struct part first = parts->list[0];

	parts_next(parts);
	parts->list[parts->len++] = first;
}

bool
parts_put_aside(struct parts *parts)
{
	if (parts->list[0].bound)
		return false;
	parts->list[0].aside = true;
	defer(parts);
	return true;
}

static int
by_place(const void *a, const void *b)
{
	const struct part *left = a, *right = b;

	if (left->choice.kinds != right->choice.kinds)
		return left->choice.kinds < right->choice.kinds ? -1 : 1;
	if (left->choice.first != right->choice.first)
		return left->choice.first < right->choice.first ? -1 : 1;
	return 0;
}

/* Whether ${next} begins where ${part} ends, and is of it else. */
static bool
continues(const struct part *part, const struct part *next)
{
	return part->choice.end == next->choice.first &&
	    part->choice.kinds == next->choice.kinds &&
	    part->choice.oldest == next->choice.oldest &&
	    part->choice.newest == next->choice.newest;
}

/* The search has found nothing: put together what it took apart. */
static void
gather(struct parts *parts)
{
	struct part *list = parts->list;
	unsigned int i, kept = 0;

	qsort(list, parts->len, sizeof(*list), by_place);
	for (i = 1; i < parts->len; i++) {
		if (continues(&list[kept], &list[i]))
			list[kept].choice.end = list[i].choice.end;
		else
			list[++kept] = list[i];
	}
	parts->len = kept + 1;
	for (i = 0; i < parts->len; i++)
		list[i].failed = list[i].aside = false;
	parts->searching = false;
	parts_answered(parts);
}

/* Whether enough speaks against ${part}, which failed again, and nothing else. */
static bool
is_proven(const struct part *part, uint64_t accepted, uint64_t now)
{
	if (!part->failed)
		return false;
	if (accepted - part->first_seen >= PARTS_POISON_OTHERS)
		return accepted > part->last_seen;
	/* If it is all that is left, its neighbours and time will do. */
	return part->alone != 0 && accepted > part->first_seen &&
	    now - part->alone >= PARTS_POISON_TIME;
}

/* Have what may be poison in the first part get smaller, or others go first. */
static void
search(struct parts *parts, const struct sifted *body, uint64_t now)
{
	struct part *part = &parts->list[0];

	if (!body->several && parts->len == 1) {
		if (part->alone == 0)
			part->alone = now;
	} else if (++parts->tries > PARTS_POISON_TRIES) {
		gather(parts);
	} else if (body->several) {
		(void)parts_halve(parts, body);
	} else if (!part->bound) {
		defer(parts);
	}
}

bool
parts_suspected(const struct parts *parts, uint64_t now)
{
	return parts->searching ||
	    (parts->failing != 0 && now - parts->failing >= PARTS_POISON_TIME);
}

bool
parts_failed(struct parts *parts, const struct sifted *body, uint64_t accepted,
    uint64_t now)
{
	struct part *part = &parts->list[0];
	bool proven = is_proven(part, accepted, now);

	if (!part->failed)
		part->first_seen = accepted;
	part->failed = true;
	part->last_seen = accepted;
	if (parts->failing == 0)
		parts->failing = now;
	if (!parts_suspected(parts, now))
		return false;
	parts->searching = true;
	if (proven && !body->several)
		return true;
	search(parts, body, now);
	return false;
}
