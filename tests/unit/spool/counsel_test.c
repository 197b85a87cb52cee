/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "agent/spool/counsel.h"

static char tmp[] = "/tmp", proc[] = "/proc", none[] = "/no/such/directory";

#define says(text, words) assert_non_null(strstr(text, words))

static void
test_says_what_to_do_of_the_directory(void **state)
{
	(void)state;
	says(counsel_on_dir(EBUSY), "a spool.dir of its own");
	says(counsel_on_dir(EPERM), "the owner of spool.dir");
	says(counsel_on_dir(ENOENT), "create spool.dir");
	says(counsel_on_dir(EACCES), "create spool.dir");
	says(counsel_on_dir(EINVAL), "outside of prometheus.data_dir");
	says(counsel_on_dir(EIO), "a directory that this user may write");
}

static void
test_says_what_to_do_of_a_link(void **state)
{
	struct config config = { .spool.dir = tmp };

	(void)state;
	says(counsel_on_link(&config, proc, EPERM), "Prometheus's user");
	says(counsel_on_link(&config, proc, EACCES), "let this user enter");
	says(counsel_on_link(&config, proc, EIO), "there is room");
}

static void
test_tells_another_filesystem_from_another_mount(void **state)
{
	struct config config = { .spool.dir = tmp };

	(void)state;
	says(counsel_on_link(&config, proc, EXDEV), "on the filesystem of");
	says(counsel_on_link(&config, none, EXDEV), "on the filesystem of");
	says(counsel_on_link(&config, tmp, EXDEV), "one ReadWritePaths=");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_what_to_do_of_the_directory),
		cmocka_unit_test(test_says_what_to_do_of_a_link),
		cmocka_unit_test(
		    test_tells_another_filesystem_from_another_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
