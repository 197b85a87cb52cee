/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/assertion.h"
#include "agent/auth/base64.h"
#include "tests/unit/auth/keys.h"

#define AUDIENCE "https://login.example/tenant/oauth2/v2.0/token"
#define CLIENT "11111111-2222-3333-4444-555555555555"

struct fixture {
	EVP_PKEY *key, *root_key;
	struct certificate certificate;
	struct assertion assertion;
	struct buf out;
	json_t *header, *claims;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	X509 *root;

	assert_non_null(f);
	f->root_key = keys_ec();
	f->key = f->certificate.key = keys_rsa(2048);
	f->certificate.chain = sk_X509_new_null();
	root = keys_cert(f->root_key, "root", NULL, NULL, 0, KEYS_DAY);
	assert_true(
	    sk_X509_push(f->certificate.chain,
		keys_cert(f->key, "own", root, f->root_key, 0, KEYS_DAY)) > 0);
	assert_true(sk_X509_push(f->certificate.chain, root) > 0);
	f->assertion = (struct assertion){
		.audience = AUDIENCE, .client_id = CLIENT, .wall = KEYS_NOW
	};
	buf_init(&f->out, 1u << 20);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	json_decref(f->header);
	json_decref(f->claims);
	certificate_release(&f->certificate);
	EVP_PKEY_free(f->root_key);
	buf_release(&f->out);
	free(f);
	return 0;
}

/* The bytes of the ${len} letters of base64url at ${text}, to be freed. */
static unsigned char *
decode(const char *text, size_t len, size_t *ret_len)
{
	size_t padded = (len + 3) / 4 * 4, i;
	char *copy = malloc(padded + 1);
	ssize_t n;

	assert_non_null(copy);
	memset(copy, '=', padded);
	for (i = 0; i < len; i++) {
		assert_true(text[i] != '=' && text[i] != '+' && text[i] != '/');
		copy[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
	}
	n = base64_read(copy, copy, padded);
	assert_true(n >= 0);
	copy[n] = '\0';
	*ret_len = (size_t)n;
	return (unsigned char *)copy;
}

static json_t *
decode_json(const char *text, size_t len)
{
	size_t n;
	unsigned char *data = decode(text, len, &n);
	json_t *value =
	    json_loadb((char *)data, n, JSON_REJECT_DUPLICATES, NULL);

	assert_true(json_is_object(value));
	free(data);
	return value;
}

/* Whether ${key} signed the ${len} bytes at ${data} by PS256. */
static bool
is_signed(EVP_PKEY *key, const char *data, size_t len,
    const unsigned char *signature, size_t signature_len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options;
	int result;

	assert_int_equal(
	    EVP_DigestVerifyInit(context, &options, EVP_sha256(), NULL, key),
	    1);
	assert_int_equal(
	    EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, 32), 1);
	assert_int_equal(
	    EVP_PKEY_CTX_set_rsa_mgf1_md(options, EVP_sha256()), 1);
	result = EVP_DigestVerify(context, signature, signature_len,
	    (const unsigned char *)data, len);
	EVP_MD_CTX_free(context);
	return result == 1;
}

/* Make one, take it apart, and see who signed it. */
static void
make(struct fixture *f)
{
	size_t begin = f->out.len, len;
	const char *text, *first, *second;
	unsigned char *signature;

	assert_int_equal(
	    assertion_put(&f->out, &f->assertion, &f->certificate), 0);
	text = buf_text(&f->out) + begin;
	first = strchr(text, '.');
	assert_non_null(first);
	second = strchr(first + 1, '.');
	assert_non_null(second);
	json_decref(f->header);
	json_decref(f->claims);
	f->header = decode_json(text, (size_t)(first - text));
	f->claims = decode_json(first + 1, (size_t)(second - first - 1));
	signature = decode(second + 1, strlen(second + 1), &len);
	assert_true(
	    is_signed(f->key, text, (size_t)(second - text), signature, len));
	assert_false(is_signed(
	    f->key, text, (size_t)(second - text - 1), signature, len));
	free(signature);
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	assert_non_null(text);
	return text;
}

static void
the_header_names_the_certificate(void **state)
{
	unsigned char hash[EVP_MAX_MD_SIZE], *got;
	struct fixture *f = *state;
	const char *text;
	unsigned int len;
	size_t got_len;

	make(f);
	assert_string_equal(text_of(f->header, "alg"), "PS256");
	assert_string_equal(text_of(f->header, "typ"), "JWT");
	assert_int_equal(X509_digest(sk_X509_value(f->certificate.chain, 0),
			     EVP_sha256(), hash, &len),
	    1);
	text = text_of(f->header, "x5t#S256");
	got = decode(text, strlen(text), &got_len);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, hash, len);
	free(got);
	assert_int_equal(json_object_size(f->header), 3);
}

static void
the_claims_are_those_that_entra_wants(void **state)
{
	struct fixture *f = *state;

	make(f);
	assert_string_equal(text_of(f->claims, "aud"), AUDIENCE);
	assert_string_equal(text_of(f->claims, "iss"), CLIENT);
	assert_string_equal(text_of(f->claims, "sub"), CLIENT);
	assert_int_equal(json_integer_value(json_object_get(f->claims, "nbf")),
	    KEYS_NOW / 1000);
	assert_int_equal(json_integer_value(json_object_get(f->claims, "exp")),
	    KEYS_NOW / 1000 + 600);
}

static void
no_two_are_the_same(void **state)
{
	struct fixture *f = *state;
	char *id;

	make(f);
	id = strdup(text_of(f->claims, "jti"));
	assert_int_equal(strlen(id), 36);
	assert_int_equal(id[14], '4');
	make(f);
	assert_string_not_equal(text_of(f->claims, "jti"), id);
	free(id);
}

static void
the_whole_chain_is_shown_if_wanted(void **state)
{
	struct fixture *f = *state;
	const unsigned char *at;
	unsigned char der[4096];
	const json_t *texts;
	const char *text;
	size_t i;
	ssize_t n;
	X509 *cert;

	f->assertion.chain = true;
	make(f);
	texts = json_object_get(f->header, "x5c");
	assert_int_equal(json_array_size(texts), 2);
	for (i = 0; i < 2; i++) {
		text = json_string_value(json_array_get(texts, i));
		assert_true(strlen(text) < sizeof(der));
		n = base64_read(der, text, strlen(text));
		at = der;
		cert = d2i_X509(NULL, &at, n);
		assert_non_null(cert);
		assert_int_equal(
		    X509_cmp(cert, sk_X509_value(f->certificate.chain, (int)i)),
		    0);
		X509_free(cert);
	}
}

static void
what_does_not_fit_is_an_error(void **state)
{
	struct fixture *f = *state;
	char room[700];
	struct buf out;

	buf_over(&out, room, sizeof(room));
	assert_int_equal(
	    assertion_put(&out, &f->assertion, &f->certificate), -1);
	assert_true(out.bad);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(the_header_names_the_certificate),
		TEST(the_claims_are_those_that_entra_wants),
		TEST(no_two_are_the_same),
		TEST(the_whole_chain_is_shown_if_wanted),
		TEST(what_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
