/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/base64.h"
#include "agent/auth/certificate.h"
#include "tests/unit/auth/keys.h"

/* An application's certificate, that of who issued it, and of who issued that;
 * and two files in a directory of their own. */
struct fixture {
	char directory[64], path[96], key_path[96];
	EVP_PKEY *key, *middle_key, *root_key;
	X509 *own, *middle, *root;
	struct buf file;
	struct certificate certificate;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/walship-certificate-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	(void)snprintf(f->path, sizeof(f->path), "%s/it", f->directory);
	(void)snprintf(
	    f->key_path, sizeof(f->key_path), "%s/key", f->directory);
	f->root_key = keys_ec();
	f->middle_key = keys_ec();
	f->key = keys_rsa(2048);
	f->root = keys_cert(f->root_key, "root", NULL, NULL, 0, KEYS_DAY);
	f->middle = keys_cert(
	    f->middle_key, "middle", f->root, f->root_key, 0, KEYS_DAY);
	f->own =
	    keys_cert(f->key, "own", f->middle, f->middle_key, -60, KEYS_DAY);
	buf_init(&f->file, 1u << 20);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	certificate_release(&f->certificate);
	EVP_PKEY_free(f->key);
	EVP_PKEY_free(f->middle_key);
	EVP_PKEY_free(f->root_key);
	X509_free(f->own);
	X509_free(f->middle);
	X509_free(f->root);
	buf_release(&f->file);
	(void)unlink(f->path);
	(void)unlink(f->key_path);
	(void)rmdir(f->directory);
	free(f);
	return 0;
}

/* Write what is in f->file into ${path}, and empty it. */
static void
write_file(struct fixture *f, const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(
	    fwrite(f->file.data, 1, f->file.len, file), f->file.len);
	assert_int_equal(fclose(file), 0);
	buf_reset(&f->file);
}

static int
load(struct fixture *f, const char *key_path, const char *password)
{
	certificate_release(&f->certificate);
	return certificate_load(
	    &f->certificate, f->path, key_path, password, KEYS_NOW);
}

static void
assert_loaded(struct fixture *f, int certs)
{
	X509 *const chain[] = { f->own, f->middle, f->root };
	int i;

	assert_int_equal(EVP_PKEY_eq(f->certificate.key, f->key), 1);
	assert_int_equal(sk_X509_num(f->certificate.chain), certs);
	for (i = 0; i < certs; i++)
		assert_int_equal(
		    X509_cmp(sk_X509_value(f->certificate.chain, i), chain[i]),
		    0);
}

static void
assert_refused(struct fixture *f, const char *what)
{
	assert_int_equal(load(f, NULL, ""), -1);
	assert_true(
	    strncmp(f->certificate.error, f->path, strlen(f->path)) == 0);
	assert_non_null(strstr(f->certificate.error, what));
	assert_non_null(strstr(f->certificate.error, "; "));
}

/* Whichever way the file has them. */
static void
the_chain_begins_with_the_one_of_the_key(void **state)
{
	struct fixture *f = *state;
	X509 *certs[] = { f->own, f->middle, f->root };
	size_t i, j;

	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++)
			keys_put_cert(&f->file, certs[(i + 2 * j) % 3]);
		keys_put_key(&f->file, f->key, NULL);
		write_file(f, f->path);
		assert_int_equal(load(f, NULL, ""), 0);
		assert_loaded(f, 3);
	}
}

static void
certificates_that_are_none_of_the_chain_are_left_out(void **state)
{
	struct fixture *f = *state;

	keys_put_cert(&f->file, f->root);
	keys_put_cert(&f->file, f->own);
	keys_put_key(&f->file, f->key, NULL);
	write_file(f, f->path);
	assert_int_equal(load(f, NULL, ""), 0);
	assert_loaded(f, 1);
}

static void
the_key_may_be_in_a_file_of_its_own(void **state)
{
	struct fixture *f = *state;

	keys_put_cert(&f->file, f->own);
	write_file(f, f->path);
	keys_put_key(&f->file, f->key, "p");
	write_file(f, f->key_path);
	assert_int_equal(load(f, f->key_path, "p"), 0);
	assert_loaded(f, 1);
	assert_refused(f, "holds no private key");
	assert_int_equal(load(f, f->key_path, "q"), -1);
	assert_non_null(strstr(f->certificate.error, f->key_path));
	assert_null(f->certificate.key);
}

static void
a_pfx_is_read_plain_and_in_base_64(void **state)
{
	STACK_OF(X509) *more = sk_X509_new_null();
	struct fixture *f = *state;
	struct buf text;

	assert_true(sk_X509_push(more, f->root) > 0);
	assert_true(sk_X509_push(more, f->middle) > 0);
	assert_int_equal(keys_put_pfx(&f->file, f->key, f->own, more, "p",
			     KEYS_TRIPLE, 2048, 2048),
	    0);
	sk_X509_free(more);
	buf_init(&text, 1u << 20);
	base64_put(&text, f->file.data, f->file.len);
	write_file(f, f->path);
	assert_int_equal(load(f, NULL, "p"), 0);
	assert_loaded(f, 3);
	buf_put(&f->file, text.data, text.len);
	write_file(f, f->path);
	assert_int_equal(load(f, NULL, "p"), 0);
	assert_loaded(f, 3);
	buf_release(&text);
}

static void
it_is_read_anew_each_time(void **state)
{
	struct fixture *f = *state;

	keys_put_cert(&f->file, f->middle);
	keys_put_key(&f->file, f->key, NULL);
	write_file(f, f->path);
	assert_refused(f, "no certificate in it is that of the private key");
	keys_put_cert(&f->file, f->own);
	keys_put_key(&f->file, f->key, NULL);
	write_file(f, f->path);
	assert_int_equal(load(f, NULL, ""), 0);
}

static void
without_a_file_or_with_too_long_a_one_it_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, "No such file");
	while (f->file.len <= CERTIFICATE_FILE_MAX)
		keys_put_cert(&f->file, f->own);
	write_file(f, f->path);
	assert_refused(f, "longer than");
	buf_puts(&f->file, "nothing of the kind");
	write_file(f, f->path);
	assert_refused(f, "neither PEM nor PFX");
	keys_put_key(&f->file, f->key, NULL);
	write_file(f, f->path);
	assert_refused(f, "holds no certificate");
}

static void
a_key_that_entra_would_not_take_is_refused(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *small = keys_rsa(1024);
	X509 *cert = keys_cert(small, "small", NULL, NULL, 0, KEYS_DAY);

	keys_put_cert(&f->file, f->middle);
	keys_put_key(&f->file, f->middle_key, NULL);
	write_file(f, f->path);
	assert_refused(f, "not of RSA");
	keys_put_cert(&f->file, cert);
	keys_put_key(&f->file, small, NULL);
	write_file(f, f->path);
	assert_refused(f, "shorter than 2048");
	X509_free(cert);
	EVP_PKEY_free(small);
}

static void
it_must_be_in_force(void **state)
{
	struct fixture *f = *state;
	X509 *late = keys_cert(f->key, "late", NULL, NULL, 60, KEYS_DAY);
	X509 *old = keys_cert(f->key, "old", NULL, NULL, -KEYS_DAY, -60);

	keys_put_cert(&f->file, late);
	keys_put_key(&f->file, f->key, NULL);
	write_file(f, f->path);
	assert_refused(f, "not in force yet");
	assert_int_equal(f->certificate.age, -1);
	keys_put_cert(&f->file, old);
	keys_put_key(&f->file, f->key, NULL);
	write_file(f, f->path);
	assert_refused(f, "has expired");
	assert_int_equal(f->certificate.age, 1);
	X509_free(late);
	X509_free(old);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(the_chain_begins_with_the_one_of_the_key),
		TEST(certificates_that_are_none_of_the_chain_are_left_out),
		TEST(the_key_may_be_in_a_file_of_its_own),
		TEST(a_pfx_is_read_plain_and_in_base_64),
		TEST(it_is_read_anew_each_time),
		TEST(without_a_file_or_with_too_long_a_one_it_is_refused),
		TEST(a_key_that_entra_would_not_take_is_refused),
		TEST(it_must_be_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
