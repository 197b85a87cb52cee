/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/assertion.h"
#include "agent/auth/base64.h"

#define ID_LEN 16u                          /* Bytes of a UUID. */
#define CERT_MAX (2 * CERTIFICATE_FILE_MAX) /* Bytes, in base 64. */

/* The bytes of ${cert} as text of JSON; NULL if there is no memory. */
static json_t *
cert_text(X509 *cert)
{
	unsigned char *der = NULL;
	json_t *text = NULL;
	struct buf out;
	int len;

	if ((len = i2d_X509(cert, &der)) < 0)
		return NULL;
	buf_init(&out, CERT_MAX);
	base64_put(&out, der, (size_t)len);
	OPENSSL_free(der);
	if (!out.bad)
		text = json_string(buf_text(&out));
	buf_release(&out);
	return text;
}

/* The same of all of ${chain}, from the first on. */
static json_t *
chain_texts(STACK_OF(X509) * chain)
{
	json_t *texts = json_array();
	int i;

	for (i = 0; i < sk_X509_num(chain); i++)
		if (json_array_append_new(
			texts, cert_text(sk_X509_value(chain, i))) != 0) {
			json_decref(texts);
			return NULL;
		}
	return texts;
}

/* The hash of ${cert} that tells which it is. */
static json_t *
thumbprint(const X509 *cert)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char text[2 * EVP_MAX_MD_SIZE];
	unsigned int len;
	struct buf out;

	if (X509_digest(cert, EVP_sha256(), hash, &len) != 1)
		return NULL;
	buf_over(&out, text, sizeof(text));
	base64_put_url(&out, hash, len);
	return json_string(buf_text(&out));
}

static json_t *
make_header(const struct assertion *assertion, STACK_OF(X509) * chain)
{
	json_t *header;

	header = json_pack("{s:s, s:s, s:o}", "alg", "PS256", "typ", "JWT",
	    "x5t#S256", thumbprint(sk_X509_value(chain, 0)));
	if (header != NULL && assertion->chain &&
	    json_object_set_new(header, "x5c", chain_texts(chain)) != 0) {
		json_decref(header);
		return NULL;
	}
	return header;
}

/* A UUID that nobody has had (RFC 4122, 4.4). */
static int
make_id(char text[37])
{
	unsigned char id[ID_LEN];
	size_t i, at = 0;

	if (RAND_bytes(id, sizeof(id)) != 1)
		return -1;
	id[6] = (unsigned char)((id[6] & 0x0f) | 0x40);
	id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
	for (i = 0; i < ID_LEN; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[at++] = '-';
		(void)snprintf(text + at, 3, "%02x", id[i]);
		at += 2;
	}
	return 0;
}

static json_t *
make_claims(const struct assertion *assertion)
{
	json_int_t now = assertion->wall / 1000;
	char id[37];

	if (make_id(id) != 0)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "aud",
	    assertion->audience, "iss", assertion->client_id, "sub",
	    assertion->client_id, "jti", id, "iat", now, "nbf", now, "exp",
	    now + ASSERTION_LIFE);
}

/* Append ${value}, which is freed, as a part of a token. */
static int
put_json(struct buf *out, json_t *value)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

	if (text != NULL)
		base64_put_url(out, text, strlen(text));
	json_decref(value);
	free(text);
	return text == NULL ? -1 : 0;
}

/* Append the signature by ${key} of the ${len} bytes at ${data}. */
static int
put_signature(struct buf *out, EVP_PKEY *key, const void *data, size_t len)
{
	unsigned char signature[CERTIFICATE_BITS_MAX / 8];
	size_t signature_len = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options;
	int result = -1;

	if (context != NULL &&
	    EVP_DigestSignInit(context, &options, EVP_sha256(), NULL, key) ==
		1 &&
	    EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(options, SHA256_DIGEST_LENGTH) ==
		1 &&
	    EVP_DigestSign(context, signature, &signature_len, data, len) ==
		1) {
		base64_put_url(out, signature, signature_len);
		result = 0;
	}
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return result;
}

int
assertion_put(struct buf *out, const struct assertion *assertion,
    const struct certificate *certificate)
{
	size_t begin = out->len, len;
	char *whole;
	int result;

	if (put_json(out, make_header(assertion, certificate->chain)) != 0)
		return -1;
	buf_putc(out, '.');
	if (put_json(out, make_claims(assertion)) != 0 || out->bad)
		return -1;
	len = out->len - begin;
	/* What is appended to may move. */
	if ((whole = strndup(buf_text(out) + begin, len)) == NULL)
		return -1;
	buf_putc(out, '.');
	result = put_signature(out, certificate->key, whole, len);
	free(whole);
	return result != 0 || out->bad ? -1 : 0;
}
