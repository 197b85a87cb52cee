/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/admin/gate.h"
#include "agent/auth/base64.h"
#include "agent/base/clock.h"
#include "tests/unit/base/lazy.h"

/* Of "correct horse". */
#define HASH "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"

static char alice[] = "alice", hash[] = HASH;
static const struct webfile guarded = { .users = { { alice, hash } },
	.users_len = 1 };

static void
decided(void *arg)
{
	(void)arg;
}

/* What comes of a header with ${scheme} and the ${len} bytes at ${pair}. */
static enum gate_verdict
come(const char *scheme, const char *pair, size_t len)
{
	struct lazy lazy;
	struct passwords *passwords;
	enum gate_verdict verdict;
	struct buf text;

	lazy_init(&lazy);
	passwords = passwords_new(&lazy.worker, decided, NULL);
	assert_non_null(passwords);
	buf_init(&text, 1u << 16);
	buf_puts(&text, scheme);
	base64_put(&text, pair, len);
	verdict = gate_look(&guarded, passwords, buf_text(&text));
	if (verdict == GATE_LATER) {
		lazy_work(&lazy);
		verdict = gate_look(&guarded, passwords, buf_text(&text));
	}
	buf_release(&text);
	passwords_free(passwords);
	return verdict;
}

#define COME(scheme_, pair_) come(scheme_, pair_, sizeof(pair_) - 1)

static void
who_knows_the_password_is_let_in(void **state)
{
	(void)state;
	assert_int_equal(COME("Basic ", "alice:correct horse"), GATE_OPEN);
	assert_int_equal(COME("bASIC ", "alice:correct horse"), GATE_OPEN);
}

static void
nobody_else_is(void **state)
{
	static const char long_pair[2000] = "alice:";

	(void)state;
	assert_int_equal(COME("Basic ", "alice:wrong"), GATE_SHUT);
	assert_int_equal(COME("Basic ", "alice:"), GATE_SHUT);
	assert_int_equal(COME("Basic ", "bob:correct horse"), GATE_SHUT);
	assert_int_equal(COME("Basic ", ":correct horse"), GATE_SHUT);
	assert_int_equal(COME("Basic ", "alice"), GATE_SHUT);
	assert_int_equal(COME("Basic ", ""), GATE_SHUT);
	assert_int_equal(COME("Basic ", "alice:correct horse\0"), GATE_SHUT);
	assert_int_equal(COME("Basic ", "alice\0:correct horse"), GATE_SHUT);
	assert_int_equal(COME("Bearer ", "alice:correct horse"), GATE_SHUT);
	assert_int_equal(COME("", "alice:correct horse"), GATE_SHUT);
	assert_int_equal(COME("Basic !", "alice:correct horse"), GATE_SHUT);
	assert_int_equal(
	    come("Basic ", long_pair, sizeof(long_pair)), GATE_SHUT);
}

static void
without_a_header_the_gate_is_shut_and_without_users_open(void **state)
{
	static const struct webfile open = { 0 };
	struct lazy lazy;
	struct passwords *passwords;

	(void)state;
	lazy_init(&lazy);
	passwords = passwords_new(&lazy.worker, decided, NULL);
	assert_int_equal(gate_look(&guarded, passwords, NULL), GATE_SHUT);
	assert_int_equal(gate_look(&open, NULL, NULL), GATE_OPEN);
	assert_int_equal(
	    gate_look(&guarded, NULL, "Basic YWxpY2U6eA=="), GATE_BUSY);
	passwords_free(passwords);
}

static void
no_more_come_than_the_rate_allows(void **state)
{
	static const struct webfile slow = { .rate_interval = CLOCK_SEC,
		.rate_burst = 2 };
	static const struct webfile any = { 0 };
	struct gate_rate rate = { 0 };
	uint64_t now = 5;
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_true(gate_take(&rate, &any, now));
	assert_true(gate_take(&rate, &slow, now));
	assert_true(gate_take(&rate, &slow, now));
	assert_false(gate_take(&rate, &slow, now));
	now += CLOCK_SEC / 2;
	assert_false(gate_take(&rate, &slow, now));
	now += CLOCK_SEC / 2;
	assert_true(gate_take(&rate, &slow, now));
	assert_false(gate_take(&rate, &slow, now));
	/* However long nobody came, no more come at once. */
	now += 1000 * CLOCK_SEC;
	assert_true(gate_take(&rate, &slow, now));
	assert_true(gate_take(&rate, &slow, now));
	assert_false(gate_take(&rate, &slow, now));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_knows_the_password_is_let_in),
		cmocka_unit_test(nobody_else_is),
		cmocka_unit_test(
		    without_a_header_the_gate_is_shut_and_without_users_open),
		cmocka_unit_test(no_more_come_than_the_rate_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
