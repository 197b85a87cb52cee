/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/md5.h"

static void
assert_digest(const char *text, const char *want)
{
	uint8_t digest[MD5_LEN];
	char hex[2 * MD5_LEN + 1];
	size_t i;

	md5(text, strlen(text), digest);
	for (i = 0; i < MD5_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, want);
}

/* RFC 1321, A.5. */
static void
the_digests_are_those_of_the_rfc(void **state)
{
	(void)state;
	assert_digest("", "d41d8cd98f00b204e9800998ecf8427e");
	assert_digest("a", "0cc175b9c0f1b6a831c399e269772661");
	assert_digest("abc", "900150983cd24fb0d6963f7d28e17f72");
	assert_digest("message digest", "f96b697d7cb7938d525a2f31aaf161d0");
	assert_digest(
	    "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b");
	assert_digest("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		      "0123456789",
	    "d174ab98d277d9f5a5611c2c9f419d9f");
	assert_digest("12345678901234567890123456789012345678901234567890"
		      "123456789012345678901234567890",
	    "57edf4a22be3c955ac49da2e2107b67a");
}

/* By md5sum(1): the length goes into the same block, or into the next. */
static void
lengths_about_a_block_are_padded_right(void **state)
{
	static const char *const want[] = {
		[55] = "04364420e25c512fd958a70738aa8f72",
		[56] = "668a72d5ba17f08e62dabcafad6db14b",
		[63] = "7dc2ca208106a2f703567bdff99d8981",
		[64] = "c1bb4f81d892b2d57947682aeb252456",
	};
	char text[65] = "";
	size_t len;

	(void)state;
	for (len = 0; len <= 64; len++) {
		if (want[len] != NULL)
			assert_digest(text, want[len]);
		if (len < 64)
			text[len] = 'x';
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_digests_are_those_of_the_rfc),
		cmocka_unit_test(lengths_about_a_block_are_padded_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
