/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/admin/passwords.h"
#include "tests/unit/base/lazy.h"

/* Of "correct horse", as cheap as can be; and of "another". */
#define HASH "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"

/* Passwords with a worker that does its work when it is told to. */
struct desk {
	struct lazy lazy;
	struct passwords *passwords;
	unsigned int decided;
};

static void
decided(void *arg)
{
	struct desk *desk = arg;

	desk->decided++;
}

static int
set_up(void **state)
{
	static struct desk desk;

	lazy_init(&desk.lazy);
	desk.decided = 0;
	desk.passwords = passwords_new(&desk.lazy.worker, decided, &desk);
	assert_non_null(desk.passwords);
	*state = &desk;
	return 0;
}

static int
tear_down(void **state)
{
	struct desk *desk = *state;

	passwords_close(desk->passwords);
	lazy_work(&desk->lazy);
	passwords_free(desk->passwords);
	return 0;
}

static enum passwords_verdict
ask(struct desk *desk, const char *password)
{
	return passwords_ask(desk->passwords, "alice", HASH, true, password);
}

static void
what_is_right_is_found_later_and_then_at_once(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(ask(desk, "correct horse"), PASSWORDS_LATER);
	assert_int_equal(ask(desk, "incorrect horse"), PASSWORDS_LATER);
	lazy_work(&desk->lazy);
	assert_int_equal(desk->decided, 2);
	assert_int_equal(ask(desk, "correct horse"), PASSWORDS_RIGHT_ONE);
	assert_int_equal(ask(desk, "incorrect horse"), PASSWORDS_WRONG_ONE);
	assert_int_equal(desk->lazy.submitted, 2);
}

static void
who_asks_the_same_waits_for_the_same(void **state)
{
	struct desk *desk = *state;
	unsigned int i;

	for (i = 0; i < 3 * PASSWORDS_QUEUE; i++)
		assert_int_equal(ask(desk, "correct horse"), PASSWORDS_LATER);
	assert_int_equal(desk->lazy.submitted, 1);
}

static void
a_user_who_does_not_exist_is_compared_as_well(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(
	    passwords_ask(desk->passwords, "bob", HASH, false, "correct horse"),
	    PASSWORDS_LATER);
	assert_int_equal(ask(desk, "correct horse"), PASSWORDS_LATER);
	lazy_work(&desk->lazy);
	assert_int_equal(
	    passwords_ask(desk->passwords, "bob", HASH, false, "correct horse"),
	    PASSWORDS_WRONG_ONE);
	assert_int_equal(ask(desk, "correct horse"), PASSWORDS_RIGHT_ONE);
}

/* Else who asks for two names with one password knows which of them is known. */
static void
of_each_name_it_is_found_out_anew(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(
	    passwords_ask(desk->passwords, "bob", HASH, false, "x"),
	    PASSWORDS_LATER);
	lazy_work(&desk->lazy);
	assert_int_equal(
	    passwords_ask(desk->passwords, "bob", HASH, false, "x"),
	    PASSWORDS_WRONG_ONE);
	assert_int_equal(
	    passwords_ask(desk->passwords, "eve", HASH, false, "x"),
	    PASSWORDS_LATER);
	assert_int_equal(ask(desk, "x"), PASSWORDS_LATER);
}

static void
no_more_wait_than_there_is_room_for(void **state)
{
	struct desk *desk = *state;
	char password[16];
	unsigned int i;

	for (i = 0; i < PASSWORDS_QUEUE; i++) {
		(void)snprintf(password, sizeof(password), "%u", i);
		assert_int_equal(ask(desk, password), PASSWORDS_LATER);
	}
	assert_int_equal(ask(desk, "one more"), PASSWORDS_BUSY);
	assert_int_equal(ask(desk, "0"), PASSWORDS_LATER);
	lazy_work(&desk->lazy);
	assert_int_equal(ask(desk, "one more"), PASSWORDS_LATER);
}

static void
no_flood_of_wrong_ones_has_a_right_one_forgotten(void **state)
{
	struct desk *desk = *state;
	char password[16];
	unsigned int i;

	(void)ask(desk, "correct horse");
	for (i = 0; i < 2 * PASSWORDS_WRONG; i++) {
		lazy_work(&desk->lazy);
		(void)snprintf(password, sizeof(password), "%u", i);
		assert_int_equal(ask(desk, password), PASSWORDS_LATER);
	}
	lazy_work(&desk->lazy);
	assert_int_equal(ask(desk, "correct horse"), PASSWORDS_RIGHT_ONE);
	assert_int_equal(ask(desk, "0"), PASSWORDS_LATER);
}

static void
another_hash_is_another_question(void **state)
{
	struct desk *desk = *state;
	char hash[] = HASH;

	(void)ask(desk, "correct horse");
	lazy_work(&desk->lazy);
	hash[40] ^= 1;
	assert_int_equal(passwords_ask(desk->passwords, "alice", hash, true,
			     "correct horse"),
	    PASSWORDS_LATER);
	lazy_work(&desk->lazy);
	assert_int_equal(passwords_ask(desk->passwords, "alice", hash, true,
			     "correct horse"),
	    PASSWORDS_WRONG_ONE);
}

static void
what_is_too_long_is_wrong_at_once(void **state)
{
	char password[PASSWORDS_LENGTH_MAX + 2], name[PASSWORDS_NAME_MAX + 2];
	struct desk *desk = *state;

	memset(password, 'x', sizeof(password));
	password[PASSWORDS_LENGTH_MAX + 1] = '\0';
	assert_int_equal(ask(desk, password), PASSWORDS_WRONG_ONE);
	password[PASSWORDS_LENGTH_MAX] = '\0';
	memset(name, 'x', sizeof(name));
	name[PASSWORDS_NAME_MAX + 1] = '\0';
	assert_int_equal(
	    passwords_ask(desk->passwords, name, HASH, false, password),
	    PASSWORDS_WRONG_ONE);
	name[PASSWORDS_NAME_MAX] = '\0';
	assert_int_equal(
	    passwords_ask(desk->passwords, name, HASH, false, password),
	    PASSWORDS_LATER);
	assert_int_equal(ask(desk, password), PASSWORDS_LATER);
}

static void
what_waits_at_the_end_is_left(void **state)
{
	struct desk *desk = *state;

	(void)ask(desk, "correct horse");
	passwords_close(desk->passwords);
	lazy_work(&desk->lazy);
	assert_int_equal(desk->decided, 0);
}

int
main(void)
{
#define AT_A_DESK(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		AT_A_DESK(what_is_right_is_found_later_and_then_at_once),
		AT_A_DESK(who_asks_the_same_waits_for_the_same),
		AT_A_DESK(a_user_who_does_not_exist_is_compared_as_well),
		AT_A_DESK(of_each_name_it_is_found_out_anew),
		AT_A_DESK(no_more_wait_than_there_is_room_for),
		AT_A_DESK(no_flood_of_wrong_ones_has_a_right_one_forgotten),
		AT_A_DESK(another_hash_is_another_question),
		AT_A_DESK(what_is_too_long_is_wrong_at_once),
		AT_A_DESK(what_waits_at_the_end_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
