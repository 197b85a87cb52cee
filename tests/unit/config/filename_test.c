/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/filename.h"

/* That ${file} of the configuration ${path} is ${wanted}. */
static void
expect(const char *file, const char *path, const char *wanted)
{
	char *name = strdup(file);

	assert_int_equal(filename_resolve(&name, path), 0);
	assert_string_equal(name, wanted);
	free(name);
}

static void
a_relative_name_begins_beside_the_configuration(void **state)
{
	char *none = NULL;

	(void)state;
	expect("s", "/etc/w/f.yml", "/etc/w/s");
	expect("d/s", "w/f.yml", "w/d/s");
	expect("s", "f.yml", "s");
	expect("/s", "/etc/w/f.yml", "/s");
	assert_int_equal(filename_resolve(&none, "/etc/w/f.yml"), 0);
	assert_null(none);
}

static void
a_credential_is_where_systemd_put_it(void **state)
{
	(void)state;
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/run/c", 1), 0);
	expect("${CREDENTIALS_DIRECTORY}/s", "/etc/w/f.yml", "/run/c/s");
	expect("x/${CREDENTIALS_DIRECTORY}/s", "/e/f.yml",
	    "/e/x/${CREDENTIALS_DIRECTORY}/s");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	expect("${CREDENTIALS_DIRECTORY}/s", "/etc/w/f.yml",
	    "${CREDENTIALS_DIRECTORY}/s");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_relative_name_begins_beside_the_configuration),
		cmocka_unit_test(a_credential_is_where_systemd_put_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
