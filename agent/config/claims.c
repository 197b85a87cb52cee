/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/config/claims.h"

/* Whether ${text} is a number of JSON, as most are of YAML. */
static bool
is_number(const char *text)
{
	text += *text == '-';
	if (*text == '0' && isdigit((unsigned char)text[1]))
		return false;
	if (!isdigit((unsigned char)*text))
		return false;
	text += strspn(text, "0123456789");
	if (*text == '.') {
		if (!isdigit((unsigned char)*++text))
			return false;
		text += strspn(text, "0123456789");
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		if (!isdigit((unsigned char)*text))
			return false;
		text += strspn(text, "0123456789");
	}
	return *text == '\0';
}

/* A value; the depth of a tree is bounded. */
static void
put_value(struct buf *out, const struct tree_node *node)
{
	const struct tree_node *child;

	switch (node->kind) {
	case TREE_SCALAR:
		if (node->plain &&
		    (is_number(node->text) || strcmp(node->text, "true") == 0 ||
			strcmp(node->text, "false") == 0))
			buf_puts(out, node->text);
		else
			text_put_quoted(out, node->text);
		break;
	case TREE_LIST:
		buf_putc(out, '[');
		for (child = node->first; child != NULL; child = child->next) {
			if (child != node->first)
				buf_putc(out, ',');
			put_value(out, child);
		}
		buf_putc(out, ']');
		break;
	case TREE_MAPPING:
		buf_putc(out, '{');
		claims_put(out, node);
		buf_putc(out, '}');
		break;
	case TREE_NULL:
	case TREE_BROKEN:
		buf_puts(out, "null");
		break;
	}
}

void
claims_put(struct buf *out, const struct tree_node *mapping)
{
	const struct tree_node *child;

	for (child = mapping->first; child != NULL; child = child->next) {
		if (child != mapping->first)
			buf_putc(out, ',');
		text_put_quoted(out, child->key->text);
		buf_putc(out, ':');
		put_value(out, child);
	}
}
