/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/send/outlet.h"
#include "agent/auth/auth.h"

int
outlet_init(struct outlet *outlet, const struct sender_options *options,
    struct stats *stats)
{
	struct sender_options own = *options;

	*outlet = (struct outlet){ .options = *options };
	outlet->http = auth_new(
	    options->clock, options->http, options->tokens, options->remote);
	if (outlet->http == NULL)
		return -1;
	own.http = outlet->http;
	outlet->sender = sender_new(&own);
	if (outlet->sender == NULL)
		return -1;
	outlet->self = self_new(&(struct self_options){
	    .clock = options->clock,
	    .http = outlet->http,
	    .remote = options->remote,
	    .sender = outlet->sender,
	    .meters = options->meters,
	    .stats = stats,
	    .host = options->host,
	});
	outlet->minute = minute_new(&(struct minute_options){
	    .clock = options->clock,
	    .remote = options->remote,
	    .meters = options->meters,
	    .stats = stats,
	});
	return outlet->self == NULL || outlet->minute == NULL ? -1 : 0;
}

int
outlet_describe(struct outlet *outlet, const struct config *config,
    const struct families *families)
{
	const struct sender_options *options = &outlet->options;

	if (!options->remote->metadata.send)
		return 0;
	/* What is asked of Prometheus has none of the entry's credentials. */
	outlet->metadata = metadata_new(&(struct metadata_options){
	    .clock = options->clock,
	    .http = outlet->http,
	    .asking = options->http,
	    .remote = options->remote,
	    .prometheus_url = config->prometheus_url,
	    .prometheus_shown_url = config->prometheus_shown_url,
	    .families = families,
	    .sender = outlet->sender,
	    .meters = options->meters,
	});
	return outlet->metadata == NULL ? -1 : 0;
}

void
outlet_stop(struct outlet *outlet)
{
	metadata_stop(outlet->metadata);
	self_stop(outlet->self);
	minute_stop(outlet->minute);
	sender_hurry(outlet->sender);
}

void
outlet_release(struct outlet *outlet)
{
	minute_free(outlet->minute);
	self_free(outlet->self);
	metadata_free(outlet->metadata);
	sender_free(outlet->sender);
	auth_free(outlet->http);
	*outlet = (struct outlet){ 0 };
}

int
outlet_tune(struct outlet *outlet, const struct config_remote *remote)
{
	const struct sender_options *options = &outlet->options;
	struct http *http =
	    auth_new(options->clock, options->http, options->tokens, remote);

	if (http == NULL || sender_tune(outlet->sender, remote, http) != 0) {
		auth_free(http);
		return -1;
	}
	if (outlet->metadata != NULL)
		metadata_tune(outlet->metadata, remote, http);
	self_tune(outlet->self, remote, http);
	minute_tune(outlet->minute, remote);
	auth_free(outlet->http);
	outlet->http = http;
	outlet->options.remote = remote;
	return 0;
}
