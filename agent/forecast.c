/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/base/human.h"
#include "agent/forecast.h"

struct forecast
forecast_of(const struct situation *situation, const struct stats *stats)
{
	const struct config_remote *remote = situation->remote;
	const char *const labels[] = { "remote_name", remote->name, "url",
		remote->shown_url, NULL };
	const char *const taken[] = { "remote_name", remote->name, "url",
		remote->shown_url, "code", "204", NULL };
	struct forecast forecast = {
		.name = remote->name,
		.series = situation->series,
		.samples = situation->delivered,
		.requests = stat_value(
		    stats_find(stats, "walship_responses_total", taken)),
		.bytes = stat_value(stats_find(
		    stats, "prometheus_remote_storage_bytes_total", labels)),
	};

	memcpy(forecast.dropped, situation->dropped, sizeof(forecast.dropped));
	return forecast;
}

/* Append ", dropped N (reason), ...", of what was dropped for a reason. */
static void
put_dropped(
    struct buf *out, const struct forecast *now, const struct forecast *before)
{
	const char *comma = "; dropped ";
	unsigned int i;

	for (i = 0; i < DROP_REASONS; i++) {
		if (now->dropped[i] <= before->dropped[i])
			continue;
		buf_puts(out, comma);
		human_put_count(out, now->dropped[i] - before->dropped[i]);
		buf_printf(out, " (%s)", meters_drop_reason(i));
		comma = ", ";
	}
}

void
forecast_put(struct buf *out, const struct forecast *now,
    const struct forecast *before, double seconds)
{
	double samples = now->samples - before->samples;
	double requests = now->requests - before->requests;
	double bytes = now->bytes - before->bytes;

	if (seconds <= 0)
		seconds = 1;
	buf_printf(out, "  %s: ", now->name);
	human_put_count(out, now->series);
	buf_puts(out, " series, ");
	human_put_count(out, samples);
	buf_puts(out, " samples (");
	human_put_count(out, samples / seconds);
	buf_puts(out, " a second), ");
	human_put_size(out, bytes);
	buf_puts(out, " compressed in ");
	human_put_count(out, requests);
	buf_puts(out, " requests (");
	human_put_count(out, 60 * requests / seconds);
	buf_puts(out, " a minute)");
	put_dropped(out, now, before);
	buf_putc(out, '\n');
}
