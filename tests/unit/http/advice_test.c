/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "agent/http/advice.h"

static void
each_fault_has_something_to_do(void **state)
{
	static const struct {
		CURLcode code;
		long verified;
		const char *error, *word;
	} cases[] = {
		{ CURLE_PEER_FAILED_VERIFICATION, X509_V_ERR_CERT_HAS_EXPIRED,
		    "", "renewed" },
		{ CURLE_PEER_FAILED_VERIFICATION, X509_V_ERR_CERT_NOT_YET_VALID,
		    "", "clock" },
		{ CURLE_PEER_FAILED_VERIFICATION,
		    X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "", "ca_file" },
		{ CURLE_PEER_FAILED_VERIFICATION,
		    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "",
		    "authority" },
		{ CURLE_PEER_FAILED_VERIFICATION, X509_V_ERR_UNSPECIFIED, "",
		    "server_name" },
		{ CURLE_PEER_FAILED_VERIFICATION, X509_V_OK, "",
		    "server_name" },
		{ CURLE_PEER_FAILED_VERIFICATION, X509_V_ERR_CERT_REVOKED, "",
		    "s_client" },
		{ CURLE_SSL_CACERT_BADFILE, 0, "", "ca_file" },
		{ CURLE_SSL_CERTPROBLEM, 0, "", "key_file" },
		{ CURLE_SSL_CONNECT_ERROR, 1,
		    "error:0A000102:SSL routines::unsupported protocol",
		    "min_version" },
		{ CURLE_SSL_CONNECT_ERROR, 1,
		    "SSL routines::tlsv1 alert protocol version",
		    "min_version" },
		{ CURLE_SSL_CONNECT_ERROR, 1,
		    "SSL routines::wrong version number", "http://" },
		{ CURLE_SSL_CONNECT_ERROR, 1,
		    "SSL routines::sslv3 alert handshake failure",
		    "cert_file" },
		{ CURLE_RECV_ERROR, 0,
		    "OpenSSL SSL_read: SSL routines::tlsv13 alert certificate "
		    "required, errno 0",
		    "cert_file" },
	};
	const char *advice;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		advice =
		    advice_on(cases[i].code, cases[i].verified, cases[i].error);
		assert_non_null(advice);
		assert_non_null(strstr(advice, cases[i].word));
	}
}

static void
of_anything_else_nothing_is_said(void **state)
{
	(void)state;
	assert_null(advice_on(CURLE_COULDNT_CONNECT, 1, "refused"));
	assert_null(advice_on(CURLE_RECV_ERROR, 0, "Connection reset by peer"));
	assert_null(advice_on(CURLE_SSL_CONNECT_ERROR, 1, "SSL_ERROR_SYSCALL"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_has_something_to_do),
		cmocka_unit_test(of_anything_else_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
