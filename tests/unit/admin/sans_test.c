/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gnutls/x509.h>
#include <string.h>

#include "agent/admin/sans.h"
#include "tests/unit/admin/papers.h"

/* Whether the certificate of a is for one of the names in ${yaml}, a list. */
static bool
is_for(const char *yaml)
{
	unsigned char pem[] = A_CERTIFICATE;
	const gnutls_datum_t text = { pem, sizeof(pem) - 1 };
	struct fault_list faults = { 0 };
	struct tree_node *root = tree_parse(yaml, strlen(yaml), &faults);
	const struct schema_at at = { .node = root, .faults = &faults };
	struct sans sans = { 0 };
	gnutls_datum_t der;
	bool found;

	sans_read(&at, &sans);
	tree_free(root);
	assert_true(fault_none(&faults));
	assert_int_equal(gnutls_pem_base64_decode2("CERTIFICATE", &text, &der),
	    GNUTLS_E_SUCCESS);
	found = sans_match(&sans, &der);
	gnutls_free(der.data);
	sans_release(&sans);
	return found;
}

static void
a_certificate_is_for_each_of_its_names(void **state)
{
	(void)state;
	assert_true(is_for("[a.test]"));
	assert_true(is_for("[10.0.0.1]"));
	assert_true(is_for("['2001:db8::1']"));
	assert_true(is_for("[a@mail.test]"));
	assert_true(is_for("['spiffe://a.test/x']"));
	assert_true(is_for("[x, y, a.test]"));
}

static void
it_is_for_no_other(void **state)
{
	(void)state;
	assert_false(is_for("[b.test, A.test, test, 10.0.0.10, x.a.test]"));
}

static void
what_is_no_certificate_is_for_nothing(void **state)
{
	unsigned char junk[] = "junk";
	const gnutls_datum_t datum = { junk, sizeof(junk) };
	char name[] = "a.test";
	const struct sans sans = { .names = { name }, .len = 1 };

	(void)state;
	assert_false(sans_match(&sans, &datum));
}

static void
more_names_than_there_is_room_for_are_a_fault(void **state)
{
	struct fault_list faults = { 0 };
	struct schema_at at = { .faults = &faults };
	struct sans sans = { 0 };
	struct tree_node *root;
	struct buf yaml;
	unsigned int i;

	(void)state;
	buf_init(&yaml, 1u << 16);
	for (i = 0; i <= SANS_MAX; i++)
		buf_puts(&yaml, "- name\n");
	at.node = root = tree_parse(buf_text(&yaml), yaml.len, &faults);
	sans_read(&at, &sans);
	assert_int_equal(faults.count, 1);
	assert_int_equal(sans.len, SANS_MAX);
	sans_release(&sans);
	tree_free(root);
	fault_release(&faults);
	buf_release(&yaml);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_is_for_each_of_its_names),
		cmocka_unit_test(it_is_for_no_other),
		cmocka_unit_test(what_is_no_certificate_is_for_nothing),
		cmocka_unit_test(more_names_than_there_is_room_for_are_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
