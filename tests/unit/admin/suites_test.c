/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/admin/suites.h"

/* Whether ${suites} has ${protocol} of GnuTLS. */
static bool
has_protocol(const struct suites *suites, gnutls_protocol_t protocol)
{
	const unsigned int *list;
	gnutls_priority_t made;
	bool found = false;
	int len;

	assert_int_equal(suites_make(suites, &made), 0);
	len = gnutls_priority_protocol_list(made, &list);
	while (len-- > 0)
		found = found || list[len] == (unsigned int)protocol;
	gnutls_priority_deinit(made);
	return found;
}

static void
versions_are_those_between(void **state)
{
	struct suites suites = suites_default;

	(void)state;
	assert_false(has_protocol(&suites, GNUTLS_TLS1_1));
	assert_true(has_protocol(&suites, GNUTLS_TLS1_2));
	assert_true(has_protocol(&suites, GNUTLS_TLS1_3));
	suites.min_version = SUITES_TLS10;
	suites.max_version = SUITES_TLS12;
	assert_true(has_protocol(&suites, GNUTLS_TLS1_2));
	assert_false(has_protocol(&suites, GNUTLS_TLS1_3));
	suites.min_version = SUITES_TLS13;
	assert_true(suites_are_empty(&suites));
}

/* What ${yaml}, a list, comes to by ${read}; how many faults there are. */
static size_t
read_list(const char *yaml, schema_read_fn *read, struct suites *suites)
{
	struct fault_list faults = { 0 };
	struct tree_node *root = tree_parse(yaml, strlen(yaml), &faults);
	const struct schema_at at = { .node = root, .faults = &faults };
	size_t count;

	assert_non_null(root);
	read(&at, suites);
	tree_free(root);
	count = faults.count;
	fault_release(&faults);
	return count;
}

static void
ciphers_are_those_that_are_named(void **state)
{
	struct suites suites = suites_default;
	const unsigned int *list;
	gnutls_priority_t made;

	(void)state;
	assert_int_equal(
	    read_list("[TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "
		      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "
		      "TLS_CHACHA20_POLY1305_SHA256]",
		suites_read_ciphers, &suites),
	    0);
	assert_int_equal(suites.ciphers_len, 2);
	assert_int_equal(suites_make(&suites, &made), 0);
	assert_int_equal(gnutls_priority_cipher_list(made, &list), 2);
	assert_int_equal(list[0], GNUTLS_CIPHER_CHACHA20_POLY1305);
	assert_int_equal(list[1], GNUTLS_CIPHER_AES_256_GCM);
	gnutls_priority_deinit(made);
}

static void
curves_are_those_that_are_named(void **state)
{
	struct suites suites = suites_default;
	const unsigned int *list;
	gnutls_priority_t made;

	(void)state;
	assert_int_equal(read_list("[X25519, CurveP384, X25519]",
			     suites_read_curves, &suites),
	    0);
	assert_int_equal(suites_make(&suites, &made), 0);
	assert_int_equal(gnutls_priority_group_list(made, &list), 2);
	assert_int_equal(list[0], GNUTLS_GROUP_X25519);
	assert_int_equal(list[1], GNUTLS_GROUP_SECP384R1);
	gnutls_priority_deinit(made);
}

static void
what_is_not_known_is_a_fault(void **state)
{
	struct suites suites = suites_default;

	(void)state;
	assert_int_equal(
	    read_list("[TLS_NO_SUCH, TLS_AES_128_GCM_SHA256, [], 1]",
		suites_read_ciphers, &suites),
	    3);
	assert_int_equal(read_list("x", suites_read_curves, &suites), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_those_between),
		cmocka_unit_test(ciphers_are_those_that_are_named),
		cmocka_unit_test(curves_are_those_that_are_named),
		cmocka_unit_test(what_is_not_known_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
