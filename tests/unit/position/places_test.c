/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/position/town.h"

/* Save ${highest} in the place of claim ${i}, to know it again. */
static void
save(struct town *town, size_t i, int64_t highest)
{
	town->claims[i].place->position.highest = highest;
	place_save(town->claims[i].place);
	assert_true(town->claims[i].place->saved);
}

/* What was saved in the place of claim ${i}; 0: it is new. */
static int64_t
saved(const struct town *town, size_t i)
{
	const struct place *place = town->claims[i].place;

	return place->known ? place->position.highest : 0;
}

/* Two destinations have their places. */
static void
settle_two(struct town *town)
{
	town_claim(town, "a", "http://a/");
	town_claim(town, "b", "http://b/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 0);
	assert_int_equal(saved(town, 1), 0);
	save(town, 0, 100);
	save(town, 1, 200);
	town_live_again(town);
}

static void
a_place_is_found_by_its_key_whatever_the_order_and_the_url(void **state)
{
	struct town *town = *state;

	settle_two(town);
	town_claim(town, "b", "http://a/");
	town_claim(town, "a", "http://elsewhere/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 200);
	assert_int_equal(saved(town, 1), 100);
	assert_string_equal(
	    town->claims[1].place->position.url, "http://elsewhere/");
}

static void
one_with_a_new_key_has_the_place_of_its_url(void **state)
{
	struct town *town = *state;

	settle_two(town);
	town_claim(town, "now named", "http://b/");
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 200);
	assert_int_equal(saved(town, 1), 100);
}

static void
a_url_that_two_ask_for_is_given_to_neither(void **state)
{
	struct town *town = *state;

	settle_two(town);
	town_claim(town, "x", "http://b/");
	town_claim(town, "y", "http://b/");
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 0);
	assert_int_equal(saved(town, 1), 0);
	assert_int_equal(saved(town, 2), 100);
}

static void
the_only_new_one_takes_over_the_only_orphan(void **state)
{
	struct town *town = *state;

	settle_two(town);
	town_claim(town, "a", "http://a/");
	town_claim(town, "c", "http://c/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 100);
	assert_int_equal(saved(town, 1), 200);
	assert_string_equal(town->claims[1].place->position.key, "c");
}

/* It may be put back; what is new beside it is new. */
static void
one_removed_before_is_not_taken_over(void **state)
{
	struct town *town = *state;

	settle_two(town);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	town_claim(town, "a", "http://a/");
	town_claim(town, "c", "http://c/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 100);
	assert_int_equal(saved(town, 1), 0);
	town_live_again(town);
	town_claim(town, "a", "http://a/");
	town_claim(town, "b", "http://b/");
	town_assign(town);
	assert_int_equal(saved(town, 1), 200);
}

static void
of_two_orphans_none_is_taken_over(void **state)
{
	struct town *town = *state;

	settle_two(town);
	town_claim(town, "c", "http://c/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 0);
}

static void
one_that_is_put_back_within_a_day_has_its_place(void **state)
{
	struct town *town = *state;

	settle_two(town);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	town_live_again(town);
	sim_jump(town->sim, PLACES_KEEP - 1);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	town_live_again(town);
	town_claim(town, "b", "http://other/");
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 200);
	assert_int_equal(town->claims[0].place->position.removed, 0);
	assert_int_equal(saved(town, 1), 100);
}

static void
one_that_is_gone_for_a_day_is_forgotten(void **state)
{
	struct town *town = *state;

	settle_two(town);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	sim_jump(town->sim, PLACES_KEEP);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	town_live_again(town);
	town_claim(town, "b", "http://b/");
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_int_equal(saved(town, 0), 0);
	assert_int_equal(saved(town, 1), 100);
}

/* The series beside a place go with it. */
static void
what_is_kept_of_its_series_is_forgotten_too(void **state)
{
	struct town *town = *state;
	char path[128];
	int fd;

	settle_two(town);
	town_claim(town, "a", "http://a/");
	town_claim(town, "b", "http://b/");
	town_assign(town);
	(void)snprintf(path, sizeof(path), "%s", town->claims[1].place->series);
	assert_int_equal(
	    strncmp(path, town->scratch.data, strlen(town->scratch.data)), 0);
	assert_string_equal(path + strlen(path) - 9, "/2.series");
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_int_equal(access(path, F_OK), 0);
	sim_jump(town->sim, PLACES_KEEP);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_int_equal(access(path, F_OK), -1);
}

static void
assigning_again_in_one_life_changes_nothing(void **state)
{
	struct town *town = *state;
	struct place *a, *b;

	settle_two(town);
	town_claim(town, "a", "http://a/");
	town_claim(town, "b", "http://b/");
	town_assign(town);
	a = town->claims[0].place;
	b = town->claims[1].place;
	town_claim(town, "b", "http://b/");
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_ptr_equal(town->claims[0].place, b);
	assert_ptr_equal(town->claims[1].place, a);
}

/* Overwrite the files of all places with ${text}. */
static void
overwrite_all(struct town *town, const char *text)
{
	DIR *dir = opendir(town->scratch.data);
	const struct dirent *entry;
	int fd;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strstr(entry->d_name, ".position") == NULL)
			continue;
		fd = openat(
		    dirfd(dir), entry->d_name, O_WRONLY | O_TRUNC | O_CLOEXEC);
		assert_int_not_equal(fd, -1);
		assert_true(write(fd, text, strlen(text)) > 0);
		(void)close(fd);
	}
	(void)closedir(dir);
}

static void
a_damaged_place_is_known_to_be_lost(void **state)
{
	struct town *town = *state;

	town_claim(town, "a", "http://a/");
	town_assign(town);
	save(town, 0, 100);
	town_close(town);
	overwrite_all(town, "nonsense");
	town_open(town);
	assert_non_null(town->places);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_true(town->claims[0].place->lost);
	assert_int_equal(saved(town, 0), 0);
	save(town, 0, 300);
	town_live_again(town);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_false(town->claims[0].place->lost);
	assert_int_equal(saved(town, 0), 300);
}

static void
a_place_of_a_later_version_is_not_touched(void **state)
{
	struct town *town = *state;
	char path[128];
	struct ledger *ledger;

	(void)snprintf(path, sizeof(path), "%s/1.position", town->scratch.data);
	ledger = ledger_new(sim_clock(town->sim), &town->lazy.worker, path,
	    POSITION_VERSION + 1);
	assert_non_null(ledger);
	assert_int_equal(ledger_save(ledger, (const uint8_t *)"x", 1), 0);
	ledger_free(ledger);
	town_close(town);
	town_open(town);
	assert_null(town->places);
}

static void
other_files_are_left_alone(void **state)
{
	static const char *const names[] = { "lock", "x.position",
		"1.positions", "1.position.tmp", "+1.position",
		"12345678.position" };
	struct town *town = *state;
	char path[128];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", town->scratch.data, names[i]);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_int_not_equal(fd, -1);
		(void)close(fd);
	}
	town_live_again(town);
	town_claim(town, "a", "http://a/");
	town_assign(town);
	assert_false(town->claims[0].place->lost);
}

/* Longer than what is kept of a key and a URL. */
static void
a_long_key_is_known_again(void **state)
{
	struct town *town = *state;
	char key[POSITION_TEXT_MAX + 100], other[sizeof(key)];

	memset(key, 'k', sizeof(key));
	memset(other, 'o', sizeof(other));
	key[sizeof(key) - 1] = other[sizeof(other) - 1] = '\0';
	town_claim(town, key, key);
	town_claim(town, other, other);
	town_assign(town);
	save(town, 0, 1);
	save(town, 1, 2);
	town_live_again(town);
	town_claim(town, other, other);
	town_claim(town, key, key);
	town_assign(town);
	assert_int_equal(town->claims[0].place->position.highest, 2);
	assert_int_equal(town->claims[1].place->position.highest, 1);
}

/* For one more, the one that was removed first gives way. */
static void
there_is_always_room_for_one_more(void **state)
{
	struct town *town = *state;
	struct place *kept;
	char key[16];
	unsigned int i;

	town_claim(town, "kept", "http://kept/");
	town_assign(town);
	save(town, 0, 1);
	kept = town->claims[0].place;
	for (i = 0; i < PLACES_MAX + 10; i++) {
		(void)snprintf(key, sizeof(key), "%u", i);
		town_claim(town, "kept", "http://kept/");
		town_claim(town, key, key);
		/* Two, lest the only orphan be taken over. */
		town_claim(town, "a", "http://a/");
		if (i % 2 == 0)
			town->len--;
		town_assign(town);
		assert_ptr_equal(town->claims[0].place, kept);
		place_save(town->claims[1].place);
		(void)sim_run(town->sim, CLOCK_SEC);
	}
	town_claim(town, "a", "http://a/");
	town_claim(town, key, key);
	town_claim(town, "0", "0");
	town_assign(town);
	assert_true(town->claims[1].place->known);
	assert_false(town->claims[2].place->known);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, town_set_up, town_tear_down)
		TEST(
		    a_place_is_found_by_its_key_whatever_the_order_and_the_url),
		TEST(one_with_a_new_key_has_the_place_of_its_url),
		TEST(a_url_that_two_ask_for_is_given_to_neither),
		TEST(the_only_new_one_takes_over_the_only_orphan),
		TEST(one_removed_before_is_not_taken_over),
		TEST(of_two_orphans_none_is_taken_over),
		TEST(one_that_is_put_back_within_a_day_has_its_place),
		TEST(one_that_is_gone_for_a_day_is_forgotten),
		TEST(what_is_kept_of_its_series_is_forgotten_too),
		TEST(assigning_again_in_one_life_changes_nothing),
		TEST(a_damaged_place_is_known_to_be_lost),
		TEST(a_place_of_a_later_version_is_not_touched),
		TEST(other_files_are_left_alone),
		TEST(a_long_key_is_known_again),
		TEST(there_is_always_room_for_one_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
