/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "packaging/azure/extension/envelope.h"
#include "packaging/azure/extension/files.h"

#define THUMBPRINT_LEN 40u /* Digits. */

bool
envelope_is_thumbprint(const char *thumbprint)
{
	return strlen(thumbprint) == THUMBPRINT_LEN &&
	    strspn(thumbprint, "0123456789abcdefABCDEF") == THUMBPRINT_LEN;
}

/* Decode the base 64 ${text}, white space in it or not, into ${der}. */
static bool
decode(const char *text, struct buf *der)
{
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	size_t len = strlen(text);
	uint8_t *into = buf_reserve(der, len);
	int first = 0, rest = 0;
	bool good;

	if (ctx != NULL)
		EVP_DecodeInit(ctx);
	good = ctx != NULL && into != NULL &&
	    EVP_DecodeUpdate(ctx, into, &first, (const unsigned char *)text,
		(int)len) >= 0 &&
	    EVP_DecodeFinal(ctx, into + first, &rest) == 1;
	if (good)
		der->len += (size_t)(first + rest);
	EVP_ENCODE_CTX_free(ctx);
	return good;
}

/* A memory BIO of the file ${path}, whose bytes ${file} keeps; or NULL. */
static BIO *
open_file(const char *path, struct buf *file)
{
	return files_read(path, file) != 0 || file->len == 0
	    ? NULL
	    : BIO_new_mem_buf(file->data, (int)file->len);
}

static X509 *
read_cert(const char *path)
{
	X509 *cert = NULL;
	struct buf file;
	BIO *bio;

	buf_init(&file, ENVELOPE_PEM_MAX);
	if ((bio = open_file(path, &file)) != NULL)
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	buf_release(&file);
	return cert;
}

/* There is no password, and nobody who could be asked for one. */
static int
no_password(char *into, int size, int writing, void *arg)
{
	(void)into;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_key(const char *path)
{
	EVP_PKEY *key = NULL;
	struct buf file;
	BIO *bio;

	buf_secret(&file, ENVELOPE_PEM_MAX);
	if ((bio = open_file(path, &file)) != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	buf_release(&file);
	return key;
}

/* Decrypt ${cms} and append what is in it to ${plain}. */
static const char *
decrypt(CMS_ContentInfo *cms, EVP_PKEY *key, X509 *cert, struct buf *plain)
{
	BIO *out = BIO_new(BIO_s_secmem());
	const char *wrong = NULL;
	char *data;
	long len;

	if (out == NULL)
		wrong = "no memory";
	else if (CMS_decrypt(cms, key, cert, NULL, out, 0) != 1)
		wrong = "it was not encrypted for that certificate, or is "
			"damaged";
	else if ((len = BIO_get_mem_data(out, &data)) > 0)
		buf_put(plain, data, (size_t)len);
	BIO_free(out);
	return wrong == NULL && plain->bad ? "it is too long" : wrong;
}

const char *
envelope_open_with(
    const char *text, EVP_PKEY *key, X509 *cert, struct buf *plain)
{
	CMS_ContentInfo *cms = NULL;
	const unsigned char *at;
	const char *wrong;
	struct buf der;

	if (strlen(text) > ENVELOPE_MAX)
		return "it is too long";
	buf_init(&der, ENVELOPE_MAX);
	if (decode(text, &der)) {
		at = der.data;
		cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
	}
	if (cms == NULL ||
	    OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_enveloped)
		wrong = "it is not EnvelopedData of CMS in base 64";
	else
		wrong = decrypt(cms, key, cert, plain);
	CMS_ContentInfo_free(cms);
	buf_release(&der);
	return wrong;
}

const char *
envelope_open(const char *text, const char *cert_path, const char *key_path,
    struct buf *plain)
{
	X509 *cert = read_cert(cert_path);
	EVP_PKEY *key = cert == NULL ? NULL : read_key(key_path);
	const char *wrong;

	if (cert == NULL)
		wrong = "the certificate that it names is not on this machine";
	else if (key == NULL)
		wrong = "the certificate that it names has no key on this "
			"machine";
	else
		wrong = envelope_open_with(text, key, cert, plain);
	EVP_PKEY_free(key);
	X509_free(cert);
	ERR_clear_error();
	return wrong;
}
