/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "packaging/azure/extension/envelope.h"
#include "tests/unit/auth/keys.h"
#include "tests/unit/azure/stage.h"

#define TEXT "{\"clientSecret\":\"s\"}"

struct fixture {
	struct stage *stage;
	EVP_PKEY *key;
	X509 *cert;
	struct buf plain;
};

static void
write_pem(struct fixture *f, const char *name, X509 *cert, EVP_PKEY *key)
{
	struct buf pem;

	buf_init(&pem, 1u << 16);
	if (cert != NULL)
		keys_put_cert(&pem, cert);
	if (key != NULL)
		keys_put_key(&pem, key, NULL);
	stage_write(f->stage, name, buf_text(&pem));
	buf_release(&pem);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	void *stage;

	assert_non_null(f);
	assert_int_equal(stage_open(&stage), 0);
	f->stage = stage;
	f->key = keys_rsa(2048);
	f->cert = keys_cert(f->key, "machine", NULL, NULL, 0, KEYS_DAY);
	buf_secret(&f->plain, 4096);
	write_pem(f, "crt", f->cert, NULL);
	write_pem(f, "prv", NULL, f->key);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	void *stage = f->stage;

	EVP_PKEY_free(f->key);
	X509_free(f->cert);
	buf_release(&f->plain);
	free(f);
	return stage_close(&stage);
}

/* ${cms} in base 64, to be freed; it is freed itself. */
static char *
to_text(CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	char *text;
	int len;

	assert_non_null(cms);
	len = i2d_CMS_ContentInfo(cms, &der);
	assert_true(len > 0);
	text = malloc((size_t)len * 2);
	assert_non_null(text);
	(void)EVP_EncodeBlock((unsigned char *)text, der, len);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	return text;
}

/* ${TEXT} for the certificate, in base 64, to be freed. */
static char *
seal(const struct fixture *f, const EVP_CIPHER *cipher)
{
	STACK_OF(X509) *to = sk_X509_new_null();
	BIO *in = BIO_new_mem_buf(TEXT, -1);
	char *text;

	assert_true(sk_X509_push(to, f->cert) > 0);
	text = to_text(CMS_encrypt(to, in, cipher, CMS_BINARY));
	BIO_free(in);
	sk_X509_free(to);
	return text;
}

static const char *
open_text(struct fixture *f, const char *text)
{
	buf_reset(&f->plain);
	return envelope_open(text, stage_path(f->stage, "crt"),
	    stage_path(f->stage, "prv"), &f->plain);
}

static void
what_was_encrypted_by_aes_or_triple_des_is_opened(void **state)
{
	const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc(), EVP_aes_256_cbc(),
		EVP_des_ede3_cbc() };
	struct fixture *f = *state;
	char *text, *broken;
	size_t i;

	for (i = 0; i < 3; i++) {
		text = seal(f, ciphers[i]);
		assert_null(open_text(f, text));
		assert_string_equal(buf_text(&f->plain), TEXT);
		/* Lines of base 64 are joined. */
		assert_true(
		    asprintf(&broken, "%.64s\r\n%s\n", text, text + 64) > 0);
		assert_null(open_text(f, broken));
		assert_string_equal(buf_text(&f->plain), TEXT);
		free(broken);
		free(text);
	}
}

static void
what_is_no_envelope_is_refused(void **state)
{
	static const char *const texts[] = { "", "!", "AAAA", "MAA=" };
	struct fixture *f = *state;
	char *text = seal(f, EVP_aes_256_cbc());
	BIO *in;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_non_null(open_text(f, texts[i]));
	text[strlen(text) / 2] = '\0';
	assert_non_null(open_text(f, text));
	free(text);
	/* CMS, of another kind. */
	in = BIO_new_mem_buf(TEXT, -1);
	text = to_text(CMS_data_create(in, CMS_BINARY));
	assert_non_null(strstr(open_text(f, text), "not EnvelopedData"));
	free(text);
	BIO_free(in);
}

static void
it_takes_the_certificate_and_its_key(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *other = keys_rsa(2048);
	char *text = seal(f, EVP_aes_256_cbc());
	X509 *cert;

	write_pem(f, "prv", NULL, other);
	assert_non_null(open_text(f, text));
	assert_int_equal(f->plain.len, 0);
	stage_write(f->stage, "prv", "-----BEGIN PRIVATE KEY-----\n");
	assert_non_null(strstr(open_text(f, text), "no key"));
	cert = keys_cert(other, "other", NULL, NULL, 0, KEYS_DAY);
	write_pem(f, "crt", cert, NULL);
	write_pem(f, "prv", NULL, other);
	assert_non_null(strstr(open_text(f, text), "not encrypted"));
	stage_write(f->stage, "crt", "");
	assert_non_null(strstr(open_text(f, text), "not on this machine"));
	X509_free(cert);
	EVP_PKEY_free(other);
	free(text);
}

static void
a_thumbprint_is_hexadecimal_of_its_length(void **state)
{
	(void)state;
	assert_true(
	    envelope_is_thumbprint("0123456789abcdefABCDEF012345678901234567"));
	assert_false(
	    envelope_is_thumbprint("0123456789abcdefABCDEF01234567890123456"));
	assert_false(
	    envelope_is_thumbprint("../3456789abcdefABCDEF012345678901234567"));
	assert_false(envelope_is_thumbprint(
	    "0123456789abcdefABCDEF012345678901234567/x"));
	assert_false(envelope_is_thumbprint(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_was_encrypted_by_aes_or_triple_des_is_opened, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    what_is_no_envelope_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    it_takes_the_certificate_and_its_key, set_up, tear_down),
		cmocka_unit_test(a_thumbprint_is_hexadecimal_of_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
