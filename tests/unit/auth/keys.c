/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tests/unit/auth/keys.h"

EVP_PKEY *
keys_rsa(unsigned int bits)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);

	assert_non_null(key);
	return key;
}

EVP_PKEY *
keys_ec(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert_non_null(key);
	return key;
}

X509 *
keys_cert(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key,
    long begin, long end)
{
	X509 *cert = X509_new();
	time_t now = KEYS_NOW / 1000;
	static long serial;
	X509_NAME *subject;

	assert_non_null(cert);
	assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
	assert_int_equal(
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial), 1);
	subject = X509_get_subject_name(cert);
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
			     (const unsigned char *)name, -1, -1, 0),
	    1);
	assert_int_equal(
	    X509_set_issuer_name(
		cert, issuer == NULL ? subject : X509_get_subject_name(issuer)),
	    1);
	assert_non_null(X509_time_adj(X509_getm_notBefore(cert), begin, &now));
	assert_non_null(X509_time_adj(X509_getm_notAfter(cert), end, &now));
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_true(X509_sign(cert, issuer_key == NULL ? key : issuer_key,
			EVP_sha256()) > 0);
	return cert;
}

/* Append what ${bio} holds, and free it. */
static void
put_bio(struct buf *out, BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);

	buf_put(out, data, (size_t)len);
	assert_false(out->bad);
	BIO_free(bio);
}

void
keys_put_cert(struct buf *out, X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_non_null(bio);
	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	put_bio(out, bio);
}

void
keys_put_key(struct buf *out, EVP_PKEY *key, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_non_null(bio);
	assert_int_equal(
	    PEM_write_bio_PKCS8PrivateKey(bio, key,
		password == NULL ? NULL : EVP_aes_256_cbc(), password,
		password == NULL ? 0 : (int)strlen(password), NULL, NULL),
	    1);
	put_bio(out, bio);
}

int
keys_put_pfx(struct buf *out, EVP_PKEY *key, X509 *cert, STACK_OF(X509) * more,
    const char *password, enum keys_cipher cipher, int rounds, int mac_rounds)
{
	static const int nids[] = { [KEYS_MODERN] = NID_aes_256_cbc,
		[KEYS_TRIPLE] = NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
		[KEYS_LEGACY] = NID_pbe_WithSHA1And40BitRC2_CBC };
	OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(context, "default");
	OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(context, "legacy");
	PKCS12 *file = NULL;
	BIO *bio;

	assert_non_null(usual);
	if (cipher != KEYS_LEGACY || legacy != NULL)
		file = PKCS12_create_ex(password, "name", key, cert, more,
		    nids[cipher], nids[cipher], rounds, mac_rounds, 0, context,
		    NULL);
	if (file != NULL) {
		bio = BIO_new(BIO_s_mem());
		assert_non_null(bio);
		assert_int_equal(i2d_PKCS12_bio(bio, file), 1);
		put_bio(out, bio);
	}
	PKCS12_free(file);
	if (legacy != NULL)
		OSSL_PROVIDER_unload(legacy);
	OSSL_PROVIDER_unload(usual);
	OSSL_LIB_CTX_free(context);
	return file == NULL ? -1 : 0;
}
