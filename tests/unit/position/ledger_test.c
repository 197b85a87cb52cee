/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/position/ledger.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"

#define PRESENT 7u

/* A ledger in a directory of its own. */
struct desk {
	char root[64], path[96];
	struct lazy lazy;
	struct sim *sim;
	struct ledger *ledger;
	uint8_t entry[LEDGER_MAX]; /* As loaded last. */
	size_t len;
};

static int
set_up(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (desk == NULL)
		return -1;
	(void)snprintf(desk->root, sizeof(desk->root), "/tmp/ledger.XXXXXX");
	if (mkdtemp(desk->root) == NULL)
		return -1;
	(void)snprintf(desk->path, sizeof(desk->path), "%s/it", desk->root);
	lazy_init(&desk->lazy);
	desk->sim = sim_new(&(struct sim_receiver){ 0 });
	desk->ledger = ledger_new(
	    sim_clock(desk->sim), &desk->lazy.worker, desk->path, PRESENT);
	*state = desk;
	return desk->ledger == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct desk *desk = *state;

	ledger_free(desk->ledger);
	lazy_work(&desk->lazy);
	sim_free(desk->sim);
	(void)unlink(desk->path);
	(void)rmdir(desk->path);
	(void)rmdir(desk->root);
	free(desk);
	return 0;
}

static int
save(struct desk *desk, const char *text)
{
	return ledger_save(
	    desk->ledger, (const uint8_t *)text, strlen(text) + 1);
}

/* Take the ledger up anew, of ${version}, as a later life does. */
static enum ledger_result
reopen(struct desk *desk, uint32_t version)
{
	ledger_free(desk->ledger);
	lazy_work(&desk->lazy);
	desk->ledger = ledger_new(
	    sim_clock(desk->sim), &desk->lazy.worker, desk->path, version);
	assert_non_null(desk->ledger);
	return ledger_load(desk->ledger, desk->entry, &desk->len);
}

/* A later life must find ${text}. */
static void
expect(struct desk *desk, const char *text)
{
	assert_int_equal(reopen(desk, PRESENT), LEDGER_OK);
	assert_int_equal(desk->len, strlen(text) + 1);
	assert_string_equal((const char *)desk->entry, text);
}

/* Overwrite ${len} bytes at ${offset}. */
static void
spoil(struct desk *desk, off_t offset, size_t len)
{
	int fd = open(desk->path, O_WRONLY | O_CLOEXEC);
	char junk[LEDGER_SLOT];

	assert_int_not_equal(fd, -1);
	memset(junk, 0xa5, sizeof(junk));
	assert_int_equal(pwrite(fd, junk, len, offset), (ssize_t)len);
	(void)close(fd);
}

static void
there_is_none_before_the_first_entry(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(
	    ledger_load(desk->ledger, desk->entry, &desk->len), LEDGER_NONE);
}

static void
the_last_entry_is_found_whatever_their_number(void **state)
{
	struct desk *desk = *state;
	unsigned int i;
	char text[16];

	for (i = 0; i < 20; i++) {
		(void)snprintf(text, sizeof(text), "entry %u", i);
		assert_int_equal(save(desk, text), 0);
		expect(desk, text);
	}
	for (i = 0; i < 20; i++) {
		(void)snprintf(text, sizeof(text), "again %u", i);
		assert_int_equal(save(desk, text), 0);
		(void)sim_run(desk->sim, LEDGER_SYNC / 3);
		if (i % 3 == 0)
			lazy_work(&desk->lazy);
	}
	expect(desk, "again 19");
}

static void
the_largest_entry_fits_and_a_larger_one_is_refused(void **state)
{
	struct desk *desk = *state;
	uint8_t *large = calloc(1, LEDGER_MAX + 1);

	assert_non_null(large);
	large[LEDGER_MAX - 1] = 9;
	assert_int_equal(ledger_save(desk->ledger, large, LEDGER_MAX), 0);
	assert_int_equal(ledger_save(desk->ledger, large, LEDGER_MAX + 1), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(reopen(desk, PRESENT), LEDGER_OK);
	assert_int_equal(desk->len, LEDGER_MAX);
	assert_memory_equal(desk->entry, large, LEDGER_MAX);
	free(large);
}

static void
the_file_has_its_space_from_the_start(void **state)
{
	struct desk *desk = *state;
	struct stat st;

	assert_int_equal(save(desk, "a"), 0);
	assert_int_equal(stat(desk->path, &st), 0);
	assert_int_equal(st.st_size, LEDGER_SLOTS * LEDGER_SLOT);
	assert_true(st.st_blocks * 512 >= st.st_size);
	assert_int_equal(st.st_mode & 07777 & ~0640u, 0);
}

/* Whichever slot is spoilt, an entry is there: the last or the one before. */
static void
one_damaged_slot_costs_one_entry_at_most(void **state)
{
	struct desk *desk = *state;
	unsigned int slot;

	for (slot = 0; slot < LEDGER_SLOTS; slot++) {
		assert_int_equal(save(desk, "before"), 0);
		assert_int_equal(save(desk, "last"), 0);
		spoil(desk, (off_t)slot * (off_t)LEDGER_SLOT + 40, 3);
		assert_int_equal(reopen(desk, PRESENT), LEDGER_OK);
		if (strcmp((const char *)desk->entry, "last") != 0)
			assert_string_equal(
			    (const char *)desk->entry, "before");
	}
}

static void
a_file_without_an_entry_is_damaged_and_can_be_saved_to(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(save(desk, "a"), 0);
	spoil(desk, 0, LEDGER_SLOT);
	spoil(desk, LEDGER_SLOT, LEDGER_SLOT);
	assert_int_equal(reopen(desk, PRESENT), LEDGER_DAMAGED);
	assert_int_equal(save(desk, "b"), 0);
	expect(desk, "b");
	assert_int_equal(truncate(desk->path, 5), 0);
	assert_int_equal(reopen(desk, PRESENT), LEDGER_DAMAGED);
	assert_int_equal(save(desk, "c"), 0);
	expect(desk, "c");
}

/* Every length that a header may claim. */
static void
a_length_beyond_the_slot_is_no_entry(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(save(desk, "a"), 0);
	spoil(desk, LEDGER_SLOT + 12, 4);
	assert_int_equal(reopen(desk, PRESENT), LEDGER_DAMAGED);
}

static void
a_newer_version_is_left_alone(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(save(desk, "a"), 0);
	assert_int_equal(reopen(desk, PRESENT - 1), LEDGER_NEWER);
	assert_int_equal(reopen(desk, PRESENT + 1), LEDGER_OK);
	assert_int_equal(save(desk, "newer"), 0);
	assert_int_equal(reopen(desk, PRESENT), LEDGER_NEWER);
	assert_int_equal(reopen(desk, PRESENT + 1), LEDGER_OK);
	assert_string_equal((const char *)desk->entry, "newer");
}

static void
the_disk_follows_within_a_second_of_the_first_save(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(save(desk, "created, and synced by that"), 0);
	(void)sim_run(desk->sim, 3 * LEDGER_SYNC);
	assert_int_equal(desk->lazy.submitted, 0);
	assert_int_equal(save(desk, "b"), 0);
	(void)sim_run(desk->sim, LEDGER_SYNC / 2);
	assert_int_equal(save(desk, "c"), 0);
	assert_int_equal(desk->lazy.submitted, 0);
	(void)sim_run(desk->sim, LEDGER_SYNC / 2);
	assert_int_equal(desk->lazy.submitted, 1);

	/* Not a second one while the first is under way, but after it. */
	assert_int_equal(save(desk, "d"), 0);
	(void)sim_run(desk->sim, 5 * LEDGER_SYNC);
	assert_int_equal(desk->lazy.submitted, 1);
	lazy_work(&desk->lazy);
	(void)sim_run(desk->sim, LEDGER_SYNC);
	assert_int_equal(desk->lazy.submitted, 2);
	lazy_work(&desk->lazy);
	(void)sim_run(desk->sim, 5 * LEDGER_SYNC);
	assert_int_equal(desk->lazy.submitted, 2);
}

/* Where entry ${text} lies; -1 if it was overwritten. */
static int
slot_of(struct desk *desk, const char *text)
{
	char there[32] = "";
	unsigned int slot;
	int fd = open(desk->path, O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	for (slot = 0; slot < LEDGER_SLOTS; slot++) {
		assert_true(pread(fd, there, sizeof(there) - 1,
				(off_t)slot * (off_t)LEDGER_SLOT +
				    (off_t)LEDGER_HEAD) > 0);
		if (strcmp(there, text) == 0)
			break;
	}
	(void)close(fd);
	return slot < LEDGER_SLOTS ? (int)slot : -1;
}

/* What a loss of power would leave must stay whole until more is safe. */
static void
what_is_safe_on_the_disk_is_not_overwritten(void **state)
{
	struct desk *desk = *state;
	unsigned int i;

	assert_int_equal(save(desk, "safe"), 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(save(desk, "hasty"), 0);
	assert_int_not_equal(slot_of(desk, "safe"), -1);
	assert_int_equal(save(desk, "on its way"), 0);
	(void)sim_run(desk->sim, LEDGER_SYNC);
	assert_int_equal(desk->lazy.submitted, 1);
	for (i = 0; i < 10; i++)
		assert_int_equal(save(desk, "hasty"), 0);
	assert_int_not_equal(slot_of(desk, "safe"), -1);
	assert_int_not_equal(slot_of(desk, "on its way"), -1);
	lazy_work(&desk->lazy);
	for (i = 0; i < 10; i++)
		assert_int_equal(save(desk, "hasty"), 0);
	assert_int_equal(slot_of(desk, "safe"), -1);
	assert_int_not_equal(slot_of(desk, "on its way"), -1);
}

static void
a_file_that_cannot_be_created_is_tried_again_now_and_then(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(mkdir(desk->path, 0700), 0);
	assert_int_equal(save(desk, "a"), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(rmdir(desk->path), 0);
	assert_int_equal(save(desk, "a"), -1);
	assert_int_equal(errno, EISDIR);
	(void)sim_run(desk->sim, LEDGER_RETRY);
	assert_int_equal(save(desk, "b"), 0);
	expect(desk, "b");
}

static void
a_link_in_its_place_is_not_followed(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(symlink("/dev/null", desk->path), 0);
	assert_int_equal(
	    ledger_load(desk->ledger, desk->entry, &desk->len), LEDGER_FAILED);
	assert_int_equal(errno, ELOOP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(there_is_none_before_the_first_entry),
		TEST(the_last_entry_is_found_whatever_their_number),
		TEST(the_largest_entry_fits_and_a_larger_one_is_refused),
		TEST(the_file_has_its_space_from_the_start),
		TEST(one_damaged_slot_costs_one_entry_at_most),
		TEST(a_file_without_an_entry_is_damaged_and_can_be_saved_to),
		TEST(a_length_beyond_the_slot_is_no_entry),
		TEST(a_newer_version_is_left_alone),
		TEST(the_disk_follows_within_a_second_of_the_first_save),
		TEST(what_is_safe_on_the_disk_is_not_overwritten),
		TEST(a_file_that_cannot_be_created_is_tried_again_now_and_then),
		TEST(a_link_in_its_place_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
