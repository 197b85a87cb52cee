/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "agent/admin/guests.h"

/* Nobody's descriptors: to shut them down is an error that is not seen. */
#define FDS 100000

static struct sockaddr_storage
four(uint32_t number)
{
	struct sockaddr_storage storage = { 0 };
	struct sockaddr_in *address = (void *)&storage;

	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(number);
	address->sin_port = (in_port_t)number; /* Which does not count. */
	return storage;
}

/* Who comes from ${number} at ${now}; the descriptor tells them apart. */
static struct guest *
come(struct guests *guests, uint32_t number, uint64_t now)
{
	static int fd = FDS;
	struct sockaddr_storage address = four(number);

	return guests_enter(guests, fd++, &address, now);
}

static void
there_is_room_for_so_many(void **state)
{
	struct guests guests = { 0 };
	struct guest *first = come(&guests, 0, 1);
	unsigned int i;

	(void)state;
	for (i = 1; i < GUESTS_MAX; i++) {
		assert_false(guests_full(&guests));
		assert_non_null(come(&guests, i, 1));
	}
	assert_true(guests_full(&guests));
	assert_null(come(&guests, i, 1));
	assert_ptr_equal(guests_find(&guests, first->fd), first);
	guests_leave(&guests, first);
	assert_null(guests_find(&guests, first->fd));
	assert_false(guests_full(&guests));
	assert_non_null(come(&guests, i, 1));
}

static void
an_address_has_room_for_fewer(void **state)
{
	struct guests guests = { 0 };
	struct guest *guest = NULL, *other = come(&guests, 2, 1);
	unsigned int i;

	(void)state;
	for (i = 0; i < GUESTS_OF_ADDRESS; i++) {
		guest = come(&guests, 1, 1);
		assert_false(guests_crowded(&guests, guest));
	}
	guest = come(&guests, 1, 1);
	assert_true(guests_crowded(&guests, guest));
	assert_false(guests_crowded(&guests, other));
	/* Who goes already does not count. */
	guests_dismiss(guests_spare(&guests, guest));
	assert_false(guests_crowded(&guests, guest));
}

static void
who_has_not_asked_for_longest_is_spared(void **state)
{
	struct guests guests = { 0 };
	struct guest *asks = come(&guests, 1, 1);
	struct guest *answered = come(&guests, 1, 2);
	struct guest *silent = come(&guests, 1, 5);
	struct guest *elsewhere = come(&guests, 2, 3);

	(void)state;
	guests_ask(asks, 6);
	guests_ask(answered, 6);
	guests_answered(answered, 7);
	assert_ptr_equal(guests_spare(&guests, NULL), elsewhere);
	assert_ptr_equal(guests_spare(&guests, asks), silent);
	assert_ptr_equal(guests_spare(&guests, silent), answered);
	guests_dismiss(elsewhere);
	assert_ptr_equal(guests_spare(&guests, NULL), silent);
	guests_dismiss(silent);
	guests_dismiss(answered);
	assert_null(guests_spare(&guests, NULL));
}

static void
each_has_its_time(void **state)
{
	struct guests guests = { 0 };
	struct guest *slow = come(&guests, 1, 0);
	struct guest *idle = come(&guests, 1, 0);
	struct guest *reader = come(&guests, 1, 0);

	(void)state;
	guests_ask(idle, 0);
	guests_answered(idle, CLOCK_SEC);
	guests_ask(reader, 2 * CLOCK_SEC);
	assert_int_equal(
	    guests_sweep(&guests, GUESTS_ASK_TIME - 1), GUESTS_ASK_TIME);
	assert_false(slow->going);
	assert_int_equal(guests_sweep(&guests, GUESTS_ASK_TIME),
	    CLOCK_SEC + GUESTS_IDLE_TIME);
	assert_true(slow->going);
	assert_int_equal(guests_sweep(&guests, CLOCK_SEC + GUESTS_IDLE_TIME),
	    2 * CLOCK_SEC + GUESTS_ANSWER_TIME);
	assert_true(idle->going);
	assert_false(reader->going);
	assert_int_equal(
	    guests_sweep(&guests, 2 * CLOCK_SEC + GUESTS_ANSWER_TIME),
	    CLOCK_NEVER);
	assert_true(reader->going);
}

static void
an_address_is_the_same_by_any_family(void **state)
{
	static const uint8_t mapped[16] = {
		[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1
	};
	struct guests guests = { 0 };
	struct sockaddr_storage storage = { 0 };
	struct sockaddr_in6 *six = (void *)&storage;
	struct guest *a, *b, *c;

	(void)state;
	six->sin6_family = AF_INET6;
	memcpy(&six->sin6_addr, mapped, sizeof(mapped));
	a = come(&guests, 0x0a000001, 1);
	b = guests_enter(&guests, 1, &storage, 1);
	assert_memory_equal(a->address, b->address, 16);
	storage.ss_family = AF_UNIX;
	c = guests_enter(&guests, 2, &storage, 1);
	assert_memory_not_equal(a->address, c->address, 16);
}

static void
who_is_dismissed_finds_the_connection_shut(void **state)
{
	struct guests guests = { 0 };
	struct sockaddr_storage address = four(1);
	int pair[2];
	char byte;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	guests_dismiss(guests_enter(&guests, pair[0], &address, 1));
	assert_int_equal(read(pair[1], &byte, 1), 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void
who_is_idle_goes_and_who_is_answered_does_not(void **state)
{
	struct guests guests = { 0 };
	struct guest *fresh, *asking, *idle;

	(void)state;
	fresh = come(&guests, 1, 1);
	asking = come(&guests, 2, 1);
	idle = come(&guests, 3, 1);
	guests_ask(asking, 2);
	guests_ask(idle, 2);
	guests_answered(idle, 3);
	guests_dismiss_idle(&guests);
	assert_false(fresh->going);
	assert_false(asking->going);
	assert_true(idle->going);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_room_for_so_many),
		cmocka_unit_test(an_address_has_room_for_fewer),
		cmocka_unit_test(who_has_not_asked_for_longest_is_spared),
		cmocka_unit_test(each_has_its_time),
		cmocka_unit_test(an_address_is_the_same_by_any_family),
		cmocka_unit_test(who_is_dismissed_finds_the_connection_shut),
		cmocka_unit_test(who_is_idle_goes_and_who_is_answered_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
