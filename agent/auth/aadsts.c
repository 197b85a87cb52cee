/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/aadsts.h"

#define PREFIX "AADSTS"

/* A secret is given away by so many of its bytes in a row. */
#define GIVEN_AWAY 8u

/* Bytes of OAuth's word and of the description that are shown. */
#define WORD_SHOWN_MAX 64
#define TEXT_SHOWN_MAX 300

/* What is refused, and why: see "Microsoft Entra authentication and
 * authorization error codes" in Microsoft's documentation. */
static const struct known {
	long code;
	enum token_failure failure;
	const char *text;
} known[] = {
	{ 7000222, TOKEN_EXPIRED,
	    "the client secret has expired; make a new one for the application "
	    "in Entra and write it into client_secret_file, which is read "
	    "anew" },
	{ 7000215, TOKEN_CREDENTIAL,
	    "the client secret is wrong; write its value, not its id, as Entra "
	    "showed it when it was made" },
	{ 700016, TOKEN_WRONG_ID,
	    "the tenant has no application of that client_id; correct "
	    "client_id or tenant_id" },
	{ 7000229, TOKEN_WRONG_ID,
	    "the application has no service principal in the tenant; make one: "
	    "az ad sp create --id CLIENT_ID" },
	{ 7000112, TOKEN_WRONG_ID,
	    "the application is disabled; enable it in Entra" },
	{ 90002, TOKEN_TENANT,
	    "there is no such tenant; correct tenant_id, or cloud, which says "
	    "where it is looked for" },
	{ 900021, TOKEN_TENANT,
	    "tenant_id is neither the id nor the domain of a tenant; correct "
	    "it" },
	{ 900023, TOKEN_TENANT,
	    "tenant_id is neither the id nor the domain of a tenant; correct "
	    "it" },
	{ 700024, TOKEN_CLOCK,
	    "what was shown is not in force by Entra's clock; correct this "
	    "machine's clock, and see that the federated token, if there is "
	    "one, is renewed" },
	{ 700027, TOKEN_CREDENTIAL,
	    "Entra does not know the certificate, or it has expired; add that "
	    "of certificate_path to the application in Entra" },
	{ 700021, TOKEN_CREDENTIAL,
	    "what was shown is another application's; correct client_id" },
	{ 700023, TOKEN_SETTING,
	    "what was shown is for another endpoint; correct cloud or "
	    "AZURE_AUTHORITY_HOST" },
	{ 70021, TOKEN_CREDENTIAL,
	    "no federated credential of the application fits the token; "
	    "correct its issuer, subject or audience in Entra" },
	{ 700211, TOKEN_CREDENTIAL,
	    "no federated credential of the application fits the token's "
	    "issuer; correct that in Entra" },
	{ 700212, TOKEN_CREDENTIAL,
	    "no federated credential of the application fits the token's "
	    "audience; have it be made for api://AzureADTokenExchange" },
	{ 7002121, TOKEN_CREDENTIAL,
	    "no federated credential of the application fits the token's "
	    "audience; have it be made for api://AzureADTokenExchange" },
	{ 700213, TOKEN_CREDENTIAL,
	    "no federated credential of the application fits the token's "
	    "subject; correct that in Entra" },
	{ 50027, TOKEN_CREDENTIAL,
	    "what was shown is no token; see what its file holds" },
	{ 500011, TOKEN_SETTING,
	    "the tenant knows no resource of that scope; correct scope or "
	    "cloud" },
	{ 70011, TOKEN_SETTING,
	    "the scope is not one; correct scope, which ends in /.default" },
	{ 1002012, TOKEN_SETTING,
	    "the scope is not one; correct scope, which ends in /.default" },
	{ 53003, TOKEN_REFUSED,
	    "a Conditional Access policy of the tenant keeps the application "
	    "out; have it let this machine in" },
	{ 90024, TOKEN_BUSY, "Entra is busy; nothing is to be done" },
	{ 90033, TOKEN_BUSY, "Entra is out of order; nothing is to be done" },
};

static const struct known *
find(long code)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].code == code)
			return &known[i];
	return NULL;
}

/* The number that the words of ${error} begin with; 0 if with none. */
static long
code_in_words(const struct grant_error *error)
{
	const char *text = error->description;

	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	text += strlen(PREFIX);
	return *text >= '0' && *text <= '9' ? strtol(text, NULL, 10) : 0;
}

/* Whether ${text} holds some of ${secret}. */
static bool
gives_away(const char *text, const char *secret)
{
	size_t len = strlen(secret), i;

	if (len == 0)
		return false;
	if (len <= GIVEN_AWAY)
		return strstr(text, secret) != NULL;
	for (i = 0; i + GIVEN_AWAY <= len; i++)
		if (memmem(text, strlen(text), secret + i, GIVEN_AWAY) != NULL)
			return true;
	return false;
}

/* What is not known here. */
static enum token_failure
quote(const struct grant_error *error, int status, const char *secret,
    struct buf *out)
{
	buf_printf(out, "status %d", status);
	if (gives_away(error->error, secret) ||
	    gives_away(error->description, secret))
		buf_puts(out,
		    ", in words that are not shown: they hold a "
		    "secret");
	else if (error->error[0] != '\0' || error->description[0] != '\0')
		buf_printf(out, ": %.*s: %.*s", WORD_SHOWN_MAX, error->error,
		    TEXT_SHOWN_MAX, error->description);
	if (status == 404)
		buf_puts(out, "; correct cloud or AZURE_AUTHORITY_HOST");
	else
		buf_puts(out,
		    "; see what Entra's sign-in log says of the "
		    "application");
	return TOKEN_REFUSED;
}

enum token_failure
aadsts_explain(const struct grant_error *error, int status, const char *secret,
    struct buf *out)
{
	const struct known *found = find(code_in_words(error));
	size_t i;

	for (i = 0; i < error->codes_len && found == NULL; i++)
		found = find(error->codes[i]);
	if (found == NULL)
		return quote(error, status, secret, out);
	buf_printf(out, "%s (" PREFIX "%ld)", found->text, found->code);
	return found->failure;
}
