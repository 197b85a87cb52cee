/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/source.h"
#include "agent/auth/tokens.h"
#include "agent/base/buf.h"

/* What identities of one name are counted by: two may follow each other. */
struct tally {
	struct tally *next;
	unsigned int holders;
	struct token_meters meters;
	char name[SOURCE_NAME_MAX];
};

/* An identity, and by whom it is held. */
struct held {
	struct held *next;
	unsigned int holders;
	struct identity *identity;
	struct tally *tally;
	const struct config_remote *remote; /* Of a share of its home. */
};

struct tokens {
	struct tokens_options options;
	struct held *held;
	struct tally *tallies;
};

struct tokens *
tokens_new(const struct tokens_options *options)
{
	struct tokens *tokens;

	if ((tokens = calloc(1, sizeof(*tokens))) != NULL)
		tokens->options = *options;
	return tokens;
}

void
tokens_free(struct tokens *tokens)
{
	assert(tokens == NULL || tokens->held == NULL);
	free(tokens);
}

static void
drop_tally(struct tokens *tokens, struct tally *tally)
{
	struct tally **link = &tokens->tallies;

	if (--tally->holders > 0)
		return;
	while (*link != tally)
		link = &(*link)->next;
	*link = tally->next;
	token_meters_release(&tally->meters);
	free(tally);
}

/* The tally of that name, for one more holder; NULL if there is no memory. */
static struct tally *
hold_tally(struct tokens *tokens, const char *name)
{
	struct tally *tally = tokens->tallies;

	while (tally != NULL && strcmp(tally->name, name) != 0)
		tally = tally->next;
	if (tally == NULL) {
		if ((tally = calloc(1, sizeof(*tally))) == NULL)
			return NULL;
		memcpy(tally->name, name, strlen(name) + 1);
		tally->next = tokens->tallies;
		tokens->tallies = tally;
		if (token_meters_init(
			&tally->meters, tokens->options.stats, name) != 0) {
			tally->holders = 1;
			drop_tally(tokens, tally);
			return NULL;
		}
	}
	tally->holders++;
	return tally;
}

/* Make the identity of ${held}; -1 if there is no memory. */
static int
make(struct tokens *tokens, struct held *held)
{
	const struct tokens_options *options = &tokens->options;
	char name[SOURCE_NAME_MAX];
	struct token_source *source;

	source_name(held->remote, name);
	if ((held->tally = hold_tally(tokens, name)) == NULL)
		return -1;
	source = source_new(&(struct token_options){
	    .clock = options->clock,
	    .http = options->http,
	    .remote = held->remote,
	});
	if (source != NULL)
		held->identity = identity_new(&(struct identity_options){
		    .clock = options->clock,
		    .source = source,
		    .meters = &held->tally->meters,
		    .name = held->tally->name,
		});
	if (held->identity != NULL)
		return 0;
	token_source_free(source);
	drop_tally(tokens, held->tally);
	return -1;
}

struct identity *
tokens_hold(struct tokens *tokens, const struct config_remote *remote)
{
	struct held *held = tokens->held;

	while (held != NULL &&
	    strcmp(held->remote->token_text, remote->token_text) != 0)
		held = held->next;
	if (held == NULL) {
		if ((held = calloc(1, sizeof(*held))) == NULL)
			return NULL;
		held->remote = remote;
		if (make(tokens, held) != 0) {
			free(held);
			return NULL;
		}
		(void)config_share(remote->home);
		held->next = tokens->held;
		tokens->held = held;
	}
	held->holders++;
	return held->identity;
}

void
tokens_drop(struct tokens *tokens, struct identity *identity)
{
	struct held **link, *held;

	if (identity == NULL)
		return;
	link = &tokens->held;
	while ((held = *link)->identity != identity)
		link = &held->next;
	if (--held->holders > 0)
		return;
	*link = held->next;
	identity_free(identity);
	drop_tally(tokens, held->tally);
	config_free(held->remote->home);
	free(held);
}
