/* SPDX-License-Identifier: Apache-2.0 */
/* agent/http/addresses.h - what an answer of c-ares says. */
#ifndef AGENT_HTTP_ADDRESSES_H
#define AGENT_HTTP_ADDRESSES_H

#include <ares.h>
#include <netinet/in.h>
#include <stdint.h>

/**
 * addresses_text(answer):
 * Return the first RESOLVE_ADDRESSES_MAX addresses of ${answer} in the form
 * of CURLOPT_RESOLVE, "192.0.2.1,[2001:db8::1]", to be freed by the caller;
 * NULL if it has none or there is no memory.
 */
char *addresses_text(const struct ares_addrinfo *answer);

#define ADDRESS_MAX (INET6_ADDRSTRLEN + 3) /* Bytes of "[address],". */

/**
 * addresses_pick(text, one):
 * Copy one of the addresses of ${text}, as of addresses_text, by chance, to
 * ${one}, and return that.
 */
const char *addresses_pick(const char *text, char one[ADDRESS_MAX]);

/**
 * addresses_ttl(answer):
 * Return for how many microseconds ${answer} holds: the shortest time to live
 * in it, aliases included, but within RESOLVE_TTL_MIN and RESOLVE_TTL_MAX.
 */
uint64_t addresses_ttl(const struct ares_addrinfo *answer);

#endif /* AGENT_HTTP_ADDRESSES_H */
