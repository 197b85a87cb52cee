/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/page.h - the page that shows how the agent stands.
 *
 * It loads its style and its script from this server and nothing from anywhere
 * else, and works without the script: then the browser loads it anew now and
 * then; with it, what has changed is put in its place.
 */
#ifndef AGENT_ADMIN_PAGE_H
#define AGENT_ADMIN_PAGE_H

#include "agent/admin/overview.h"
#include "agent/base/buf.h"

/* What a browser may do with it: nothing but show it, and load its two files. */
#define PAGE_POLICY \
	"default-src 'none'; style-src 'self'; script-src 'self'; " \
	"connect-src 'self'; img-src data:; base-uri 'none'; " \
	"form-action 'none'; frame-ancestors 'none'"

/* Append the page, as HTML. */
void page_put(const struct overview *overview, struct buf *out);

/* Append its style sheet, and its script. */
void page_put_style(struct buf *out);
void page_put_script(struct buf *out);

#endif /* AGENT_ADMIN_PAGE_H */
