/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "agent/auth/base64.h"
#include "agent/auth/bundle.h"
#include "agent/auth/pfx.h"
#include "agent/auth/rounds.h"

#define BEGIN "-----BEGIN "
#define SEQUENCE 0x30 /* The first byte of what is DER. */

/* A block of PEM. */
struct block {
	char *name, *header;
	unsigned char *data;
	long len;
};

int
bundle_init(struct bundle *bundle)
{
	*bundle = (struct bundle){ .certs = sk_X509_new_null() };
	return bundle->certs == NULL ? -1 : 0;
}

void
bundle_release(struct bundle *bundle)
{
	EVP_PKEY_free(bundle->key);
	sk_X509_pop_free(bundle->certs, X509_free);
	*bundle = (struct bundle){ 0 };
}

/* Say what is wrong; always -1. */
static int
fail(struct bundle *bundle, const char *what, const char *todo)
{
	bundle->what = what;
	bundle->todo = todo;
	return -1;
}

static int
fail_memory(struct bundle *bundle)
{
	return fail(bundle, "no memory", "free some");
}

/* Take ${key}, which is the bundle's to free from now on. */
static int
take_key(struct bundle *bundle, EVP_PKEY *key)
{
	if (key == NULL)
		return fail(bundle, "its private key is damaged",
		    "write it anew from where it was made");
	if (bundle->key == NULL) {
		bundle->key = key;
		return 0;
	}
	EVP_PKEY_free(key);
	return fail(bundle, "there is more than one private key",
	    "leave only that of the application's certificate");
}

static int
take_cert(struct bundle *bundle, const struct block *block)
{
	const unsigned char *at = block->data;
	X509 *cert = d2i_X509(NULL, &at, block->len);

	if (cert == NULL)
		return fail(bundle, "a certificate is damaged",
		    "write it anew from where it was made");
	if (sk_X509_push(bundle->certs, cert) > 0)
		return 0;
	X509_free(cert);
	return fail_memory(bundle);
}

/* A key that is encrypted by ${password}. */
static int
take_encrypted(
    struct bundle *bundle, const struct block *block, const char *password)
{
	const unsigned char *at = block->data;
	X509_SIG *sealed = d2i_X509_SIG(NULL, &at, block->len);
	const X509_ALGOR *algorithm = NULL;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	int result;

	if (sealed != NULL)
		X509_SIG_get0(sealed, &algorithm, NULL);
	if (algorithm == NULL) {
		result = take_key(bundle, NULL);
	} else if (rounds_of(algorithm) > PFX_ROUNDS_MAX) {
		result = fail(bundle,
		    "its private key is encrypted with too much work",
		    "encrypt it anew by openssl pkcs8 -topk8");
	} else {
		info = PKCS8_decrypt(sealed, password, (int)strlen(password));
		result = info != NULL
		    ? take_key(bundle, EVP_PKCS82PKEY(info))
		    : fail(bundle,
			  "its private key cannot be decrypted by the password",
			  "correct certificate_password");
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	X509_SIG_free(sealed);
	return result;
}

static int
take_block(
    struct bundle *bundle, const struct block *block, const char *password)
{
	const unsigned char *at = block->data;
	size_t name_len = strlen(block->name);

	if (strcmp(block->name, PEM_STRING_X509) == 0 ||
	    strcmp(block->name, PEM_STRING_X509_OLD) == 0)
		return take_cert(bundle, block);
	if (strcmp(block->name, PEM_STRING_PKCS8) == 0)
		return take_encrypted(bundle, block, password);
	if (name_len < strlen(PEM_STRING_PKCS8INF) ||
	    strcmp(block->name + name_len - strlen(PEM_STRING_PKCS8INF),
		PEM_STRING_PKCS8INF) != 0)
		return 0;
	if (strstr(block->header, "ENCRYPTED") != NULL)
		return fail(bundle,
		    "its private key is encrypted in the old way of PEM",
		    "convert it by openssl pkcs8 -topk8");
	return take_key(bundle, d2i_AutoPrivateKey(NULL, &at, block->len));
}

static int
read_pem(
    struct bundle *bundle, const void *data, size_t len, const char *password)
{
	BIO *bio = BIO_new_mem_buf(data, (int)len);
	struct block block;
	int result = 0;

	if (bio == NULL)
		return fail_memory(bundle);
	ERR_clear_error();
	while (result == 0 &&
	    PEM_read_bio(bio, &block.name, &block.header, &block.data,
		&block.len) == 1) {
		result = take_block(bundle, &block, password);
		OPENSSL_free(block.name);
		OPENSSL_free(block.header);
		OPENSSL_clear_free(block.data, (size_t)block.len);
	}
	if (result == 0 &&
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		result = fail(bundle, "its PEM is damaged",
		    "write it anew from where it was made");
	ERR_clear_error();
	BIO_free(bio);
	return result;
}

static int
read_pfx(
    struct bundle *bundle, const void *data, size_t len, const char *password)
{
	static const char *const faults[][2] = {
		[PFX_GARBAGE] = { "is neither PEM nor PFX, or damaged",
		    "write it anew from where it was made" },
		[PFX_PASSWORD] = { "has another password",
		    "correct certificate_password" },
		[PFX_LEGACY] = { "is encrypted by RC2 or another old cipher, "
				 "and OpenSSL's legacy provider is not here",
		    "install that, or convert the file elsewhere: openssl "
		    "pkcs12 -legacy -in OLD.pfx -nodes -out NEW.pem" },
		[PFX_FIPS] = { "is encrypted in a way that FIPS forbids",
		    "convert it on a machine without FIPS: openssl pkcs12 "
		    "-legacy -in OLD.pfx -nodes -out NEW.pem" },
		[PFX_ROUNDS] = { "is encrypted with too much work",
		    "export it anew with fewer iterations" },
		[PFX_KEYS] = { "holds more than one private key",
		    "export that of the application's certificate alone" },
		[PFX_NOMEM] = { "no memory", "free some" },
	};
	enum pfx_result result;
	EVP_PKEY *key;

	result = pfx_read(data, len, password, &key, bundle->certs);
	if (result != PFX_OK)
		return fail(bundle, faults[result][0], faults[result][1]);
	return key == NULL ? 0 : take_key(bundle, key);
}

int
bundle_read(struct bundle *bundle, void *data, size_t len, const char *password)
{
	unsigned char *bytes = data;
	ssize_t n;

	if (len == 0)
		return fail(bundle, "is empty",
		    "write the certificate and its key into it");
	/* What is DER begins with what could be a letter of base 64. */
	if (bytes[0] != SEQUENCE && (n = base64_read(bytes, bytes, len)) >= 0)
		len = (size_t)n;
	if (memmem(bytes, len, BEGIN, strlen(BEGIN)) != NULL)
		return read_pem(bundle, bytes, len, password);
	return read_pfx(bundle, bytes, len, password);
}
