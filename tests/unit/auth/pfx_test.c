/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/pfx.h"
#include "tests/unit/auth/keys.h"

struct fixture {
	EVP_PKEY *key, *got;
	X509 *cert;
	STACK_OF(X509) * more, *certs;
	struct buf file;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->key = keys_rsa(2048);
	f->cert = keys_cert(f->key, "a", NULL, NULL, 0, KEYS_DAY);
	f->more = sk_X509_new_null();
	f->certs = sk_X509_new_null();
	buf_init(&f->file, 1u << 20);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	EVP_PKEY_free(f->key);
	EVP_PKEY_free(f->got);
	X509_free(f->cert);
	sk_X509_pop_free(f->more, X509_free);
	sk_X509_pop_free(f->certs, X509_free);
	buf_release(&f->file);
	free(f);
	return 0;
}

static enum pfx_result
read_file(struct fixture *f, const char *password)
{
	EVP_PKEY_free(f->got);
	while (sk_X509_num(f->certs) > 0)
		X509_free(sk_X509_pop(f->certs));
	return pfx_read(f->file.data, f->file.len, password, &f->got, f->certs);
}

static void
assert_whole(struct fixture *f)
{
	assert_non_null(f->got);
	assert_int_equal(EVP_PKEY_eq(f->got, f->key), 1);
	assert_int_equal(sk_X509_num(f->certs), 1);
	assert_int_equal(X509_cmp(sk_X509_value(f->certs, 0), f->cert), 0);
}

static void
what_is_encrypted_in_any_usual_way_is_read(void **state)
{
	static const char *const passwords[] = { "", "password",
		"p\xc3\xa4ss" };
	struct fixture *f = *state;
	enum keys_cipher cipher;
	size_t i;

	for (cipher = KEYS_MODERN; cipher <= KEYS_TRIPLE; cipher++)
		for (i = 0; i < sizeof(passwords) / sizeof(*passwords); i++) {
			buf_reset(&f->file);
			assert_int_equal(
			    keys_put_pfx(&f->file, f->key, f->cert, NULL,
				passwords[i], cipher, 2048, 2048),
			    0);
			assert_int_equal(read_file(f, passwords[i]), PFX_OK);
			assert_whole(f);
		}
}

/* As Azure Key Vault makes them. */
static void
no_password_is_not_the_same_as_an_empty_one(void **state)
{
	struct fixture *f = *state;
	enum keys_cipher cipher;

	for (cipher = KEYS_MODERN; cipher <= KEYS_TRIPLE; cipher++) {
		buf_reset(&f->file);
		assert_int_equal(keys_put_pfx(&f->file, f->key, f->cert, NULL,
				     NULL, cipher, 2048, 2048),
		    0);
		assert_int_equal(read_file(f, ""), PFX_OK);
		assert_whole(f);
	}
}

static void
the_wrong_password_is_told_apart(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(keys_put_pfx(&f->file, f->key, f->cert, NULL, "right",
			     KEYS_MODERN, 2048, 2048),
	    0);
	assert_int_equal(read_file(f, "wrong"), PFX_PASSWORD);
	assert_int_equal(read_file(f, ""), PFX_PASSWORD);
	assert_null(f->got);
	assert_int_equal(sk_X509_num(f->certs), 0);
}

static void
old_ciphers_are_read_by_the_legacy_provider(void **state)
{
	struct fixture *f = *state;

	if (keys_put_pfx(&f->file, f->key, f->cert, NULL, "p", KEYS_LEGACY,
		2048, 2048) != 0)
		skip();
	assert_int_equal(read_file(f, "p"), PFX_OK);
	assert_whole(f);
	assert_int_equal(read_file(f, "wrong"), PFX_PASSWORD);
	/* And it is in force nowhere else. */
	assert_null(EVP_CIPHER_fetch(NULL, "RC2-40-CBC", NULL));
}

static void
without_that_they_are_named(void **state)
{
	struct fixture *f = *state;

	if (keys_put_pfx(&f->file, f->key, f->cert, NULL, "p", KEYS_LEGACY,
		2048, 2048) != 0)
		skip();
	assert_int_equal(setenv("OPENSSL_MODULES", "/nowhere", 1), 0);
	assert_int_equal(read_file(f, "p"), PFX_LEGACY);
	assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
}

static void
where_fips_is_in_force_it_is_not_got_round(void **state)
{
	struct fixture *f = *state;
	enum pfx_result result;
	int rounds;

	/* With a checksum, which is FIPS's business too, and without. */
	for (rounds = -1; rounds <= 1; rounds += 2) {
		buf_reset(&f->file);
		if (keys_put_pfx(&f->file, f->key, f->cert, NULL, "p",
			KEYS_LEGACY, 2048, rounds) != 0)
			skip();
		assert_int_equal(
		    EVP_default_properties_enable_fips(NULL, 1), 1);
		result = read_file(f, "p");
		assert_int_equal(
		    EVP_default_properties_enable_fips(NULL, 0), 1);
		assert_int_equal(result, PFX_FIPS);
	}
}

/* Have the file demand 0x7fffff rounds wherever it says 0x12345. */
static void
demand_more(struct fixture *f)
{
	static const uint8_t few[] = { 2, 3, 0x01, 0x23, 0x45 };
	static const uint8_t many[] = { 2, 3, 0x7f, 0xff, 0xff };
	unsigned int found = 0;
	size_t i;

	for (i = 0; i + sizeof(few) <= f->file.len; i++)
		if (memcmp(f->file.data + i, few, sizeof(few)) == 0) {
			memcpy(f->file.data + i, many, sizeof(many));
			found++;
		}
	assert_true(found > 0);
}

/* How long we are busy is not a file's to say. */
static void
work_is_bounded(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(keys_put_pfx(&f->file, f->key, f->cert, NULL, "p",
			     KEYS_MODERN, 0x12345, -1),
	    0);
	assert_int_equal(read_file(f, "p"), PFX_OK);
	demand_more(f);
	assert_int_equal(read_file(f, "p"), PFX_ROUNDS);
	buf_reset(&f->file);
	assert_int_equal(keys_put_pfx(&f->file, f->key, f->cert, NULL, "p",
			     KEYS_MODERN, 1, 0x12345),
	    0);
	assert_int_equal(read_file(f, "p"), PFX_OK);
	demand_more(f);
	assert_int_equal(read_file(f, "p"), PFX_ROUNDS);
}

static void
certificates_keep_their_order(void **state)
{
	struct fixture *f = *state;
	char name[] = "m0";
	int i;

	for (i = 0; i < 5; i++) {
		name[1] = (char)('0' + i);
		assert_true(
		    sk_X509_push(f->more,
			keys_cert(f->key, name, NULL, NULL, 0, KEYS_DAY)) > 0);
	}
	assert_int_equal(keys_put_pfx(&f->file, NULL, NULL, f->more, "p",
			     KEYS_MODERN, 2048, 2048),
	    0);
	assert_int_equal(read_file(f, "p"), PFX_OK);
	assert_null(f->got);
	assert_int_equal(sk_X509_num(f->certs), 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(X509_cmp(sk_X509_value(f->certs, i),
				     sk_X509_value(f->more, i)),
		    0);
}

/* Wherever it is damaged or cut off, it is refused, or read as if it were not:
 * nothing is read that is not there. */
static void
damage_is_survived(void **state)
{
	struct fixture *f = *state;
	size_t whole, i;

	assert_int_equal(keys_put_pfx(&f->file, f->key, f->cert, NULL, "p",
			     KEYS_MODERN, 1, 1),
	    0);
	whole = f->file.len;
	for (f->file.len = 0; f->file.len < whole; f->file.len += 7)
		assert_int_equal(read_file(f, "p"), PFX_GARBAGE);
	f->file.len = whole;
	for (i = 0; i < whole; i += 11) {
		f->file.data[i] ^= 0x55;
		if (read_file(f, "p") != PFX_OK)
			assert_null(f->got);
		f->file.data[i] ^= 0x55;
	}
	assert_int_equal(read_file(f, "p"), PFX_OK);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(what_is_encrypted_in_any_usual_way_is_read),
		TEST(no_password_is_not_the_same_as_an_empty_one),
		TEST(the_wrong_password_is_told_apart),
		TEST(old_ciphers_are_read_by_the_legacy_provider),
		TEST(without_that_they_are_named),
		TEST(where_fips_is_in_force_it_is_not_got_round),
		TEST(work_is_bounded),
		TEST(certificates_keep_their_order),
		TEST(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
