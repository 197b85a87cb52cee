/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "agent/admin/meant.h"

bool
meant_host(const char *host)
{
	size_t len = strcspn(host, ":");
	char name[INET6_ADDRSTRLEN];
	struct in6_addr address;
	int family = AF_INET;

	if (*host == '[') {
		family = AF_INET6;
		len = strcspn(++host, "]");
		if (host[len] == '\0')
			return false;
	}
	if (len >= sizeof(name))
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	return (family == AF_INET && strcasecmp(name, "localhost") == 0) ||
	    inet_pton(family, name, &address) == 1;
}

bool
meant_change(const char *host, const char *origin, bool vouched)
{
	static const char *const schemes[] = { "http://", "https://" };
	size_t i, len;

	if (origin == NULL)
		return true;
	if (host == NULL || (!vouched && !meant_host(host)))
		return false;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		len = strlen(schemes[i]);
		if (strncasecmp(origin, schemes[i], len) == 0 &&
		    strcasecmp(origin + len, host) == 0)
			return true;
	}
	return false;
}
