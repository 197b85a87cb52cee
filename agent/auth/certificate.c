/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/bundle.h"
#include "agent/auth/certificate.h"

/* Note what is wrong with ${path}; always -1. */
static int
fail(struct certificate *certificate, const char *path, const char *what,
    const char *todo)
{
	file_fault(certificate->error, path, what, todo);
	return -1;
}

/* Add what the file ${path} holds. */
static int
add_file(struct certificate *certificate, struct bundle *bundle,
    const char *path, const char *password)
{
	struct stat st;
	ssize_t len;
	int fd, result;
	void *data;

	if ((fd = file_open(path, &st, certificate->error)) == -1)
		return -1;
	if ((data = malloc(CERTIFICATE_FILE_MAX + 1)) == NULL) {
		(void)close(fd);
		return fail(certificate, path, "no memory", "free some");
	}
	len =
	    file_read(fd, path, data, CERTIFICATE_FILE_MAX, certificate->error);
	(void)close(fd);
	if (len < 0)
		result = -1;
	else if (bundle_read(bundle, data, (size_t)len, password) != 0)
		result = fail(certificate, path, bundle->what, bundle->todo);
	else
		result = 0;
	OPENSSL_cleanse(data, CERTIFICATE_FILE_MAX + 1);
	free(data);
	return result;
}

/* Move the certificate ${i} of ${from} to the end of ${to}. */
static int
move(STACK_OF(X509) * to, STACK_OF(X509) * from, int i)
{
	if (sk_X509_push(to, sk_X509_value(from, i)) <= 0)
		return -1;
	(void)sk_X509_delete(from, i);
	return 0;
}

/* Move from ${certs} the one of the key; return whether there is one. */
static bool
move_own(struct certificate *certificate, STACK_OF(X509) * certs)
{
	int i;

	for (i = 0; i < sk_X509_num(certs); i++)
		if (X509_check_private_key(
			sk_X509_value(certs, i), certificate->key) == 1)
			return move(certificate->chain, certs, i) == 0;
	return false;
}

/* Move from ${certs} who issued that, and who issued them, and so on. */
static void
move_issuers(struct certificate *certificate, STACK_OF(X509) * certs)
{
	STACK_OF(X509) *chain = certificate->chain;
	X509 *last;
	int i = 0;

	while (i < sk_X509_num(certs)) {
		last = sk_X509_value(chain, sk_X509_num(chain) - 1);
		if (X509_check_issued(sk_X509_value(certs, i), last) !=
		    X509_V_OK)
			i++;
		else if (move(chain, certs, i) == 0)
			i = 0;
		else
			return;
	}
}

/* Take the key and its chain out of ${bundle}. */
static int
sort(struct certificate *certificate, struct bundle *bundle, const char *path)
{
	if (bundle->key == NULL)
		return fail(certificate, path, "holds no private key",
		    "add it, or name its file in certificate_key_path");
	if (sk_X509_num(bundle->certs) == 0)
		return fail(certificate, path, "holds no certificate",
		    "add that of the application");
	if (sk_X509_num(bundle->certs) > BUNDLE_CERTS_MAX)
		return fail(certificate, path, "holds too many certificates",
		    "leave that of the application and its chain");
	if ((certificate->chain = sk_X509_new_null()) == NULL)
		return fail(certificate, path, "no memory", "free some");
	certificate->key = bundle->key;
	bundle->key = NULL;
	if (!move_own(certificate, bundle->certs))
		return fail(certificate, path,
		    "no certificate in it is that of the private key",
		    "write both anew from where they were made");
	move_issuers(certificate, bundle->certs);
	return 0;
}

/* Whether it can be used, at ${wall}. */
static int
check(struct certificate *certificate, const char *path, int64_t wall)
{
	const X509 *own = sk_X509_value(certificate->chain, 0);
	time_t now = (time_t)(wall / 1000);
	int bits;

	if (EVP_PKEY_get_base_id(certificate->key) != EVP_PKEY_RSA)
		return fail(certificate, path, "its key is not of RSA",
		    "make a certificate with an RSA key: Entra takes no other");
	bits = EVP_PKEY_get_bits(certificate->key);
	if (bits < CERTIFICATE_BITS_MIN || bits > CERTIFICATE_BITS_MAX)
		return fail(certificate, path,
		    "its RSA key is shorter than 2048 or longer than 8192 bits",
		    "make a certificate with one of 2048 to 4096");
	if (X509_cmp_time(X509_get0_notBefore(own), &now) >= 0) {
		certificate->age = -1;
		return fail(certificate, path,
		    "the certificate is not in force yet",
		    "correct this machine's clock, or wait");
	}
	if (X509_cmp_time(X509_get0_notAfter(own), &now) <= 0) {
		certificate->age = 1;
		return fail(certificate, path, "the certificate has expired",
		    "renew it, add it to the application in Entra, and put it "
		    "in place of this file");
	}
	return 0;
}

int
certificate_load(struct certificate *certificate, const char *path,
    const char *key_path, const char *password, int64_t wall)
{
	struct bundle bundle;
	int result;

	*certificate = (struct certificate){ 0 };
	if (bundle_init(&bundle) != 0)
		result = fail(certificate, path, "no memory", "free some");
	else if (add_file(certificate, &bundle, path, password) != 0 ||
	    (key_path != NULL &&
		add_file(certificate, &bundle, key_path, password) != 0) ||
	    sort(certificate, &bundle, path) != 0 ||
	    check(certificate, path, wall) != 0)
		result = -1;
	else
		result = 0;
	bundle_release(&bundle);
	ERR_clear_error();
	return result;
}

void
certificate_release(struct certificate *certificate)
{
	EVP_PKEY_free(certificate->key);
	sk_X509_pop_free(certificate->chain, X509_free);
	certificate->key = NULL;
	certificate->chain = NULL;
}
