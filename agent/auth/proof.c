/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/assertion.h"
#include "agent/auth/certificate.h"
#include "agent/auth/form.h"
#include "agent/auth/proof.h"

#define TOKEN_FILE_VARIABLE "AZURE_FEDERATED_TOKEN_FILE"

/* The file with the token of ${azuread}. */
static const char *
token_file(const struct config_azuread *azuread)
{
	const char *variable = getenv(TOKEN_FILE_VARIABLE);

	if (azuread->token_file_path != NULL)
		return azuread->token_file_path;
	return variable != NULL && variable[0] != '\0' ? variable
						       : PROOF_TOKEN_FILE;
}

void
proof_init(struct proof *proof, const struct config_azuread *azuread,
    struct clock *clock)
{
	*proof = (struct proof){ .azuread = azuread, .clock = clock };
	/* It is not written to. */
	proof->token_config.file = (char *)(uintptr_t)token_file(azuread);
	secret_init(&proof->client_secret, &azuread->client_secret);
	secret_init(&proof->password, &azuread->certificate_password);
	secret_init(&proof->token, &proof->token_config);
	buf_secret(&proof->shown, PROOF_MAX);
}

void
proof_release(struct proof *proof)
{
	secret_release(&proof->client_secret);
	secret_release(&proof->password);
	secret_release(&proof->token);
	proof_forget(proof);
}

void
proof_forget(struct proof *proof)
{
	buf_release(&proof->shown);
}

/* Note why there is none; always -1. */
static int
fail(struct proof *proof, enum token_failure failure, const char *error)
{
	proof->failure = failure;
	(void)snprintf(proof->error, sizeof(proof->error), "%s", error);
	return -1;
}

/* What ${secret} holds, its file read anew; NULL if it cannot be had. */
static const char *
read_anew(struct proof *proof, struct secret *secret)
{
	const char *value;

	secret_refused(secret);
	value = secret_get(secret, clock_monotonic(proof->clock));
	if (value == NULL)
		(void)fail(proof, TOKEN_FILE, secret->error);
	return value;
}

static int
put_secret(struct proof *proof, struct buf *out)
{
	const char *value = read_anew(proof, &proof->client_secret);

	if (value == NULL)
		return -1;
	if (value[0] == '\0')
		return fail(proof, TOKEN_SETTING,
		    "there is no client secret; write client_secret_file");
	buf_puts(&proof->shown, value);
	form_put(out, "client_secret", value);
	return 0;
}

/* What was signed is in proof->shown. */
static int
put_assertion(struct proof *proof, struct buf *out)
{
	if (proof->shown.bad)
		return fail(proof, TOKEN_FAILED, "no memory; free some");
	form_put(out, "client_assertion_type",
	    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	form_put(out, "client_assertion", buf_text(&proof->shown));
	return 0;
}

/* Sign by the certificate, read anew. */
static int
sign(struct proof *proof, const char *url, struct certificate *certificate)
{
	const struct config_azuread *azuread = proof->azuread;
	const struct assertion assertion = { .audience = url,
		.client_id = azuread->client_id,
		.wall = clock_wall(proof->clock),
		.chain = azuread->send_certificate_chain };
	const char *password = read_anew(proof, &proof->password);

	if (password == NULL)
		return -1;
	if (certificate_load(certificate, azuread->certificate_path,
		azuread->certificate_key_path, password, assertion.wall) != 0)
		return fail(proof,
		    certificate->age > 0       ? TOKEN_EXPIRED
			: certificate->age < 0 ? TOKEN_CLOCK
					       : TOKEN_FILE,
		    certificate->error);
	if (assertion_put(&proof->shown, &assertion, certificate) != 0)
		return fail(proof, TOKEN_FILE,
		    proof->shown.bad
			? "the certificate's chain is too long to be shown; "
			  "leave out what is not needed"
			: "the certificate's key does not sign; make another");
	return 0;
}

static int
put_certificate(struct proof *proof, const char *url, struct buf *out)
{
	struct certificate certificate = { 0 };
	int result;

	if (proof->azuread->certificate_path == NULL)
		return fail(proof, TOKEN_SETTING,
		    "there is no certificate; write certificate_path");
	result = sign(proof, url, &certificate);
	certificate_release(&certificate);
	return result == 0 ? put_assertion(proof, out) : -1;
}

static int
put_token(struct proof *proof, struct buf *out)
{
	const char *value = read_anew(proof, &proof->token);

	if (value == NULL)
		return -1;
	buf_puts(&proof->shown, value);
	return put_assertion(proof, out);
}

int
proof_put(struct proof *proof, const char *url, struct buf *out)
{
	const struct config_azuread *azuread = proof->azuread;

	proof_forget(proof);
	if (azuread->client_id == NULL)
		return fail(proof, TOKEN_SETTING,
		    "it is not known which application this is; write "
		    "client_id");
	switch (azuread->method) {
	case AZUREAD_OAUTH:
		return put_secret(proof, out);
	case AZUREAD_CERTIFICATE:
		return put_certificate(proof, url, out);
	case AZUREAD_WORKLOAD_IDENTITY:
	default:
		return put_token(proof, out);
	}
}
