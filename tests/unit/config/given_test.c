/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/given.h"

#include "tests/unit/config/expect.h"

void __wrap_free(void *memory);
void __real_free(void *memory);
void *__wrap_realloc(void *memory, size_t size);
void *__real_realloc(void *memory, size_t size);

static unsigned int unwiped; /* Pieces of memory let go with a secret. */

static void
look(const void *memory)
{
	if (memory != NULL &&
	    memmem(memory, malloc_usable_size((void *)(uintptr_t)memory),
		"hush", 4) != NULL)
		unwiped++;
}

void
__wrap_free(void *memory)
{
	look(memory);
	__real_free(memory);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	look(memory);
	return __real_realloc(memory, size);
}

static void
what_is_secret_is_wiped(void **state)
{
	struct config *config;

	(void)state;
	unwiped = 0;
	config = expect_config(
	    DATA "remote_write:\n"
		 "- url: http://me:hush@h/w?sig=hush\n"
		 "  headers: {X-Key: hush}\n"
		 "  tls_config: {cert: hush, key: hush, ca: hush}\n"
		 "- url: http://h/a\n"
		 "  name: a\n"
		 "  basic_auth: {username: hush, password: hush}\n"
		 "- url: http://h/b\n"
		 "  name: b\n"
		 "  http_headers: {A: {secrets: [hush], values: [hush]}}\n"
		 "  proxy_url: http://u:hush@p\n"
		 "  proxy_connect_header: {A: [hush]}\n"
		 "  authorization: {credentials: hush}\n");
	config_free(config);
	assert_int_equal(unwiped, 0);
}

static void
a_text_or_a_file_is_something(void **state)
{
	struct config_secret text = { .text = strdup("t") };
	struct config_secret file = { .file = strdup("f") };

	(void)state;
	assert_true(given_any(&text) && given_any(&file));
	given_release(&text);
	given_release(&file);
	assert_false(given_any(&text) || given_any(&file));
	given_release(&text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_secret_is_wiped),
		cmocka_unit_test(a_text_or_a_file_is_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
