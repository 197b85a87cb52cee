/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string.h>

#include "agent/auth/base64.h"
#include "agent/auth/jwt.h"
#include "agent/base/text.h"

#define ID_LEN 16u /* Bytes that nobody has had. */

static const char no_memory[] = "no memory to sign with; free some";

/* Append "name":"value". */
static void
put_member(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
	text_put_quoted(out, value);
}

static void
put_header(struct buf *out, const struct config_oauth2 *config)
{
	static const char *const names[] = { [OAUTH2_RS256] = "RS256",
		[OAUTH2_RS384] = "RS384",
		[OAUTH2_RS512] = "RS512" };

	buf_putc(out, '{');
	put_member(out, "alg", names[config->algorithm]);
	put_member(out, "typ", "JWT");
	if (config->key_id != NULL)
		put_member(out, "kid", config->key_id);
	buf_putc(out, '}');
}

static void
put_claims(struct buf *out, const struct config_oauth2 *config, int64_t wall)
{
	const char *issuer = config->issuer, *audience = config->audience;
	unsigned char id[ID_LEN];
	int64_t now = wall / 1000;
	size_t i;

	out->bad |= RAND_bytes(id, sizeof(id)) != 1;
	buf_putc(out, '{');
	put_member(out, "iss", issuer != NULL ? issuer : config->client_id);
	put_member(out, "sub", config->client_id);
	put_member(out, "aud", audience != NULL ? audience : config->token_url);
	if (config->scopes != NULL)
		put_member(out, "scope", config->scopes);
	buf_printf(out, ",\"iat\":%" PRId64 ",\"exp\":%" PRId64 ",\"jti\":\"",
	    now, now + JWT_LIFE);
	for (i = 0; i < ID_LEN; i++)
		buf_printf(out, "%02x", id[i]);
	buf_putc(out, '"');
	if (config->claims != NULL)
		buf_printf(out, ",%s", config->claims);
	buf_putc(out, '}');
}

/* Nobody is asked for a password. */
static int
no_password(char *text, int size, int writing, void *arg)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_key(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

/* Append the signature of all that is in ${out}. */
static int
put_signature(struct buf *out, EVP_PKEY *key, enum oauth2_algorithm algorithm)
{
	const EVP_MD *const hashes[] = { [OAUTH2_RS256] = EVP_sha256(),
		[OAUTH2_RS384] = EVP_sha384(),
		[OAUTH2_RS512] = EVP_sha512() };
	unsigned char signature[JWT_KEY_BITS_MAX / 8];
	size_t len = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int result = -1;

	if (context != NULL &&
	    EVP_DigestSignInit(context, NULL, hashes[algorithm], NULL, key) ==
		1 &&
	    EVP_DigestSign(context, signature, &len,
		(const unsigned char *)buf_text(out), out->len) == 1) {
		buf_putc(out, '.');
		base64_put_url(out, signature, len);
		result = out->bad ? -1 : 0;
	}
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return result;
}

/* Append ${part}, and empty it. */
static void
put_part(struct buf *out, struct buf *part)
{
	out->bad |= part->bad;
	base64_put_url(out, buf_text(part), part->len);
	buf_reset(part);
}

const char *
jwt_put(struct buf *out, const struct config_oauth2 *config, const char *key,
    int64_t wall)
{
	EVP_PKEY *pkey = read_key(key);
	const char *fault = NULL;
	struct buf part, whole;

	if (pkey == NULL)
		return "the key cannot be read; it must be of PEM, and without "
		       "a password";
	buf_secret(&part, JWT_MAX);
	buf_secret(&whole, JWT_MAX);
	put_header(&part, config);
	put_part(&whole, &part);
	buf_putc(&whole, '.');
	put_claims(&part, config, wall);
	put_part(&whole, &part);
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(pkey) < JWT_KEY_BITS_MIN ||
	    EVP_PKEY_get_bits(pkey) > JWT_KEY_BITS_MAX)
		fault = "the key is not one of RSA of 2048 to 8192 bits; make "
			"one with openssl genrsa";
	else if (whole.bad ||
	    put_signature(&whole, pkey, config->algorithm) != 0)
		fault = no_memory;
	else
		buf_put(out, buf_text(&whole), whole.len);
	EVP_PKEY_free(pkey);
	buf_release(&part);
	buf_release(&whole);
	return fault;
}
