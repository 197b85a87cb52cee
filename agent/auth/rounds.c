/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/asn1t.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stddef.h>

#include "agent/auth/rounds.h"

/* What ${parameters} hold, read as ${item}; NULL if it is something else. */
static void *
unpack(const ASN1_ITEM *item, const ASN1_TYPE *parameters)
{
	return parameters == NULL ? NULL
				  : ASN1_TYPE_unpack_sequence(item, parameters);
}

static uint64_t
number(const ASN1_INTEGER *integer)
{
	uint64_t value;

	if (integer == NULL || ASN1_INTEGER_get_uint64(&value, integer) != 1)
		return UINT64_MAX;
	return value;
}

/* Of scrypt: blocks that are mixed. */
static uint64_t
of_scrypt(const SCRYPT_PARAMS *parameters)
{
	uint64_t cost = number(parameters->costParameter);
	uint64_t size = number(parameters->blockSize);
	uint64_t parallel = number(parameters->parallelizationParameter);
	uint64_t rounds;

	if (__builtin_mul_overflow(cost, size, &rounds) ||
	    __builtin_mul_overflow(rounds, parallel, &rounds))
		return UINT64_MAX;
	return rounds;
}

/* Of the second scheme of PKCS#5, whose key is derived by ${function}. */
static uint64_t
of_function(const X509_ALGOR *function)
{
	const ASN1_TYPE *parameter = function->parameter;
	uint64_t rounds = UINT64_MAX;
	SCRYPT_PARAMS *scrypt = NULL;
	PBKDF2PARAM *pbkdf2 = NULL;

	if (OBJ_obj2nid(function->algorithm) == NID_id_pbkdf2)
		pbkdf2 = unpack(ASN1_ITEM_rptr(PBKDF2PARAM), parameter);
	else if (OBJ_obj2nid(function->algorithm) == NID_id_scrypt)
		scrypt = unpack(ASN1_ITEM_rptr(SCRYPT_PARAMS), parameter);
	if (pbkdf2 != NULL)
		rounds = number(pbkdf2->iter);
	if (scrypt != NULL)
		rounds = of_scrypt(scrypt);
	PBKDF2PARAM_free(pbkdf2);
	SCRYPT_PARAMS_free(scrypt);
	return rounds;
}

uint64_t
rounds_of(const X509_ALGOR *algorithm)
{
	uint64_t rounds = UINT64_MAX;
	PBE2PARAM *second;
	PBEPARAM *first;

	if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2) {
		second =
		    unpack(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
		if (second != NULL)
			rounds = of_function(second->keyfunc);
		PBE2PARAM_free(second);
	} else {
		first = unpack(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
		if (first != NULL)
			rounds = number(first->iter);
		PBEPARAM_free(first);
	}
	return rounds > ROUNDS_LEAST ? rounds : ROUNDS_LEAST;
}
