/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "agent/auth/vault.h"

static void
a_secret_is_kept_until_the_next(void **state)
{
	struct vault vault = { 0 };

	(void)state;
	assert_int_equal(vault_open(&vault, 100), 0);
	assert_string_equal(vault.text, "");
	vault_put(&vault, "a long secret");
	assert_string_equal(vault.text, "a long secret");
	vault_put(&vault, "short");
	assert_string_equal(vault.text, "short");
	/* Nothing is left of the one before. */
	assert_memory_equal(vault.text, "short\0\0\0\0\0\0\0\0", 13);
	vault_wipe(&vault);
	assert_memory_equal(vault.text, "\0\0\0\0\0", 5);
	vault_close(&vault);
	assert_null(vault.text);
	vault_close(&vault);
}

/* Whether the mapping at ${address} has the flag ${flag} in smaps. */
static int
has_flag(const void *address, const char *flag)
{
	unsigned long begin, end;
	char line[512];
	int inside = 0, found = 0;
	FILE *file = fopen("/proc/self/smaps", "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
			inside = (uintptr_t)address >= begin &&
			    (uintptr_t)address < end;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	(void)fclose(file);
	return found;
}

static void
a_secret_is_in_no_core(void **state)
{
	struct vault vault = { 0 };
	int before = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);

	(void)state;
	assert_int_equal(vault_open(&vault, 100), 0);
	assert_true(has_flag(vault.text, " dd"));
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_DUMPABLE, before, 0, 0, 0), 0);
	vault_close(&vault);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_kept_until_the_next),
		cmocka_unit_test(a_secret_is_in_no_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
