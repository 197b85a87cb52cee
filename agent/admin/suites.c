/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/admin/suites.h"
#include "agent/base/buf.h"
#include "agent/config/nearest.h"

#define PRIORITY_MAX 2048u /* Bytes of what GnuTLS is told. */

/* A name of theirs, and what GnuTLS calls that. */
struct word {
	const char *name, *gnutls;
};

/* What Go has that is neither weak nor gone; the key exchange is the key's. */
static const struct word ciphers[] = {
	{ "TLS_AES_128_GCM_SHA256", "AES-128-GCM" },
	{ "TLS_AES_256_GCM_SHA384", "AES-256-GCM" },
	{ "TLS_CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "AES-128-CBC" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "AES-128-GCM" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "AES-256-CBC" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "AES-256-GCM" },
	{ "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
	    "CHACHA20-POLY1305" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "AES-128-CBC" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "AES-128-GCM" },
	{ "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "AES-256-CBC" },
	{ "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "AES-256-GCM" },
	{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305" },
	{ NULL, NULL },
};

static const struct word curves[] = {
	{ "CurveP256", "GROUP-SECP256R1" },
	{ "CurveP384", "GROUP-SECP384R1" },
	{ "CurveP521", "GROUP-SECP521R1" },
	{ "X25519", "GROUP-X25519" },
	{ NULL, NULL },
};

const struct suites suites_default = {
	.min_version = SUITES_TLS12,
	.max_version = SUITES_TLS13,
	.prefer_server = true,
};

void
suites_read_version(const struct schema_at *at, void *target)
{
	static const char *const words[] = { [SUITES_TLS10] = "TLS10",
		[SUITES_TLS11] = "TLS11",
		[SUITES_TLS12] = "TLS12",
		[SUITES_TLS13] = "TLS13",
		NULL };
	int version = schema_choice(at, words);

	if (version >= 0)
		*(enum suites_version *)target = (enum suites_version)version;
}

/* The word of ${words} that ${name} is likely to be; NULL if none. */
static const char *
meant(const struct word *words, const char *name)
{
	for (; words->name != NULL; words++)
		if (nearest_likely(name, words->name))
			return words->name;
	return NULL;
}

/* What GnuTLS calls the name at ${at}, one of ${words}; NULL and a fault. */
static const char *
look_up(const struct schema_at *at, const struct word *words)
{
	const char *near;
	size_t i;

	if (!schema_is(at, TREE_SCALAR))
		return NULL;
	for (i = 0; words[i].name != NULL; i++)
		if (strcmp(words[i].name, at->node->text) == 0)
			return words[i].gnutls;
	if ((near = meant(words, at->node->text)) != NULL)
		schema_fault(at, "'%s' is not known; did you mean '%s'?",
		    fault_quote(at->node->text).text, near);
	else
		schema_fault(at,
		    "'%s' is not known, or too weak; write names as %s, or "
		    "remove it",
		    fault_quote(at->node->text).text, words[i - 1].name);
	return NULL;
}

/* Append to ${list} what the list at ${at} names, each but once. */
static void
read_list(const struct schema_at *at, const struct word *words,
    const char *list[SUITES_MAX], size_t *len)
{
	struct schema_at entry = { .up = at, .faults = at->faults };
	const char *name;
	size_t i;

	if (!schema_is(at, TREE_LIST))
		return;
	for (entry.node = at->node->first; entry.node != NULL;
	     entry.node = entry.node->next, entry.index++) {
		if ((name = look_up(&entry, words)) == NULL)
			continue;
		for (i = 0; i < *len && list[i] != name; i++)
			if (strcmp(list[i], name) == 0)
				break;
		if (i == *len && i < SUITES_MAX)
			list[(*len)++] = name;
	}
}

void
suites_read_ciphers(const struct schema_at *at, void *target)
{
	struct suites *suites = target;

	read_list(at, ciphers, suites->ciphers, &suites->ciphers_len);
}

void
suites_read_curves(const struct schema_at *at, void *target)
{
	struct suites *suites = target;

	read_list(at, curves, suites->curves, &suites->curves_len);
}

bool
suites_are_empty(const struct suites *suites)
{
	return suites->max_version < suites->min_version;
}

/* Append ${names}, instead of all that are called ${all}; if there are any. */
static void
put_names(
    struct buf *out, const char *all, const char *const names[], size_t len)
{
	size_t i;

	if (len > 0)
		buf_printf(out, ":-%s", all);
	for (i = 0; i < len; i++)
		buf_printf(out, ":+%s", names[i]);
}

int
suites_make(const struct suites *suites, gnutls_priority_t *ret)
{
	static const char *const versions[] = { "VERS-TLS1.0", "VERS-TLS1.1",
		"VERS-TLS1.2", "VERS-TLS1.3" };
	char memory[PRIORITY_MAX];
	struct buf text;
	size_t i;

	buf_over(&text, memory, sizeof(memory));
	buf_puts(&text, "NORMAL:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-VERS-ALL");
	for (i = suites->max_version + 1; i-- > suites->min_version;)
		buf_printf(&text, ":+%s", versions[i]);
	put_names(&text, "CIPHER-ALL", suites->ciphers, suites->ciphers_len);
	put_names(&text, "GROUP-ALL", suites->curves, suites->curves_len);
	if (suites->prefer_server)
		buf_puts(&text, ":%SERVER_PRECEDENCE");
	*ret = NULL;
	return !text.bad &&
		gnutls_priority_init(ret, buf_text(&text), NULL) ==
		    GNUTLS_E_SUCCESS
	    ? 0
	    : -1;
}
