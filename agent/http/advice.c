/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/x509_vfy.h>
#include <stddef.h>
#include <string.h>

#include "agent/http/advice.h"

/* Of a certificate that is not believed. */
static const char *
on_certificate(long verified)
{
	switch (verified) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "set this machine's clock, see timedatectl; if it is "
		       "right, have the other side's certificate replaced";
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "have the other side's certificate renewed; if it is, "
		       "set this machine's clock, see timedatectl";
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return "if it is to be believed, name that certificate in "
		       "tls_config.ca_file";
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return "name the authority that signed it in "
		       "tls_config.ca_file, and have the other side send "
		       "those between";
	case X509_V_OK:
	case X509_V_ERR_UNSPECIFIED: /* What libcurl has if not asked. */
		return "write the host as the certificate has it, or that name "
		       "in tls_config.server_name";
	default:
		return "look at it by openssl s_client, and have it replaced";
	}
}

/* Of a handshake, by what OpenSSL calls its faults. */
static const char *
on_handshake(const char *error)
{
	static const char *const known[][2] = {
		{ "unsupported protocol", NULL },
		{ "protocol version", NULL },
		{ "legacy sigalg",
		    "there is no version of TLS that both sides allow; have "
		    "the other one offer TLS 1.2, or see "
		    "tls_config.min_version and max_version" },
		{ "wrong version number", NULL },
		{ "http request",
		    "what listens there does not speak TLS; write http://, or "
		    "another port" },
		{ "alert handshake failure", NULL },
		{ "alert certificate", NULL },
		{ "certificate required", NULL },
		{ "alert bad certificate", NULL },
		{ "alert unknown ca", NULL },
		{ "alert unsupported certificate",
		    "most likely the other side wants a certificate of ours "
		    "that it believes; see tls_config.cert_file and key_file" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(error, known[i][0]) == NULL)
			continue;
		while (known[i][1] == NULL)
			i++;
		return known[i][1];
	}
	return NULL;
}

const char *
advice_on(CURLcode code, long verified, const char *error)
{
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return on_certificate(verified);
	case CURLE_SSL_CACERT_BADFILE:
		return "see tls_config.ca_file, and let walship's user read it";
	case CURLE_SSL_CERTPROBLEM:
		return "see tls_config.cert_file and key_file: they must be of "
		       "PEM, without a passphrase, belong together, and "
		       "walship's user must be able to read them";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return on_handshake(error);
	default:
		return NULL;
	}
}
