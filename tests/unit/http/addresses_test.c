/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/http/addresses.h"
#include "agent/http/resolve.h"

static struct sockaddr_in v4 = { .sin_family = AF_INET };
static struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

static struct ares_addrinfo_node
node_v4(int ttl)
{
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr), 1);
	return (struct ares_addrinfo_node){
		.ai_family = AF_INET,
		.ai_ttl = ttl,
		.ai_addr = (struct sockaddr *)&v4,
	};
}

static struct ares_addrinfo_node
node_v6(int ttl)
{
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr), 1);
	return (struct ares_addrinfo_node){
		.ai_family = AF_INET6,
		.ai_ttl = ttl,
		.ai_addr = (struct sockaddr *)&v6,
	};
}

static void
addresses_are_written_as_curl_reads_them(void **state)
{
	struct ares_addrinfo_node b = node_v6(60), a = node_v4(60);
	struct ares_addrinfo answer = { .nodes = &a };
	char *text;

	(void)state;
	a.ai_next = &b;
	text = addresses_text(&answer);
	assert_string_equal(text, "192.0.2.1,[2001:db8::1]");
	free(text);
}

static void
an_answer_without_addresses_has_no_text(void **state)
{
	struct ares_addrinfo answer = { 0 };

	(void)state;
	assert_null(addresses_text(&answer));
}

static void
no_more_addresses_are_written_than_the_ceiling(void **state)
{
	struct ares_addrinfo_node nodes[RESOLVE_ADDRESSES_MAX + 4];
	struct ares_addrinfo answer = { .nodes = nodes };
	size_t i, n = sizeof(nodes) / sizeof(nodes[0]), commas = 0;
	char *text, *at;

	(void)state;
	for (i = 0; i < n; i++) {
		nodes[i] = node_v6(60);
		nodes[i].ai_next = i + 1 < n ? &nodes[i + 1] : NULL;
	}
	text = addresses_text(&answer);
	assert_non_null(text);
	for (at = text; (at = strchr(at, ',')) != NULL; at++)
		commas++;
	assert_int_equal(commas, RESOLVE_ADDRESSES_MAX - 1);
	free(text);
}

static void
the_shortest_time_to_live_counts(void **state)
{
	struct ares_addrinfo_node b = node_v6(30), a = node_v4(60);
	struct ares_addrinfo_cname alias = { .ttl = 20 };
	struct ares_addrinfo answer = { .nodes = &a };

	(void)state;
	a.ai_next = &b;
	assert_int_equal(addresses_ttl(&answer), 30 * CLOCK_SEC);
	answer.cnames = &alias;
	assert_int_equal(addresses_ttl(&answer), 20 * CLOCK_SEC);
}

static void
the_time_to_live_is_held_within_its_bounds(void **state)
{
	struct ares_addrinfo_node node = node_v4(0);
	struct ares_addrinfo answer = { .nodes = &node };

	(void)state;
	assert_int_equal(addresses_ttl(&answer), RESOLVE_TTL_MIN);
	node.ai_ttl = -1;
	assert_int_equal(addresses_ttl(&answer), RESOLVE_TTL_MIN);
	node.ai_ttl = INT32_MAX;
	assert_int_equal(addresses_ttl(&answer), RESOLVE_TTL_MAX);
}

static void
any_of_them_is_picked(void **state)
{
	static const char text[] = "192.0.2.1,[2001:db8::1],192.0.2.3";
	char one[ADDRESS_MAX];
	unsigned int seen = 0, i;

	(void)state;
	assert_string_equal(addresses_pick("192.0.2.1", one), "192.0.2.1");
	/* One is missed a thousand times in a row: not in this world. */
	for (i = 0; i < 1000; i++) {
		(void)addresses_pick(text, one);
		seen |= strcmp(one, "192.0.2.1") == 0   ? 1
		    : strcmp(one, "[2001:db8::1]") == 0 ? 2
		    : strcmp(one, "192.0.2.3") == 0     ? 4
							: 8;
	}
	assert_int_equal(seen, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_of_them_is_picked),
		cmocka_unit_test(addresses_are_written_as_curl_reads_them),
		cmocka_unit_test(an_answer_without_addresses_has_no_text),
		cmocka_unit_test(
		    no_more_addresses_are_written_than_the_ceiling),
		cmocka_unit_test(the_shortest_time_to_live_counts),
		cmocka_unit_test(the_time_to_live_is_held_within_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
