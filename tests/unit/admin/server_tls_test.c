/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin/server_tls.h"
#include "agent/base/buf.h"
#include "tests/unit/admin/papers.h"

#define TURNS 100 /* Of a handshake, each side's. */

/* Append ${pem} as a text of YAML under ${key}. */
static void
put_pem(struct buf *yaml, const char *key, const char *pem)
{
	buf_printf(yaml, "%s: \"", key);
	for (; *pem != '\0'; pem++)
		if (*pem == '\n')
			buf_puts(yaml, "\\n");
		else
			buf_putc(yaml, *pem);
	buf_puts(yaml, "\"\n");
}

/* A server of a that also says ${more}, which wants certificates of b. */
static struct server_tls *
make(const char *more)
{
	struct fault_list faults = { 0 };
	struct schema_at at = { .faults = &faults };
	struct server_tls *tls;
	struct tree_node *root;
	struct buf yaml, text;

	buf_init(&yaml, 1u << 16);
	put_pem(&yaml, "cert", A_CERTIFICATE);
	put_pem(&yaml, "key", A_KEY);
	buf_puts(&yaml, more);
	if (strstr(more, "Verify") != NULL)
		put_pem(&yaml, "client_ca", B_CERTIFICATE);
	at.node = root = tree_parse(buf_text(&yaml), yaml.len, &faults);
	assert_non_null(root);
	tls = server_tls_read(&at, "web.yml");
	buf_init(&text, 1u << 16);
	fault_write(&faults, "web.yml", &text);
	if (tls == NULL)
		fail_msg("%s", buf_text(&text));
	buf_release(&text);
	buf_release(&yaml);
	tree_free(root);
	fault_release(&faults);
	return tls;
}

/* A side of a connection. */
static gnutls_session_t
side(unsigned int flags, int fd, gnutls_certificate_credentials_t credentials)
{
	gnutls_session_t session;

	assert_true(
	    gnutls_init(&session,
		flags | GNUTLS_NONBLOCK | GNUTLS_FORCE_CLIENT_CERT) >= 0);
	assert_true(gnutls_set_default_priority(session) >= 0);
	assert_true(gnutls_credentials_set(
			session, GNUTLS_CRD_CERTIFICATE, credentials) >= 0);
	gnutls_transport_set_int(session, fd);
	return session;
}

static gnutls_certificate_credentials_t
papers(const char *cert, const char *key)
{
	gnutls_certificate_credentials_t made;
	const gnutls_datum_t one = { (unsigned char *)(uintptr_t)cert,
		(unsigned int)strlen(cert) };
	const gnutls_datum_t other = { (unsigned char *)(uintptr_t)key,
		(unsigned int)strlen(key) };

	assert_true(gnutls_certificate_allocate_credentials(&made) >= 0);
	if (*cert != '\0')
		assert_true(gnutls_certificate_set_x509_key_mem2(made, &one,
				&other, GNUTLS_X509_FMT_PEM, NULL, 0) >= 0);
	return made;
}

/* Whether a client with ${cert} and ${key}, or "", gets in by ${more}. */
static bool
gets_in(const char *more, const char *cert, const char *key)
{
	gnutls_certificate_credentials_t none = papers("", "");
	gnutls_certificate_credentials_t theirs = papers(cert, key);
	struct server_tls *tls = make(more);
	gnutls_session_t server, client;
	int pair[2], i, served = GNUTLS_E_AGAIN, r = GNUTLS_E_AGAIN;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	server = side(GNUTLS_SERVER, pair[0], none);
	client = side(GNUTLS_CLIENT, pair[1], theirs);
	assert_int_equal(server_tls_dress(tls, server), 0);
	for (i = 0; i < TURNS && (served < 0 || r < 0); i++) {
		if (r < 0 && !gnutls_error_is_fatal(r))
			r = gnutls_handshake(client);
		if (served < 0 && !gnutls_error_is_fatal(served))
			served = gnutls_handshake(server);
	}
	gnutls_deinit(server);
	gnutls_deinit(client);
	(void)close(pair[0]);
	(void)close(pair[1]);
	gnutls_certificate_free_credentials(none);
	gnutls_certificate_free_credentials(theirs);
	server_tls_free(tls);
	return served == GNUTLS_E_SUCCESS;
}

static void
each_way_to_want_certificates_lets_in_whom_it_should(void **state)
{
	static const struct {
		const char *kind;
		bool without, strange, known; /* Who gets in. */
	} cases[] = {
		{ "NoClientCert", true, true, true },
		{ "RequestClientCert", true, true, true },
		{ "RequireAnyClientCert", false, true, true },
		{ "VerifyClientCertIfGiven", true, false, true },
		{ "RequireAndVerifyClientCert", false, false, true },
	};
	char more[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(more, sizeof(more), "client_auth_type: %s\n",
		    cases[i].kind);
		assert_int_equal(gets_in(more, "", ""), cases[i].without);
		assert_int_equal(
		    gets_in(more, A_CERTIFICATE, A_KEY), cases[i].strange);
		assert_int_equal(
		    gets_in(more, B_CERTIFICATE, B_KEY), cases[i].known);
	}
}

static void
only_who_has_one_of_the_names_gets_in(void **state)
{
	(void)state;
	assert_true(gets_in("client_auth_type: RequireAndVerifyClientCert\n"
			    "client_allowed_sans: [b.test]\n",
	    B_CERTIFICATE, B_KEY));
	assert_false(gets_in("client_auth_type: RequireAndVerifyClientCert\n"
			     "client_allowed_sans: [a.test]\n",
	    B_CERTIFICATE, B_KEY));
	assert_true(gets_in("client_auth_type: RequireAnyClientCert\n"
			    "client_allowed_sans: [a.test]\n",
	    A_CERTIFICATE, A_KEY));
}

/* A certificate with the key of b, and ${size} bytes of nothing; to be freed. */
static gnutls_datum_t
long_paper(size_t size)
{
	const gnutls_datum_t pem = { (unsigned char *)(uintptr_t)B_KEY,
		(unsigned int)strlen(B_KEY) };
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t text;
	void *nothing = calloc(1, size);

	assert_non_null(nothing);
	assert_true(gnutls_x509_privkey_init(&key) >= 0);
	assert_true(
	    gnutls_x509_privkey_import(key, &pem, GNUTLS_X509_FMT_PEM) >= 0);
	assert_true(gnutls_x509_crt_init(&crt) >= 0);
	assert_true(gnutls_x509_crt_set_version(crt, 3) >= 0);
	assert_true(gnutls_x509_crt_set_serial(crt, "1", 1) >= 0);
	assert_true(gnutls_x509_crt_set_activation_time(crt, 0) >= 0);
	assert_true(gnutls_x509_crt_set_expiration_time(crt, INT32_MAX) >= 0);
	assert_true(gnutls_x509_crt_set_key(crt, key) >= 0);
	assert_true(gnutls_x509_crt_set_extension_by_oid(
			crt, "1.2.3.4", nothing, size, 0) >= 0);
	assert_true(
	    gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) >= 0);
	assert_true(
	    gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &text) >= 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	free(nothing);
	return text;
}

/* GnuTLS takes seconds to read one of 64 KiB that has many names. */
static void
who_shows_more_than_is_read_does_not_get_in(void **state)
{
	static const char any[] = "client_auth_type: RequireAnyClientCert\n";
	gnutls_datum_t some = long_paper(SERVER_TLS_MESSAGE_MAX / 2);
	gnutls_datum_t more = long_paper(SERVER_TLS_MESSAGE_MAX);

	(void)state;
	assert_true(gets_in(any, (const char *)some.data, B_KEY));
	assert_false(gets_in(any, (const char *)more.data, B_KEY));
	gnutls_free(some.data);
	gnutls_free(more.data);
}

static void
only_who_verifies_all_vouches_for_them(void **state)
{
	struct server_tls *tls;

	(void)state;
	tls = make("client_auth_type: RequireAndVerifyClientCert\n");
	assert_true(server_tls_verifies(tls));
	server_tls_free(tls);
	tls = make("client_auth_type: VerifyClientCertIfGiven\n");
	assert_false(server_tls_verifies(tls));
	server_tls_free(tls);
	server_tls_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_way_to_want_certificates_lets_in_whom_it_should),
		cmocka_unit_test(only_who_has_one_of_the_names_gets_in),
		cmocka_unit_test(who_shows_more_than_is_read_does_not_get_in),
		cmocka_unit_test(only_who_verifies_all_vouches_for_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
