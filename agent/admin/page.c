/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/admin/card.h"
#include "agent/admin/page.css.inc"
#include "agent/admin/page.h"
#include "agent/admin/page.js.inc"
#include "agent/base/human.h"
#include "agent/base/text.h"
#include "agent/config/shown.h"

#define CONFIG_SHOWN_MAX (2u << 20) /* Bytes. */

/* An eye-catcher in place of an icon that would have to be asked for. */
#define ICON \
	"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' " \
	"viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' " \
	"fill='%231f6feb'/%3E%3C/svg%3E"

static void
put(struct buf *out, const char *text)
{
	text_put_html(out, text, strlen(text));
}

/* The destinations that are as bad as ${level}: the first, and how many. */
static const struct situation *
find(const struct overview *overview, enum situation_level level, size_t *ret)
{
	const struct situation *situation, *first = NULL;
	size_t i;

	*ret = 0;
	for (i = 0; i < overview->len; i++) {
		situation = overview->destinations[i].situation;
		if (situation_level(situation) != level)
			continue;
		if (first == NULL)
			first = situation;
		++*ret;
	}
	return first;
}

/* All of it in a line: that all is well, or who is not. */
static void
put_verdict(const struct overview *overview, struct buf *out)
{
	enum situation_level level = overview_level(overview);
	bool trouble = level == SITUATION_TROUBLE;
	const struct situation *first;
	size_t n;

	if (level == SITUATION_OK) {
		buf_puts(out, "All is well");
		return;
	}
	first = find(overview, level, &n);
	buf_puts(out, trouble ? "Trouble: " : "Attention: ");
	if (overview->len == 1)
		buf_puts(out, "the receiver");
	else if (n == 1)
		put(out, first->remote->name);
	else
		buf_printf(out, "%zu of %zu receivers", n, overview->len);
	if (trouble)
		buf_printf(out, " get%s nothing", n == 1 ? "s" : "");
	else
		buf_printf(
		    out, " %s not as it should be", n == 1 ? "is" : "are");
}

static void
put_head(const struct overview *overview, struct buf *out)
{
	buf_puts(out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<noscript><meta http-equiv=\"refresh\" content=\"15\">"
	    "</noscript>\n<title>walship: ");
	put_verdict(overview, out);
	buf_puts(out,
	    "</title>\n<link rel=\"icon\" href=\"" ICON "\">\n"
	    "<link rel=\"stylesheet\" href=\"/page.css\">\n"
	    "<script src=\"/page.js\" defer></script>\n</head>\n");
}

/* What is about all destinations. */
static void
put_agent(const struct overview *overview, struct buf *out)
{
	buf_puts(out, "<dl class=\"agent\">\n<div><dt>Log</dt><dd>");
	put(out, overview->wal_dir);
	if (!overview->has_log)
		buf_puts(out, " (there is none yet)");
	buf_printf(out,
	    "</dd></div>\n<div><dt>Held</dt><dd>%s, segments: %llu, ",
	    overview->spool_mode, (unsigned long long)overview->held);
	human_put_size(out, (double)overview->pinned);
	buf_puts(out, " pinned</dd></div>\n<div><dt>Memory of series</dt><dd>");
	human_put_size(out, (double)overview->memory);
	buf_puts(out, "</dd></div>\n<div><dt>Ready</dt><dd>");
	buf_puts(out, overview->ready ? "yes" : "not yet");
	buf_puts(out, "</dd></div>\n<div><dt>Configuration read</dt><dd>");
	human_put_time(
	    out, (double)(overview->now - overview->reloaded_at) / 1000);
	buf_puts(out,
	    overview->reloaded
		? " ago"
		: " ago; the last reload failed: see walship check-config");
	buf_puts(out, "</dd></div>\n</dl>\n");
}

/* What is to be said of the configuration, though it is in force. */
static void
put_warnings(const struct config *config, struct buf *out)
{
	size_t i;

	if (config->warnings_len == 0)
		return;
	buf_puts(out, "<section><h2>About the configuration</h2><ul>\n");
	for (i = 0; i < config->warnings_len; i++) {
		buf_puts(out, "<li>");
		put(out, config->warnings[i]);
		buf_puts(out, "</li>\n");
	}
	buf_puts(out, "</ul></section>\n");
}

static void
put_config(const struct overview *overview, struct buf *out)
{
	struct buf shown;

	put_warnings(overview->config, out);
	buf_init(&shown, CONFIG_SHOWN_MAX);
	shown_put(overview->config, &shown);
	buf_puts(out,
	    "<details id=\"config\"><summary>Configuration in force, "
	    "from ");
	put(out, overview->config_path);
	buf_puts(out,
	    "</summary><pre tabindex=\"0\" aria-label=\""
	    "Configuration\">");
	put(out, buf_text(&shown));
	buf_puts(out, "</pre></details>\n");
	buf_release(&shown);
}

void
page_put(const struct overview *overview, struct buf *out)
{
	const char *level = situation_level_word(overview_level(overview));
	size_t i;

	put_head(overview, out);
	buf_printf(out,
	    "<body>\n<main id=\"main\">\n<header class=\"top %s\">"
	    "<h1 role=\"status\">",
	    level);
	put_verdict(overview, out);
	buf_puts(out, "</h1><p>walship ");
	put(out, overview->version);
	buf_puts(out, ", running for ");
	human_put_time(out, (double)(overview->now - overview->started) / 1000);
	buf_puts(out, "; as of <time>");
	human_put_date(out, overview->now);
	buf_puts(out, "</time><span id=\"stale\"></span></p></header>\n");
	put_agent(overview, out);
	for (i = 0; i < overview->len; i++)
		card_put(overview, &overview->destinations[i], out);
	put_config(overview, out);
	buf_puts(out,
	    "</main>\n<footer><a href=\"/metrics\">Metrics</a> "
	    "<a href=\"/api/v1/status\">JSON</a> "
	    "<a href=\"/-/ready\">Readiness</a></footer>\n"
	    "</body>\n</html>\n");
}

void
page_put_style(struct buf *out)
{
	buf_puts(out, page_css);
}

void
page_put_script(struct buf *out)
{
	buf_puts(out, page_js);
}
