/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/log.h"
#include "agent/position/share.h"

/* Those of a list. */
struct group {
	const struct share_member *members;
	size_t len;
	bool alive; /* One of them, at least, was at work until now. */
};

/* Whether the place of ${member} tells of the list as it was until now. */
static bool
tells(const struct group *group, const struct share_member *member)
{
	return member->place->known && !(group->alive && member->revived);
}

static bool
is_alive(const struct group *group)
{
	size_t i;

	for (i = 0; i < group->len; i++)
		if (group->members[i].place->known &&
		    !group->members[i].revived)
			return true;
	return false;
}

/* Whether ${place} had a share in what the members have now. */
static bool
had_a_share(const struct group *group, const struct place *place)
{
	const struct share_member *member;
	uint32_t list = place->position.share.list;
	size_t i;

	if (!place->known)
		return false;
	for (i = 0; i < group->len; i++) {
		member = &group->members[i];
		if (tells(group, member) &&
		    (member->place == place ||
			(list != 0 &&
			    list == member->place->position.share.list)))
			return true;
	}
	return false;
}

/* Whether the list is as it was. */
static bool
is_as_it_was(const struct group *group)
{
	const struct share_member *member;
	size_t i;

	for (i = 0; i < group->len; i++) {
		member = &group->members[i];
		if (!member->place->known ||
		    member->place->position.share.list != member->share.list)
			return false;
	}
	return true;
}

/* Whether ${a} would read what ${b} would not. */
static bool
is_behind(const struct position *a, const struct position *b)
{
	if (!a->begun || !b->begun)
		return b->begun;
	return wal_mark_compare(&a->mark, &b->mark) < 0;
}

/* The place furthest behind of those that had a share; NULL: none had. */
static const struct place *
find_last(
    const struct group *group, struct place *const *places, size_t places_len)
{
	const struct place *last = NULL, *place;
	size_t i;

	for (i = 0; i < places_len; i++) {
		place = places[i];
		if (had_a_share(group, place) &&
		    (last == NULL ||
			is_behind(&place->position, &last->position)))
			last = place;
	}
	return last;
}

/* What ${position} need not send again of what comes before its mark. */
static void
note_former(struct position *position)
{
	position->former = (struct position_former){ 0 };
	if (position->begun && position->mark.inside == 0)
		position->former = (struct position_former){
			position->share,
			position_point(&position->mark),
		};
}

/* Have ${place} go on where ${last} is. */
static void
move(struct place *place, const struct position *last, bool had)
{
	struct position *position = &place->position;

	if (had)
		note_former(position);
	if (!place->known)
		position->clean = true; /* Nothing was sent from it. */
	place->known = true;
	position->begun = last->begun;
	position->mark = last->mark;
	position->checkpoint = last->checkpoint;
	position->since = last->since;
	position->highest = last->highest;
	position->ranges_len = 0; /* They are of other series. */
}

/* Have all go on where ${last} is. */
static void
move_all(const struct group *group, const struct place *last)
{
	const struct position from = last->position;
	struct place *place;
	size_t i;

	for (i = 0; i < group->len; i++) {
		place = group->members[i].place;
		move(place, &from, had_a_share(group, place));
	}
	log_info("the urls of an entry are others now; all of them go on where "
		 "the one furthest behind was",
	    LOG_STR("key", from.key),
	    LOG_UINT("segment", wal_mark_position(&from.mark).segment),
	    LOG_UINT("offset", from.mark.at.offset));
}

void
share_settle(const struct share_member *members, size_t len,
    struct place *const *places, size_t places_len)
{
	struct group group = { members, len, false };
	const struct place *last;
	size_t i;

	group.alive = is_alive(&group);
	if (!is_as_it_was(&group) &&
	    (last = find_last(&group, places, places_len)) != NULL)
		move_all(&group, last);
	for (i = 0; i < len; i++)
		members[i].place->position.share = members[i].share;
}

struct position_former
share_former(const struct position *position)
{
	return position->former.share.labels == position->share.labels
	    ? position->former
	    : (struct position_former){ 0 };
}

bool
share_covers(const struct position_former *former, struct position_point point)
{
	return former->share.count > 0 &&
	    position_compare(point, former->until) <= 0;
}

bool
share_has(const struct position_share *share, const struct final *final)
{
	return hash_stable(final->packed, final->packed_len) % share->count ==
	    share->index;
}
