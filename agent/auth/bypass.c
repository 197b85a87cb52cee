/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/auth/bypass.h"

#define ENTRY_MAX 320u /* Bytes of one; no name or address has more. */
#define ADDRESS_BITS 128u
#define V4_BITS 32u

/* An address in 16 bytes, be it of IPv4. */
struct address {
	uint8_t bytes[16];
	unsigned int shift; /* Bits before those of its own kind. */
};

static bool
read_address(const char *text, struct address *ret)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
		0xff };
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		memcpy(ret->bytes, mapped, sizeof(mapped));
		memcpy(ret->bytes + sizeof(mapped), &v4, sizeof(v4));
		ret->shift = ADDRESS_BITS - V4_BITS;
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	memcpy(ret->bytes, &v6, sizeof(v6));
	ret->shift = 0;
	return true;
}

/* Whether the first ${bits} of two addresses are the same. */
static bool
same_bits(const struct address *a, const struct address *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	return memcmp(a->bytes, b->bytes, whole) == 0 &&
	    (rest == 0 ||
		((a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest)) == 0);
}

/* Whether ${entry} is a network, to be cut in two; set ${ret_in} then. */
static bool
is_network(char *entry, const struct address *address, bool *ret_in)
{
	char *slash = strchr(entry, '/'), *end;
	struct address network;
	unsigned long bits;

	if (slash == NULL || !isdigit((unsigned char)slash[1]))
		return false;
	*slash = '\0';
	bits = strtoul(slash + 1, &end, 10);
	if (*end != '\0' || !read_address(entry, &network) ||
	    bits > ADDRESS_BITS - network.shift) {
		*slash = '/';
		return false;
	}
	*ret_in = address != NULL &&
	    same_bits(address, &network, (unsigned int)bits + network.shift);
	return true;
}

/* Cut the port off ${entry}; 0 if it has none, -1 if it is not one. */
static long
cut_port(char **entry)
{
	char *colon = strrchr(*entry, ':'), *end;
	long port;

	if (colon == NULL)
		return 0;
	/* More colons are an address of IPv6; with brackets, and a port. */
	if (**entry == '[') {
		if (colon == *entry + 1 || colon[-1] != ']')
			return 0;
		colon[-1] = '\0';
		(*entry)++;
	} else if (strchr(*entry, ':') != colon) {
		return 0;
	}
	*colon = '\0';
	port = strtol(colon + 1, &end, 10);
	return end == colon + 1 || *end != '\0' || port < 1 || port > UINT16_MAX
	    ? -1
	    : port;
}

/* Whether ${host} is called ${name}, or something below it. */
static bool
is_below(const char *host, const char *name)
{
	size_t len = strlen(host), tail;
	bool itself = name[0] != '.' && strncmp(name, "*.", 2) != 0;

	if (strncmp(name, "*.", 2) == 0)
		name++;
	if (itself && strcmp(host, name) == 0)
		return true;
	tail = strlen(name);
	if (tail == 0 || len <= tail || strcmp(host + len - tail, name) != 0)
		return false;
	return !itself || host[len - tail - 1] == '.';
}

/* Whether ${host}, an address if ${address} is not NULL, is as ${entry}. */
static bool
matches(
    char *entry, const char *host, const struct address *address, uint16_t port)
{
	struct address other;
	bool in;
	long wanted;

	if (strcmp(entry, "*") == 0)
		return true;
	if (is_network(entry, address, &in))
		return in;
	wanted = cut_port(&entry);
	if (wanted < 0 || *entry == '\0' || (wanted > 0 && wanted != port))
		return false;
	if (read_address(entry, &other))
		return address != NULL &&
		    same_bits(address, &other, ADDRESS_BITS);
	return is_below(host, entry);
}

static bool
is_here(const char *host, const struct address *address)
{
	static const struct address v4 = {
		{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127 }, 0
	};
	static const struct address v6 = { { [15] = 1 }, 0 };

	return strcmp(host, "localhost") == 0 ||
	    (address != NULL &&
		(same_bits(address, &v4, ADDRESS_BITS - V4_BITS + 8) ||
		    same_bits(address, &v6, ADDRESS_BITS)));
}

bool
bypass_holds(const char *list, const char *host, uint16_t port)
{
	struct address found, *address = NULL;
	char entry[ENTRY_MAX + 1];
	size_t len, i;

	if (read_address(host, &found))
		address = &found;
	if (is_here(host, address))
		return true;
	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (len > ENTRY_MAX)
			continue;
		for (i = 0; i < len; i++)
			entry[i] = (char)tolower((unsigned char)list[i]);
		while (i > 0 && isspace((unsigned char)entry[i - 1]))
			i--;
		entry[i] = '\0';
		if (matches(entry + strspn(entry, " \t\r\n\v\f"), host, address,
			port))
			return true;
	}
	return false;
}
