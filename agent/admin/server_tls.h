/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/server_tls.h - TLS of the admin server: tls_server_config.
 *
 * The words are those of Prometheus's exporters, the handshake is GnuTLS's, by
 * way of libmicrohttpd.  Names of ciphers choose the cipher for every version
 * of TLS: GnuTLS does not tell TLS 1.3 apart.  Who has to show a certificate
 * is checked in the handshake, so nobody else ever asks for a page.
 */
#ifndef AGENT_ADMIN_SERVER_TLS_H
#define AGENT_ADMIN_SERVER_TLS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

#include "agent/base/stamp.h"
#include "agent/config/schema.h"

#define SERVER_TLS_FILE_MAX (256u << 10)  /* Bytes of a file that is named. */
#define SERVER_TLS_MESSAGE_MAX (8u << 10) /* Of a client's certificates. */
#define SERVER_TLS_LIST_MAX 64u           /* Entries of each list. */

/* The files that it is made of, for who watches them. */
enum server_tls_file {
	SERVER_TLS_CERT,
	SERVER_TLS_KEY,
	SERVER_TLS_CLIENT_CA,
	SERVER_TLS_FILES,
};

struct server_tls;

/**
 * server_tls_read(at, path):
 * Make what the mapping at ${at}, of the file ${path}, says, reading the files
 * it names from there.  Return it, or NULL, with faults, if it will not do.
 */
struct server_tls *server_tls_read(
    const struct schema_at *at, const char *path);

/* Do nothing to NULL.  No session may have it any more. */
void server_tls_free(struct server_tls *tls);

/* The path of ${file}; NULL if there is none. */
const char *server_tls_file(
    const struct server_tls *tls, enum server_tls_file file);

/* How that file was just before it was read. */
const struct stamp *server_tls_seen(
    const struct server_tls *tls, enum server_tls_file file);

/* Whether nobody gets in without a certificate of an authority it names. */
bool server_tls_verifies(const struct server_tls *tls);

/**
 * server_tls_dress(tls, session):
 * Have the handshake of ${session}, which is still to come, be as ${tls} says.
 * It fails where a client shows more than SERVER_TLS_MESSAGE_MAX bytes of
 * certificates: the loop waits while GnuTLS reads them, and with many names in
 * one that takes the square of their number.
 * ${tls} must outlive it.  Return -1 if that cannot be.
 */
int server_tls_dress(const struct server_tls *tls, gnutls_session_t session);

#endif /* AGENT_ADMIN_SERVER_TLS_H */
