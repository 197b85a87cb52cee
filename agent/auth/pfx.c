/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/auth/pfx.h"
#include "agent/auth/rounds.h"

/* A file that is being read. */
struct pfx {
	OSSL_LIB_CTX *context; /* NULL: the program's own. */
	PKCS12 *file;
	const char *password; /* NULL if it was made with none at all. */
	uint64_t rounds;      /* Left. */
	EVP_PKEY *key;
	STACK_OF(X509) * certs;
};

/* Take the work of ${algorithm} off what may be done. */
static enum pfx_result
pay(struct pfx *pfx, const X509_ALGOR *algorithm)
{
	uint64_t rounds = rounds_of(algorithm);

	if (rounds > pfx->rounds)
		return PFX_ROUNDS;
	pfx->rounds -= rounds;
	return PFX_OK;
}

/* Why something failed that is only done once the password has proved right. */
static enum pfx_result
why(const struct pfx *pfx)
{
	unsigned long code;
	bool unsupported = false;

	while ((code = ERR_get_error()) != 0)
		unsupported |= ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
	if (!unsupported)
		return PFX_GARBAGE;
	return EVP_default_properties_is_fips_enabled(pfx->context)
	    ? PFX_FIPS
	    : PFX_LEGACY;
}

/* See whether the password is right; sort out which kind of none it is. */
static enum pfx_result
check_password(struct pfx *pfx)
{
	const ASN1_INTEGER *mac_rounds = NULL;
	uint64_t rounds = 1;
	unsigned long code;

	if (!PKCS12_mac_present(pfx->file))
		return PFX_OK;
	PKCS12_get0_mac(NULL, NULL, NULL, &mac_rounds, pfx->file);
	if (mac_rounds != NULL &&
	    ASN1_INTEGER_get_uint64(&rounds, mac_rounds) != 1)
		return PFX_GARBAGE;
	if (rounds > pfx->rounds / 2)
		return PFX_ROUNDS;
	pfx->rounds -= 2 * rounds;
	if (PKCS12_verify_mac(pfx->file, pfx->password, -1))
		return PFX_OK;
	if (pfx->password[0] == '\0' && PKCS12_verify_mac(pfx->file, NULL, 0)) {
		pfx->password = NULL;
		return PFX_OK;
	}
	while ((code = ERR_get_error()) != 0)
		if (ERR_GET_REASON(code) == PKCS12_R_MAC_GENERATION_ERROR)
			return EVP_default_properties_is_fips_enabled(
				   pfx->context)
			    ? PFX_FIPS
			    : PFX_GARBAGE;
	return PFX_PASSWORD;
}

/* Take the key ${info}. */
static enum pfx_result
take_key(struct pfx *pfx, const PKCS8_PRIV_KEY_INFO *info)
{
	if (info == NULL)
		return why(pfx);
	if (pfx->key != NULL)
		return PFX_KEYS;
	pfx->key = EVP_PKCS82PKEY(info);
	return pfx->key == NULL ? why(pfx) : PFX_OK;
}

/* Take the key in ${bag}, which is encrypted. */
static enum pfx_result
take_shrouded(struct pfx *pfx, const PKCS12_SAFEBAG *bag)
{
	const X509_ALGOR *algorithm = NULL;
	PKCS8_PRIV_KEY_INFO *info;
	enum pfx_result result;

	X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
	if ((result = pay(pfx, algorithm)) != PFX_OK)
		return result;
	info =
	    PKCS12_decrypt_skey_ex(bag, pfx->password, -1, pfx->context, NULL);
	result = take_key(pfx, info);
	PKCS8_PRIV_KEY_INFO_free(info);
	return result;
}

static enum pfx_result
take_cert(struct pfx *pfx, const PKCS12_SAFEBAG *bag)
{
	X509 *cert;

	if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
		return PFX_OK;
	if ((cert = PKCS12_SAFEBAG_get1_cert(bag)) == NULL)
		return PFX_GARBAGE;
	if (sk_X509_push(pfx->certs, cert) > 0)
		return PFX_OK;
	X509_free(cert);
	return PFX_NOMEM;
}

static enum pfx_result
take_bag(struct pfx *pfx, const PKCS12_SAFEBAG *bag)
{
	switch (PKCS12_SAFEBAG_get_nid(bag)) {
	case NID_certBag:
		return take_cert(pfx, bag);
	case NID_keyBag:
		return take_key(pfx, PKCS12_SAFEBAG_get0_p8inf(bag));
	case NID_pkcs8ShroudedKeyBag:
		return take_shrouded(pfx, bag);
	default:
		return PFX_OK;
	}
}

/* Take all bags of ${safe}. */
static enum pfx_result
take_safe(struct pfx *pfx, PKCS7 *safe)
{
	STACK_OF(PKCS12_SAFEBAG) * bags;
	enum pfx_result result = PFX_OK;
	int i;

	if (PKCS7_type_is_data(safe)) {
		bags = PKCS12_unpack_p7data(safe);
	} else if (PKCS7_type_is_encrypted(safe)) {
		result = pay(pfx, safe->d.encrypted->enc_data->algorithm);
		if (result != PFX_OK)
			return result;
		bags = PKCS12_unpack_p7encdata(safe, pfx->password, -1);
	} else {
		return PFX_OK;
	}
	if (bags == NULL)
		return why(pfx);
	for (i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && result == PFX_OK; i++)
		result = take_bag(pfx, sk_PKCS12_SAFEBAG_value(bags, i));
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return result;
}

static enum pfx_result
take_all(struct pfx *pfx)
{
	STACK_OF(PKCS7) * safes;
	enum pfx_result result;
	int i;

	if ((result = check_password(pfx)) != PFX_OK)
		return result;
	if ((safes = PKCS12_unpack_authsafes(pfx->file)) == NULL)
		return PFX_GARBAGE;
	for (i = 0; i < sk_PKCS7_num(safes) && result == PFX_OK; i++)
		result = take_safe(pfx, sk_PKCS7_value(safes, i));
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return result;
}

/* Read it in ${context}. */
static enum pfx_result
read_in(OSSL_LIB_CTX *context, const void *data, size_t len,
    const char *password, EVP_PKEY **key, STACK_OF(X509) * certs)
{
	struct pfx pfx = { .context = context,
		.password = password,
		.rounds = PFX_ROUNDS_MAX,
		.certs = certs };
	const unsigned char *at = data;
	enum pfx_result result = PFX_GARBAGE;

	ERR_clear_error();
	pfx.file = PKCS12_init_ex(NID_pkcs7_data, context, NULL);
	if (pfx.file == NULL)
		return PFX_NOMEM;
	/* On failure it is freed, and NULL. */
	if (d2i_PKCS12(&pfx.file, &at, (long)len) != NULL)
		result = take_all(&pfx);
	PKCS12_free(pfx.file);
	ERR_clear_error();
	if (result == PFX_OK) {
		*key = pfx.key;
		return result;
	}
	EVP_PKEY_free(pfx.key);
	while (sk_X509_num(certs) > 0)
		X509_free(sk_X509_pop(certs));
	return result;
}

enum pfx_result
pfx_read(const void *data, size_t len, const char *password, EVP_PKEY **key,
    STACK_OF(X509) * certs)
{
	OSSL_PROVIDER *usual, *legacy;
	enum pfx_result result;
	OSSL_LIB_CTX *context;

	*key = NULL;
	result = read_in(NULL, data, len, password, key, certs);
	if (result != PFX_LEGACY)
		return result;
	if ((context = OSSL_LIB_CTX_new()) == NULL)
		return PFX_NOMEM;
	usual = OSSL_PROVIDER_load(context, "default");
	legacy = OSSL_PROVIDER_load(context, "legacy");
	if (usual != NULL && legacy != NULL)
		result = read_in(context, data, len, password, key, certs);
	if (legacy != NULL)
		(void)OSSL_PROVIDER_unload(legacy);
	if (usual != NULL)
		(void)OSSL_PROVIDER_unload(usual);
	OSSL_LIB_CTX_free(context);
	ERR_clear_error();
	return result;
}
