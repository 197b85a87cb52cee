/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/admin/card.h"
#include "agent/admin/chart.h"
#include "agent/base/human.h"
#include "agent/base/text.h"
#include "agent/config/profile.h"

#define SENTENCE_MAX 4096u /* Bytes. */

static void
put(struct buf *out, const char *text)
{
	text_put_html(out, text, strlen(text));
}

/* Begin what is known under ${name}; end it. */
static void
begin(struct buf *out, const char *name)
{
	buf_printf(out, "<div><dt>%s</dt><dd>", name);
}

static void
end(struct buf *out)
{
	buf_puts(out, "</dd></div>\n");
}

/* Who it is, and how it is, in a sentence. */
static void
put_head(const struct situation *situation, struct buf *out)
{
	const struct config_remote *remote = situation->remote;
	const char *level = situation_level_word(situation_level(situation));
	struct buf sentence;

	buf_printf(out, "<header><h2>");
	put(out, remote->name);
	buf_printf(out, "</h2><span class=\"level %s\">%s</span></header>\n",
	    level, level);
	/* A name that was made of the URL says enough. */
	if (strncmp(remote->shown_url, remote->name, strlen(remote->name)) !=
	    0) {
		buf_puts(out, "<p class=\"url\">");
		put(out, remote->shown_url);
		buf_puts(out, "</p>\n");
	}
	buf_init(&sentence, SENTENCE_MAX);
	situation_put(situation, &sentence);
	buf_puts(out, "<p class=\"sentence\">");
	put(out, buf_text(&sentence));
	buf_puts(out, "</p>\n");
	buf_release(&sentence);
}

/* How much goes, and how much waits. */
static void
put_flow(const struct situation *situation, struct buf *out)
{
	uint64_t waiting = 0;
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		waiting += situation->pending[i];
	begin(out, "Lag");
	human_put_time(out, situation->lag);
	end(out);
	begin(out, "In");
	human_put_count(out, situation->in);
	buf_puts(out, "/s");
	end(out);
	begin(out, "Out");
	human_put_count(out, situation->out);
	buf_puts(out, "/s");
	end(out);
	begin(out, "Waiting");
	human_put_count(out, (double)waiting);
	end(out);
	begin(out, "Requests");
	buf_printf(out, "%u of %u", situation->flying, situation->allowed);
	end(out);
	begin(out, "Series");
	human_put_count(out, situation->series);
	end(out);
}

/* A moment that is yet to come, or was. */
static void
put_moment(struct buf *out, int64_t ms, int64_t now)
{
	buf_puts(out, ms > now ? "in " : "");
	human_put_time(out, (double)(ms > now ? ms - now : now - ms) / 1000);
	buf_puts(out, ms > now ? "" : " ago");
}

/* As whom it sends, and what its clock and profile are. */
static void
put_identity(const struct situation *situation, struct buf *out)
{
	const struct config_remote *remote = situation->remote;
	char memory[PROFILE_TEXT_MAX];
	struct buf profile;

	if (situation->tokens) {
		begin(out, "Token ends");
		if (situation->expiry != 0)
			put_moment(out, situation->expiry, situation->wall);
		else
			buf_puts(out, "there is none");
		end(out);
		begin(out, "Identity");
		put(out, situation->identity);
		end(out);
	}
	if (situation->offset > 1000 || situation->offset < -1000) {
		begin(out, "Its clock is off");
		buf_puts(out, situation->offset < 0 ? "\xe2\x88\x92" : "+");
		human_put_time(out,
		    (double)(situation->offset < 0 ? -situation->offset
						   : situation->offset) /
			1000);
		end(out);
	}
	buf_over(&profile, memory, sizeof(memory));
	profile_put(remote, &profile);
	if (profile.len > 0) {
		buf_puts(out,
		    "<div class=\"wide\"><dt>Profile azuremonitor"
		    "</dt><dd>");
		put(out, buf_text(&profile));
		end(out);
	}
}

/* Where it is in the log, as a bar from the log's start to its end. */
static void
put_place(const struct overview *overview,
    const struct overview_destination *destination, struct buf *out)
{
	const struct situation *situation = destination->situation;
	uint64_t bytes = overview->log_bytes, behind = destination->behind;
	double percent = bytes > behind && bytes > 0
	    ? 100 * (double)(bytes - behind) / (double)bytes
	    : 0;

	buf_printf(out,
	    "<div class=\"place\"><span>Delivered up to %08llu:%llu",
	    (unsigned long long)situation->settled.segment,
	    (unsigned long long)situation->settled.offset);
	if (overview->has_log)
		buf_printf(out, ", Prometheus is at %08llu:%llu",
		    (unsigned long long)overview->head.segment,
		    (unsigned long long)overview->head.offset);
	buf_puts(out, ": ");
	human_put_size(out, (double)behind);
	buf_puts(out, " to go");
	if (overview_progress(situation) > 0)
		buf_printf(out, "; %.0f\xc2\xa0%% of the backlog is done",
		    100 * overview_progress(situation));
	buf_printf(out,
	    "</span><progress max=\"100\" value=\"%.1f\" "
	    "aria-label=\"Delivered of the log on disk\"></progress></div>\n",
	    percent);
}

/* A row of the table of what is not delivered, if there is any of it. */
static void
put_row(struct buf *out, bool *begun, const char *what, const char *reason,
    double count)
{
	if (count <= 0)
		return;
	if (!*begun)
		buf_puts(out,
		    "<table><caption>Not delivered, since the start"
		    "</caption><thead><tr><th scope=\"col\">What</th>"
		    "<th scope=\"col\">Reason</th>"
		    "<th scope=\"col\">Count</th></tr></thead><tbody>\n");
	*begun = true;
	buf_printf(out, "<tr><td>%s</td><td>", what);
	put(out, reason);
	buf_puts(out, "</td><td>");
	human_put_count(out, count);
	buf_puts(out, "</td></tr>\n");
}

/* What is not delivered, by reason. */
static void
put_lost(const struct situation *situation, struct buf *out)
{
	bool begun = false;
	unsigned int i;

	for (i = 0; i < DROP_REASONS; i++)
		put_row(out, &begun,
		    i == DROP_BY_RULE ? "left out, as configured"
				      : "dropped here",
		    meters_drop_reason(i), situation->dropped[i]);
	for (i = 0; i < FAIL_REASONS; i++)
		put_row(out, &begun, "given up", meters_fail_reason(i),
		    situation->given_up[i]);
	put_row(out, &begun, "segments", "deleted unread", situation->gaps);
	put_row(
	    out, &begun, "places of the log", "damaged", situation->damaged);
	if (begun)
		buf_puts(out, "</tbody></table>\n");
}

/* What went wrong last, be it over or not. */
static void
put_error(const struct situation *situation, struct buf *out)
{
	const struct complaint_last *last = &situation->last;

	if (last->at == 0 && *situation->token_error == '\0')
		return;
	buf_puts(out, "<div class=\"error\">");
	if (*situation->token_error != '\0') {
		buf_puts(out, "<h3>The last token could not be had</h3><p>");
		put(out, situation->token_error);
		buf_puts(out, "</p>");
	}
	if (last->at != 0) {
		buf_puts(out, "<h3>Last error, ");
		put_moment(out, last->at, situation->wall);
		buf_puts(out, situation->troubled == 0 ? " (over)" : "");
		buf_puts(out, "</h3><p>");
		put(out, last->what);
		if (last->status != 0)
			buf_printf(out, " (status %d)", last->status);
		buf_puts(out, "</p>");
	}
	if (*last->said != '\0') {
		buf_puts(out,
		    "<pre tabindex=\"0\" aria-label=\"What was "
		    "said\">");
		put(out, last->said);
		buf_puts(out, "</pre>");
	}
	buf_puts(out, "</div>\n");
}

void
card_put(const struct overview *overview,
    const struct overview_destination *destination, struct buf *out)
{
	const struct situation *situation = destination->situation;
	unsigned int i;

	buf_printf(out, "<article class=\"%s\">\n",
	    situation_level_word(situation_level(situation)));
	put_head(situation, out);
	put_place(overview, destination, out);
	buf_puts(out, "<dl>\n");
	put_flow(situation, out);
	put_identity(situation, out);
	buf_puts(out, "</dl>\n<div class=\"charts\">\n");
	for (i = 0; i < CHART_KINDS; i++)
		chart_put(destination->history, i, out);
	buf_puts(out, "</div>\n");
	put_error(situation, out);
	put_lost(situation, out);
	buf_puts(out, "</article>\n");
}
