/* SPDX-License-Identifier: Apache-2.0 */
#include <gnutls/abstract.h>

#include "agent/admin/handshake.h"

bool
handshake_wanted(const struct webfile *web)
{
	return web != NULL && web->tls != NULL;
}

/* For libmicrohttpd, which wants one: each session is given its own. */
static int
no_certificate(gnutls_session_t session, const gnutls_datum_t *authorities,
    int authorities_len, const gnutls_pk_algorithm_t *algorithms,
    int algorithms_len, gnutls_pcert_st **ret, unsigned int *ret_len,
    gnutls_privkey_t *ret_key)
{
	(void)session;
	(void)authorities;
	(void)authorities_len;
	(void)algorithms;
	(void)algorithms_len;
	*ret = NULL;
	*ret_len = 0;
	*ret_key = NULL;
	return -1;
}

unsigned int
handshake_options(
    const struct webfile *web, struct MHD_OptionItem options[HANDSHAKE_OPTIONS])
{
	bool wanted = handshake_wanted(web);

	options[0] = (struct MHD_OptionItem){ .option = MHD_OPTION_END };
	options[1] = options[0];
	if (wanted)
		options[0] = (struct MHD_OptionItem){
			.option = MHD_OPTION_HTTPS_CERT_CALLBACK,
			.ptr_value = (void *)no_certificate,
		};
	return wanted ? MHD_USE_TLS : MHD_NO_FLAG;
}

int
handshake_dress(struct MHD_Connection *connection, const struct webfile *web)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	if ((info != NULL) != handshake_wanted(web))
		return -1;
	return info == NULL ? 0 : server_tls_dress(web->tls, info->tls_session);
}
