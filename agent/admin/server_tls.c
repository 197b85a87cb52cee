/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "agent/admin/sans.h"
#include "agent/admin/server_tls.h"
#include "agent/admin/suites.h"
#include "agent/config/filename.h"
#include "agent/config/given.h"
#include "agent/config/input.h"

#define REASON_MAX 384u /* Bytes of why a file cannot be read. */

/* Who has to show a certificate, and what becomes of it. */
enum client_auth {
	CLIENT_NONE,
	CLIENT_REQUEST,
	CLIENT_REQUIRE,
	CLIENT_VERIFY_IF_GIVEN,
	CLIENT_REQUIRE_AND_VERIFY,
};

/* What each of them comes to. */
static const struct {
	gnutls_certificate_request_t request;
	bool verify;
} client_auths[] = {
	[CLIENT_NONE] = { GNUTLS_CERT_IGNORE, false },
	[CLIENT_REQUEST] = { GNUTLS_CERT_REQUEST, false },
	[CLIENT_REQUIRE] = { GNUTLS_CERT_REQUIRE, false },
	[CLIENT_VERIFY_IF_GIVEN] = { GNUTLS_CERT_REQUEST, true },
	[CLIENT_REQUIRE_AND_VERIFY] = { GNUTLS_CERT_REQUIRE, true },
};

struct server_tls {
	/* As written; of each, its text or its file. */
	struct config_secret cert, key, client_ca;
	struct stamp seen[SERVER_TLS_FILES];
	enum client_auth client_auth;
	struct suites suites;
	struct sans sans; /* Of which a client is to have one; none: any. */

	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priorities;
};

static void
read_client_auth(const struct schema_at *at, void *target)
{
	static const char *const words[] = { [CLIENT_NONE] = "NoClientCert",
		[CLIENT_REQUEST] = "RequestClientCert",
		[CLIENT_REQUIRE] = "RequireAnyClientCert",
		[CLIENT_VERIFY_IF_GIVEN] = "VerifyClientCertIfGiven",
		[CLIENT_REQUIRE_AND_VERIFY] = "RequireAndVerifyClientCert",
		NULL };
	enum client_auth *auth = target;
	int choice;

	if (!schema_is(at, TREE_SCALAR) || at->node->text[0] == '\0')
		return;
	/* An older name of the same. */
	if (strcmp(at->node->text, "RequireClientCert") == 0)
		*auth = CLIENT_REQUIRE;
	else if ((choice = schema_choice(at, words)) >= 0)
		*auth = (enum client_auth)choice;
}

#define TLS(field_) offsetof(struct server_tls, field_)

static const struct schema_key keys[] = {
	{ "cert", given_text, NULL, TLS(cert.text) },
	{ "cert_file", given_text, NULL, TLS(cert.file) },
	{ "key", given_text, NULL, TLS(key.text) },
	{ "key_file", given_text, NULL, TLS(key.file) },
	{ "client_ca", given_text, NULL, TLS(client_ca.text) },
	{ "client_ca_file", given_text, NULL, TLS(client_ca.file) },
	{ "client_auth_type", read_client_auth, NULL, TLS(client_auth) },
	{ "client_allowed_sans", sans_read, NULL, TLS(sans) },
	{ "min_version", suites_read_version, NULL, TLS(suites.min_version) },
	{ "max_version", suites_read_version, NULL, TLS(suites.max_version) },
	{ "cipher_suites", suites_read_ciphers, NULL, TLS(suites) },
	{ "curve_preferences", suites_read_curves, NULL, TLS(suites) },
	{ "prefer_server_cipher_suites", schema_bool, NULL,
	    TLS(suites.prefer_server) },
	{ 0 },
};

/* Add faults where what is written does not go together. */
static void
check_together(const struct schema_at *at, const struct server_tls *tls)
{
	struct schema_at place = schema_child(at, "client_auth_type");

	given_check(at, "cert", "cert_file", &tls->cert);
	given_check(at, "key", "key_file", &tls->key);
	given_check(at, "client_ca", "client_ca_file", &tls->client_ca);
	if (!given_any(&tls->cert))
		schema_fault_key(at, "no certificate; add cert_file");
	if (!given_any(&tls->key))
		schema_fault_key(at, "no key; add key_file");
	if (tls->client_auth == CLIENT_NONE && given_any(&tls->client_ca))
		schema_fault_key(&place,
		    "client_ca_file has no effect without it; write "
		    "RequireAndVerifyClientCert");
	if (client_auths[tls->client_auth].verify &&
	    !given_any(&tls->client_ca))
		schema_fault_key(&place,
		    "nothing to verify certificates by; add client_ca_file");
	if (tls->sans.len > 0 &&
	    client_auths[tls->client_auth].request != GNUTLS_CERT_REQUIRE)
		schema_fault_key(&place,
		    "client_allowed_sans has no effect where no certificate "
		    "is required; write RequireAndVerifyClientCert");
	if (suites_are_empty(&tls->suites))
		schema_fault_key(at,
		    "max_version is below min_version, and nothing is "
		    "between; raise it");
}

/* A PEM text: what is written, or what the file holds. */
struct pem_text {
	struct schema_at at; /* Where it is written, for faults. */
	struct buf text;
};

/* Fill ${pem} with ${given}, by ${key} or ${file_key} at ${at}; or a fault. */
static bool
fetch(const struct schema_at *at, const char *key, const char *file_key,
    const struct config_secret *given, struct pem_text *pem)
{
	char memory[REASON_MAX];
	struct buf why;

	buf_secret(&pem->text, SERVER_TLS_FILE_MAX + INPUT_BLOCK);
	pem->at = schema_child(at, given->file != NULL ? file_key : key);
	if (given->file == NULL) {
		buf_puts(&pem->text, given->text);
		return !pem->text.bad;
	}
	buf_over(&why, memory, sizeof(memory));
	if (input_read(given->file, "put it there, or name another", &pem->text,
		&why) != 0) {
		/* Its line end is not for a fault. */
		memory[strcspn(memory, "\n")] = '\0';
		schema_fault(&pem->at, "%s", buf_text(&why));
		return false;
	}
	if (pem->text.len > SERVER_TLS_FILE_MAX) {
		schema_fault(&pem->at,
		    "more than %u bytes; name a file of "
		    "certificates or keys alone",
		    SERVER_TLS_FILE_MAX);
		return false;
	}
	return true;
}

static gnutls_datum_t
datum_of(struct buf *text)
{
	return (gnutls_datum_t){ .data = text->data,
		.size = (unsigned int)text->len };
}

/* Whether ${pem} holds certificates; a fault if not. */
static bool
are_certificates(struct pem_text *pem)
{
	const gnutls_datum_t text = datum_of(&pem->text);
	gnutls_x509_crt_t *list = NULL;
	unsigned int i, len = 0;
	int r = gnutls_x509_crt_list_import2(
	    &list, &len, &text, GNUTLS_X509_FMT_PEM, 0);

	for (i = 0; r >= 0 && i < len; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	if (r < 0 || len == 0)
		schema_fault(&pem->at,
		    "no certificates in PEM: %s; put in the certificate, "
		    "then those that vouch for it",
		    gnutls_strerror(r));
	return r >= 0 && len > 0;
}

/* Whether ${pem} holds a key; a fault if not. */
static bool
is_key(struct pem_text *pem)
{
	const gnutls_datum_t text = datum_of(&pem->text);
	gnutls_privkey_t key;
	int r;

	if (gnutls_privkey_init(&key) != GNUTLS_E_SUCCESS) {
		pem->at.faults->nomem = true;
		return false;
	}
	r = gnutls_privkey_import_x509_raw(
	    key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_privkey_deinit(key);
	if (r < 0)
		schema_fault(&pem->at,
		    "no key in PEM without a password: %s; put in the "
		    "certificate's key",
		    gnutls_strerror(r));
	return r >= 0;
}

/* Have ${tls} show ${cert}; a fault if ${key} is not its key. */
static bool
use_pair(struct server_tls *tls, struct pem_text *cert, struct pem_text *key)
{
	const gnutls_datum_t cert_text = datum_of(&cert->text);
	const gnutls_datum_t key_text = datum_of(&key->text);
	int r;

	/* Both are looked at, so that both faults are told. */
	if (are_certificates(cert) + is_key(key) != 2)
		return false;
	r = gnutls_certificate_set_x509_key_mem2(tls->credentials, &cert_text,
	    &key_text, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		schema_fault(&key->at,
		    "not the key of the certificate; name the two that were "
		    "made together, the certificate being first in its file");
	else if (r < 0)
		schema_fault(&key->at, "cannot be used: %s; name others",
		    gnutls_strerror(r));
	return r >= 0;
}

/* Read the certificate and its key into ${tls}, or add faults. */
static void
load_pair(const struct schema_at *at, struct server_tls *tls)
{
	struct pem_text cert, key;
	bool have_cert, have_key;

	have_cert = fetch(at, "cert", "cert_file", &tls->cert, &cert);
	have_key = fetch(at, "key", "key_file", &tls->key, &key);
	if (have_cert && have_key)
		(void)use_pair(tls, &cert, &key);
	buf_release(&cert.text);
	buf_release(&key.text);
}

/* Read who vouches for clients into ${tls}, or add faults. */
static void
load_client_ca(const struct schema_at *at, struct server_tls *tls)
{
	struct pem_text ca;
	gnutls_datum_t text;

	if (!given_any(&tls->client_ca))
		return;
	if (fetch(at, "client_ca", "client_ca_file", &tls->client_ca, &ca) &&
	    are_certificates(&ca)) {
		text = datum_of(&ca.text);
		if (gnutls_certificate_set_x509_trust_mem(
			tls->credentials, &text, GNUTLS_X509_FMT_PEM) <= 0)
			schema_fault(
			    &ca.at, "no authority's certificates; put them in");
	}
	buf_release(&ca.text);
}

/* Make of what is written what GnuTLS takes; faults if that cannot be. */
static void
build(const struct schema_at *at, struct server_tls *tls)
{
	struct schema_at ciphers = schema_child(at, "cipher_suites");

	if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
		schema_fault_key(at,
		    "the libmicrohttpd of this machine knows no TLS; install "
		    "one that does, or remove it");
		return;
	}
	if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0) {
		tls->credentials = NULL;
		at->faults->nomem = true;
		return;
	}
	if (suites_make(&tls->suites, &tls->priorities) != 0)
		schema_fault_key(&ciphers,
		    "the GnuTLS of this machine allows none of that; name "
		    "others, or raise min_version");
	load_pair(at, tls);
	load_client_ca(at, tls);
}

/* Have files be found from where ${path} is. */
static int
resolve(struct server_tls *tls, const char *path)
{
	return filename_resolve(&tls->cert.file, path) != 0 ||
		filename_resolve(&tls->key.file, path) != 0 ||
		filename_resolve(&tls->client_ca.file, path) != 0
	    ? -1
	    : 0;
}

/* Note how the files of ${tls} are. */
static void
look(struct server_tls *tls)
{
	const char *path;
	int file;

	for (file = 0; file < SERVER_TLS_FILES; file++) {
		path = server_tls_file(tls, (enum server_tls_file)file);
		if (path != NULL)
			tls->seen[file] = stamp_at(path);
	}
}

struct server_tls *
server_tls_read(const struct schema_at *at, const char *path)
{
	size_t before = at->faults->count;
	struct server_tls *tls;

	if ((tls = calloc(1, sizeof(*tls))) == NULL) {
		at->faults->nomem = true;
		return NULL;
	}
	tls->suites = suites_default;
	schema_mapping(at, keys, tls);
	if (at->faults->count == before)
		check_together(at, tls);
	if (resolve(tls, path) != 0)
		at->faults->nomem = true;
	look(tls);
	if (at->faults->count == before && !at->faults->nomem)
		build(at, tls);
	if (at->faults->count == before && !at->faults->nomem)
		return tls;
	server_tls_free(tls);
	return NULL;
}

void
server_tls_free(struct server_tls *tls)
{
	if (tls == NULL)
		return;
	given_release(&tls->cert);
	given_release(&tls->key);
	given_release(&tls->client_ca);
	sans_release(&tls->sans);
	if (tls->credentials != NULL)
		gnutls_certificate_free_credentials(tls->credentials);
	if (tls->priorities != NULL)
		gnutls_priority_deinit(tls->priorities);
	free(tls);
}

const char *
server_tls_file(const struct server_tls *tls, enum server_tls_file file)
{
	switch (file) {
	case SERVER_TLS_CERT:
		return tls->cert.file;
	case SERVER_TLS_KEY:
		return tls->key.file;
	default:
		return tls->client_ca.file;
	}
}

const struct stamp *
server_tls_seen(const struct server_tls *tls, enum server_tls_file file)
{
	return &tls->seen[file];
}

bool
server_tls_verifies(const struct server_tls *tls)
{
	return tls->client_auth == CLIENT_REQUIRE_AND_VERIFY;
}

/* For GnuTLS: whether the client's certificate will do; 0 if so. */
static int
verify(gnutls_session_t session)
{
	const struct server_tls *tls = gnutls_session_get_ptr(session);
	char client[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)client };
	const gnutls_datum_t *chain;
	unsigned int len = 0, status = 0;

	chain = gnutls_certificate_get_peers(session, &len);
	if (chain == NULL || len == 0)
		return client_auths[tls->client_auth].request ==
			GNUTLS_CERT_REQUIRE
		    ? -1
		    : 0;
	if (client_auths[tls->client_auth].verify &&
	    (gnutls_certificate_verify_peers(session, &purpose, 1, &status) <
		    0 ||
		status != 0))
		return -1;
	return tls->sans.len == 0 || sans_match(&tls->sans, &chain[0]) ? 0 : -1;
}

/* For GnuTLS: whether a message of certificates is to be read; 0 if so. */
static int
look_at_message(gnutls_session_t session, unsigned int type, unsigned int when,
    unsigned int incoming, const gnutls_datum_t *message)
{
	(void)session;
	(void)type;
	(void)when;
	return incoming != 0 && message->size > SERVER_TLS_MESSAGE_MAX
	    ? GNUTLS_E_HANDSHAKE_TOO_LARGE
	    : 0;
}

int
server_tls_dress(const struct server_tls *tls, gnutls_session_t session)
{
	union {
		const struct server_tls *is;
		void *as;
	} pointer = { .is = tls };

	if (gnutls_priority_set(session, tls->priorities) < 0 ||
	    gnutls_credentials_set(
		session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0)
		return -1;
	gnutls_certificate_server_set_request(
	    session, client_auths[tls->client_auth].request);
	/* libmicrohttpd would use the pointer for keys that are shared. */
	gnutls_session_set_ptr(session, pointer.as);
	if (tls->client_auth == CLIENT_NONE)
		return 0;
	gnutls_session_set_verify_function(session, verify);
	gnutls_handshake_set_hook_function(session,
	    GNUTLS_HANDSHAKE_CERTIFICATE_PKT, GNUTLS_HOOK_PRE, look_at_message);
	return 0;
}
