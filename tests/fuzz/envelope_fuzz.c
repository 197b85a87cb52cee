/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packaging/azure/extension/envelope.h"

#define PLAIN_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nobody sealed anything for it. */
static EVP_PKEY *
any_key(void)
{
	static EVP_PKEY *key;

	if (key == NULL && (key = EVP_RSA_gen(2048)) == NULL)
		abort();
	return key;
}

/* What is not sealed in base 64 gets so, to come further. */
static void
open_sealed(const uint8_t *data, size_t size, struct buf *plain)
{
	char *text = malloc(size * 2 + 4);

	if (text == NULL)
		return;
	(void)EVP_EncodeBlock((unsigned char *)text, data, (int)size);
	(void)envelope_open_with(text, any_key(), NULL, plain);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct buf plain;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	buf_secret(&plain, PLAIN_MAX);
	(void)envelope_open_with(text, any_key(), NULL, &plain);
	open_sealed(data, size, &plain);
	buf_release(&plain);
	free(text);
	return 0;
}
