/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "agent/base/buf.h"
#include "agent/http/addresses.h"
#include "agent/http/resolve.h"

/* Append an address, and a comma before it unless it is the first. */
static void
put_address(struct buf *out, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (out->len > 0)
		buf_putc(out, ',');
	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		(void)inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
		buf_puts(out, text);
	} else {
		memcpy(&v6, address, sizeof(v6));
		(void)inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
		buf_printf(out, "[%s]", text);
	}
}

uint64_t
addresses_ttl(const struct ares_addrinfo *answer)
{
	const struct ares_addrinfo_node *node;
	const struct ares_addrinfo_cname *cname;
	int64_t seconds = RESOLVE_TTL_MAX / CLOCK_SEC;
	uint64_t ttl;

	for (node = answer->nodes; node != NULL; node = node->ai_next)
		if (node->ai_ttl < seconds)
			seconds = node->ai_ttl;
	for (cname = answer->cnames; cname != NULL; cname = cname->next)
		if (cname->ttl < seconds)
			seconds = cname->ttl;
	ttl = seconds < 0 ? 0 : (uint64_t)seconds * CLOCK_SEC;
	return ttl < RESOLVE_TTL_MIN ? RESOLVE_TTL_MIN : ttl;
}

char *
addresses_text(const struct ares_addrinfo *answer)
{
	const struct ares_addrinfo_node *node;
	unsigned n = 0;
	struct buf out;
	char *text = NULL;

	buf_init(&out, (size_t)RESOLVE_ADDRESSES_MAX * ADDRESS_MAX);
	for (node = answer->nodes; node != NULL; node = node->ai_next) {
		if (node->ai_family != AF_INET && node->ai_family != AF_INET6)
			continue;
		if (n++ == RESOLVE_ADDRESSES_MAX)
			break;
		put_address(&out, node->ai_addr);
	}
	if (out.len > 0 && !out.bad)
		text = strdup(buf_text(&out));
	buf_release(&out);
	return text;
}

const char *
addresses_pick(const char *text, char one[ADDRESS_MAX])
{
	unsigned int chance = 0, count = 1;
	const char *c;

	for (c = text; *c != '\0'; c++)
		count += *c == ',';
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		chance = 0; /* Then it is the first. */
	for (chance %= count; chance > 0; chance--)
		text += strcspn(text, ",") + 1;
	(void)snprintf(one, ADDRESS_MAX, "%.*s", (int)strcspn(text, ","), text);
	return one;
}
