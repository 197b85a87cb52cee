/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "agent/auth/rounds.h"

/* The rounds of ${algorithm}, which is freed. */
static uint64_t
rounds(X509_ALGOR *algorithm)
{
	uint64_t result;

	assert_non_null(algorithm);
	result = rounds_of(algorithm);
	X509_ALGOR_free(algorithm);
	return result;
}

static void
each_way_says_its_rounds(void **state)
{
	(void)state;
	assert_int_equal(
	    rounds(PKCS5_pbe_set(
		NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 5000, NULL, 0)),
	    5000);
	assert_int_equal(rounds(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 600000,
			     NULL, 0, NULL, NID_hmacWithSHA256)),
	    600000);
	assert_int_equal(rounds(PKCS5_pbe2_set_scrypt(
			     EVP_aes_256_cbc(), NULL, 0, NULL, 16384, 8, 2)),
	    16384 * 8 * 2);
}

static void
none_is_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(rounds(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 1, NULL, 0,
			     NULL, NID_hmacWithSHA256)),
	    ROUNDS_LEAST);
}

static void
what_does_not_say_is_without_end(void **state)
{
	X509_ALGOR *algorithm = X509_ALGOR_new();

	(void)state;
	assert_int_equal(X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_pbes2),
			     V_ASN1_NULL, NULL),
	    1);
	assert_int_equal(rounds(algorithm), UINT64_MAX);
	algorithm = X509_ALGOR_new();
	assert_int_equal(X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256),
			     V_ASN1_UNDEF, NULL),
	    1);
	assert_int_equal(rounds(algorithm), UINT64_MAX);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_says_its_rounds),
		cmocka_unit_test(none_is_for_nothing),
		cmocka_unit_test(what_does_not_say_is_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
