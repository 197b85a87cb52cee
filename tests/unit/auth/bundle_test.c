/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/base64.h"
#include "agent/auth/bundle.h"
#include "agent/auth/pfx.h"
#include "tests/unit/auth/keys.h"

struct fixture {
	EVP_PKEY *key;
	X509 *cert, *other;
	struct buf file;
	struct bundle bundle;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->key = keys_rsa(2048);
	f->cert = keys_cert(f->key, "a", NULL, NULL, 0, KEYS_DAY);
	f->other = keys_cert(f->key, "b", NULL, NULL, 0, KEYS_DAY);
	buf_init(&f->file, 1u << 20);
	assert_int_equal(bundle_init(&f->bundle), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	EVP_PKEY_free(f->key);
	X509_free(f->cert);
	X509_free(f->other);
	buf_release(&f->file);
	bundle_release(&f->bundle);
	free(f);
	return 0;
}

/* Read the file into a bundle of its own. */
static int
read_file(struct fixture *f, const char *password)
{
	bundle_release(&f->bundle);
	assert_int_equal(bundle_init(&f->bundle), 0);
	return bundle_read(&f->bundle, f->file.data, f->file.len, password);
}

static void
assert_read(struct fixture *f, const char *password, int certs)
{
	assert_int_equal(read_file(f, password), 0);
	assert_non_null(f->bundle.key);
	assert_int_equal(EVP_PKEY_eq(f->bundle.key, f->key), 1);
	assert_int_equal(sk_X509_num(f->bundle.certs), certs);
	assert_int_equal(
	    X509_cmp(sk_X509_value(f->bundle.certs, 0), f->cert), 0);
}

static void
assert_refused(struct fixture *f, const char *password, const char *what)
{
	assert_int_equal(read_file(f, password), -1);
	assert_non_null(strstr(f->bundle.what, what));
	assert_non_null(f->bundle.todo);
}

static void
pem_is_read_in_any_order_with_words_between(void **state)
{
	struct fixture *f = *state;

	buf_puts(&f->file, "Bag Attributes\n    friendlyName: a\n");
	keys_put_cert(&f->file, f->cert);
	keys_put_key(&f->file, f->key, NULL);
	buf_puts(&f->file, "\nsubject=CN = b\n");
	keys_put_cert(&f->file, f->other);
	assert_read(f, "", 2);
	buf_reset(&f->file);
	keys_put_key(&f->file, f->key, NULL);
	keys_put_cert(&f->file, f->cert);
	assert_read(f, "", 1);
}

static void
a_key_may_be_encrypted(void **state)
{
	struct fixture *f = *state;

	keys_put_key(&f->file, f->key, "p");
	keys_put_cert(&f->file, f->cert);
	assert_read(f, "p", 1);
	assert_refused(f, "q", "cannot be decrypted by the password");
	assert_refused(f, "", "cannot be decrypted by the password");
}

static void
not_by_what_nobody_should_use(void **state)
{
	struct fixture *f = *state;

	buf_puts(&f->file,
	    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: DES-CBC,0102030405060708\n\nAAAA\n"
	    "-----END RSA PRIVATE KEY-----\n");
	assert_refused(f, "p", "the old way of PEM");
}

static void
nor_with_work_without_end(void **state)
{
	struct fixture *f = *state;
	X509_ALGOR *algorithm, *demand;
	ASN1_OCTET_STRING *octets;
	X509_SIG *sealed = X509_SIG_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	X509_SIG_getm(sealed, &algorithm, &octets);
	demand = PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
	    1 + (int)PFX_ROUNDS_MAX, NULL, 0);
	assert_int_equal(X509_ALGOR_copy(algorithm, demand), 1);
	X509_ALGOR_free(demand);
	assert_int_equal(
	    ASN1_OCTET_STRING_set(octets, (const unsigned char *)"x", 1), 1);
	assert_int_equal(PEM_write_bio_PKCS8(bio, sealed), 1);
	len = BIO_get_mem_data(bio, &data);
	buf_put(&f->file, data, (size_t)len);
	assert_refused(f, "p", "too much work");
	X509_SIG_free(sealed);
	BIO_free(bio);
}

static void
pfx_is_read_and_that_in_base_64_too(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	assert_int_equal(keys_put_pfx(&f->file, f->key, f->cert, NULL, NULL,
			     KEYS_MODERN, 2048, 2048),
	    0);
	buf_init(&text, 1u << 20);
	base64_put(&text, f->file.data, f->file.len);
	buf_puts(&text, "\n");
	assert_read(f, "", 1);
	buf_reset(&f->file);
	buf_put(&f->file, text.data, text.len);
	assert_read(f, "", 1);
	buf_release(&text);
}

static void
faults_say_what_is_wrong(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, "", "is empty");
	buf_puts(&f->file, "hello");
	assert_refused(f, "", "neither PEM nor PFX");
	buf_reset(&f->file);
	buf_puts(&f->file, "MIIB");
	assert_refused(f, "", "neither PEM nor PFX");
	buf_reset(&f->file);
	buf_puts(&f->file,
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_refused(f, "", "a certificate is damaged");
	buf_reset(&f->file);
	buf_puts(&f->file,
	    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
	assert_refused(f, "", "private key is damaged");
	buf_reset(&f->file);
	buf_puts(&f->file,
	    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n");
	assert_refused(f, "", "private key is damaged");
	buf_reset(&f->file);
	buf_puts(&f->file, "-----BEGIN CERTIFICATE-----\nAAAA\n");
	assert_refused(f, "", "PEM is damaged");
	buf_reset(&f->file);
	keys_put_key(&f->file, f->key, NULL);
	keys_put_key(&f->file, f->key, NULL);
	assert_refused(f, "", "more than one private key");
	buf_reset(&f->file);
	assert_int_equal(keys_put_pfx(&f->file, f->key, f->cert, NULL, "p",
			     KEYS_MODERN, 2048, 2048),
	    0);
	assert_refused(f, "q", "another password");
}

/* What nobody asks for in there is passed over. */
static void
other_blocks_do_not_matter(void **state)
{
	struct fixture *f = *state;

	buf_puts(&f->file,
	    "-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----"
	    "\n");
	keys_put_key(&f->file, f->key, NULL);
	keys_put_cert(&f->file, f->cert);
	assert_read(f, "", 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(pem_is_read_in_any_order_with_words_between),
		TEST(a_key_may_be_encrypted),
		TEST(not_by_what_nobody_should_use),
		TEST(nor_with_work_without_end),
		TEST(pfx_is_read_and_that_in_base_64_too),
		TEST(faults_say_what_is_wrong),
		TEST(other_blocks_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
