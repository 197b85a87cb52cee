/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth/papers.h"

static void
everything_is_passed_on(void **state)
{
	const struct config_tls config = { .ca.file = (char[]){ "/a" },
		.key.text = (char[]){ "k" },
		.server_name = (char[]){ "n" },
		.insecure_skip_verify = true,
		.min_version = CONFIG_TLS11,
		.max_version = CONFIG_TLS13 };
	struct papers papers;
	struct http_tls tls;

	(void)state;
	assert_int_equal(papers_init(&papers, &config), 0);
	assert_null(papers_now(&papers, 0, &tls));
	assert_string_equal(tls.ca_file, "/a");
	assert_null(tls.cert_file);
	assert_non_null(tls.key_file);
	assert_string_equal(tls.server_name, "n");
	assert_true(tls.insecure);
	assert_int_equal(tls.min_version, HTTP_TLS11);
	assert_int_equal(tls.max_version, HTTP_TLS13);
	papers_release(&papers);
}

static void
what_is_no_file_is_not_to_be_read(void **state)
{
	char path[] = "/tmp/walship-papers-XXXXXX";
	const struct config_tls config = { .key.file = path };
	struct papers papers;
	struct http_tls tls;
	int fd = mkstemp(path);
	const char *why;

	(void)state;
	assert_int_equal(close(fd), 0);
	assert_int_equal(papers_init(&papers, &config), 0);
	assert_null(papers_now(&papers, 0, &tls));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	why = papers_now(&papers, CLOCK_SEC, &tls);
	assert_non_null(why);
	assert_non_null(
	    strstr(why, ": is not a regular file; name one in tls_config"));
	assert_int_equal(unlink(path), 0);
	papers_release(&papers);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_passed_on),
		cmocka_unit_test(what_is_no_file_is_not_to_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
