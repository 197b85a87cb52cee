/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/auth/token_meters.h"

static const struct stat_def expiry_def = {
	.name = "walship_token_expiry_timestamp_seconds",
	.help = "When the identity's token ends, in seconds since 1970; 0 "
		"while there is none.",
	.type = STAT_GAUGE,
};

static const struct stat_def refreshes_def = {
	.name = "walship_token_refreshes_total",
	.help = "Tokens that the identity was given.",
	.type = STAT_COUNTER,
};

static const struct stat_def failures_def = {
	.name = "walship_token_failures_total",
	.help = "Times that the identity was given no token, by reason.",
	.type = STAT_COUNTER,
};

const char *
token_meters_reason(enum token_failure failure)
{
	static const char *const reasons[TOKEN_FAILURES] = {
		[TOKEN_UNREACHABLE] = "unreachable",
		[TOKEN_BUSY] = "busy",
		[TOKEN_INVALID] = "invalid_answer",
		[TOKEN_NO_IDENTITY] = "no_identity",
		[TOKEN_WRONG_ID] = "wrong_id",
		[TOKEN_AMBIGUOUS] = "several_identities",
		[TOKEN_PERMISSION] = "permission",
		[TOKEN_FILE] = "file",
		[TOKEN_EXPIRED] = "credential_expired",
		[TOKEN_CREDENTIAL] = "wrong_credential",
		[TOKEN_TENANT] = "wrong_tenant",
		[TOKEN_CLOCK] = "clock",
		[TOKEN_SETTING] = "configuration",
		[TOKEN_REFUSED] = "refused",
		[TOKEN_FAILED] = "not_asked",
	};

	return reasons[failure];
}

int
token_meters_init(
    struct token_meters *meters, struct stats *stats, const char *identity)
{
	const char *labels[] = { "identity", identity, NULL, NULL, NULL };
	bool all;
	int i;

	meters->expiry = stats_add(stats, &expiry_def, labels);
	meters->refreshes = stats_add(stats, &refreshes_def, labels);
	all = meters->expiry != NULL && meters->refreshes != NULL;
	labels[2] = "reason";
	for (i = 0; i < TOKEN_FAILURES; i++) {
		labels[3] = token_meters_reason((enum token_failure)i);
		meters->failures[i] = stats_add(stats, &failures_def, labels);
		all = all && meters->failures[i] != NULL;
	}
	return all ? 0 : -1;
}

void
token_meters_release(struct token_meters *meters)
{
	int i;

	stats_remove(meters->expiry);
	stats_remove(meters->refreshes);
	for (i = 0; i < TOKEN_FAILURES; i++)
		stats_remove(meters->failures[i]);
	*meters = (struct token_meters){ 0 };
}
