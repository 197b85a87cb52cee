/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/position/town.h - a state directory, and who asks for places in it.
 */
#ifndef TESTS_UNIT_POSITION_TOWN_H
#define TESTS_UNIT_POSITION_TOWN_H

#include "agent/position/places.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/position/scratch.h"

#define TOWN_CLAIMS_MAX 4u

struct town {
	struct scratch scratch; /* Of which the data directory serves. */
	struct lazy lazy;
	struct sim *sim;
	struct places *places;
	struct place_claim claims[TOWN_CLAIMS_MAX];
	size_t len;
};

/* For each test of cmocka: a new one, and its end. */
int town_set_up(void **state);
int town_tear_down(void **state);

/* Open its places, if they can be, or free them. */
void town_open(struct town *town);
void town_close(struct town *town);

/* A later life begins. */
void town_live_again(struct town *town);

/* One more asks, whose texts must live until all is assigned. */
void town_claim(struct town *town, const char *key, const char *url);

/* Assign what was claimed, and begin a new list of claims. */
void town_assign(struct town *town);

#endif /* TESTS_UNIT_POSITION_TOWN_H */
