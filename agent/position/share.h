/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/position/share.h - the places of those who share series among them.
 *
 * Each member of an entry's urls has the series that a hash of their labels
 * gives it, and reads on at its own place.  When the list is another than it
 * was, series move from one member to another, and what their former owner had
 * not settled is for the new one to send.  So then all members go on from the
 * place of the one that was furthest behind, be it one of those that have left
 * the list.  What a member had settled up to its own place, of the series it
 * had, it leaves out: a receiver may refuse what it has already, and new samples
 * of other series together with that.
 */
#ifndef AGENT_POSITION_SHARE_H
#define AGENT_POSITION_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/position/place.h"
#include "agent/series/final.h"
#include "wal/mark.h"

/* A destination that is to have a share. */
struct share_member {
	struct place *place;
	bool revived; /* The place was nobody's until now. */
	struct position_share share;
};

/**
 * share_settle(members, len, places, places_len):
 * Have the ${len} members of one list, or the one destination of no list, go on
 * where none of them lacks a sample, and note which share each has.  Among the
 * ${places} are all places there are.  None of the members, if the list is
 * another than it was, must be at work.
 */
void share_settle(const struct share_member *members, size_t len,
    struct place *const *places, size_t places_len);

/**
 * share_former(position):
 * What a destination that goes on at ${position} need not send again; of no
 * series if its labels are made otherwise now.
 */
struct position_former share_former(const struct position *position);

/* Whether what ends at ${point} may be left out, if it is of those series. */
bool share_covers(
    const struct position_former *former, struct position_point point);

/* Whether ${final} is, by its labels, of the series of ${share}. */
bool share_has(const struct position_share *share, const struct final *final);

#endif /* AGENT_POSITION_SHARE_H */
