/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/base64.h"
#include "agent/auth/jwt.h"
#include "tests/unit/auth/keys.h"

/* The ${len} letters at ${text}, of a URL's base 64, as bytes; to be freed. */
static unsigned char *
decode(const char *text, size_t len, size_t *ret_len)
{
	char *letters = calloc(1, len + 4);
	ssize_t n;
	size_t i;

	assert_non_null(letters);
	memcpy(letters, text, len);
	for (i = 0; i < len; i++)
		letters[i] = letters[i] == '-' ? '+'
		    : letters[i] == '_'        ? '/'
					       : letters[i];
	while (len % 4 != 0)
		letters[len++] = '=';
	assert_true((n = base64_read(letters, letters, len)) >= 0);
	letters[n] = '\0';
	*ret_len = (size_t)n;
	return (unsigned char *)letters;
}

/* Make a token by ${config}, verify it, and return what it says; to be freed. */
static void
make(const struct config_oauth2 *config, const EVP_MD *hash, char **ret_header,
    char **ret_claims)
{
	EVP_PKEY *key = keys_rsa(2048);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const char *text, *first, *second;
	unsigned char *signature;
	struct buf pem, jwt;
	size_t len;

	buf_init(&pem, 10000);
	buf_init(&jwt, JWT_MAX);
	keys_put_key(&pem, key, NULL);
	assert_null(jwt_put(&jwt, config, buf_text(&pem), KEYS_NOW));
	text = buf_text(&jwt);
	assert_non_null(first = strchr(text, '.'));
	assert_non_null(second = strchr(first + 1, '.'));
	signature = decode(second + 1, strlen(second + 1), &len);
	assert_non_null(context);
	assert_int_equal(
	    EVP_DigestVerifyInit(context, NULL, hash, NULL, key), 1);
	assert_int_equal(
	    EVP_DigestVerify(context, signature, len,
		(const unsigned char *)text, (size_t)(second - text)),
	    1);
	*ret_header = (char *)decode(text, (size_t)(first - text), &len);
	*ret_claims =
	    (char *)decode(first + 1, (size_t)(second - first - 1), &len);
	EVP_MD_CTX_free(context);
	free(signature);
	buf_release(&pem);
	buf_release(&jwt);
	EVP_PKEY_free(key);
}

static void
it_says_who_and_for_how_long(void **state)
{
	struct config_oauth2 config = { .client_id = (char[]){ "me" },
		.token_url = (char[]){ "https://t/o" } };
	char *header, *claims, *again;

	(void)state;
	make(&config, EVP_sha256(), &header, &claims);
	assert_string_equal(header, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
	assert_ptr_equal(strstr(claims,
			     "{\"iss\":\"me\",\"sub\":\"me\","
			     "\"aud\":\"https://t/o\","
			     "\"iat\":1767323045,\"exp\":1767326645,\"jti\":"),
	    claims);
	free(header);
	make(&config, EVP_sha256(), &header, &again);
	assert_string_not_equal(claims, again);
	free(header);
	free(claims);
	free(again);
}

static void
all_that_is_configured_is_in_it(void **state)
{
	struct config_oauth2 config = { .client_id = (char[]){ "m\"e" },
		.token_url = (char[]){ "https://t/o" },
		.issuer = (char[]){ "who" },
		.audience = (char[]){ "for" },
		.key_id = (char[]){ "k1" },
		.scopes = (char[]){ "a b" },
		.claims = (char[]){ "\"x\":[1]" },
		.algorithm = OAUTH2_RS512 };
	char *header, *claims;

	(void)state;
	make(&config, EVP_sha512(), &header, &claims);
	assert_string_equal(
	    header, "{\"alg\":\"RS512\",\"typ\":\"JWT\",\"kid\":\"k1\"}");
	assert_non_null(strstr(claims,
	    "{\"iss\":\"who\",\"sub\":\"m\\\"e\",\"aud\":\"for\","
	    "\"scope\":\"a b\",\"iat\":"));
	assert_non_null(strstr(claims, "\",\"x\":[1]}"));
	free(header);
	free(claims);
	config.algorithm = OAUTH2_RS384;
	make(&config, EVP_sha384(), &header, &claims);
	free(header);
	free(claims);
}

static void
no_other_key_is_taken(void **state)
{
	const struct config_oauth2 config = { .client_id = (char[]){ "me" },
		.token_url = (char[]){ "https://t/o" } };
	EVP_PKEY *curve = keys_ec(), *rsa = keys_rsa(2048);
	struct buf pem, jwt;

	(void)state;
	buf_init(&pem, 10000);
	buf_init(&jwt, JWT_MAX);
	keys_put_key(&pem, curve, NULL);
	assert_non_null(strstr(
	    jwt_put(&jwt, &config, buf_text(&pem), 0), "not one of RSA"));
	buf_reset(&pem);
	keys_put_key(&pem, rsa, "password");
	assert_non_null(strstr(
	    jwt_put(&jwt, &config, buf_text(&pem), 0), "cannot be read"));
	assert_non_null(jwt_put(&jwt, &config, "", 0));
	assert_int_equal(jwt.len, 0);
	buf_release(&pem);
	buf_release(&jwt);
	EVP_PKEY_free(curve);
	EVP_PKEY_free(rsa);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_who_and_for_how_long),
		cmocka_unit_test(all_that_is_configured_is_in_it),
		cmocka_unit_test(no_other_key_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
