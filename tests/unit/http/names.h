/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/http/names.h - a name server on the loopback, in a thread, that
 * gives one answer for every name.
 */
#ifndef TESTS_UNIT_HTTP_NAMES_H
#define TESTS_UNIT_HTTP_NAMES_H

#include <stdint.h>

enum { NAMES_ANSWER, NAMES_NO_SUCH, NAMES_SILENT, NAMES_SILENT_ON_V6 };

struct names_answer {
	int mode;       /* NAMES_*; the fields below are for an answer. */
	const char *v4; /* NULL: no such address. */
	const char *v6; /* Likewise. */
	uint32_t ttl;   /* Seconds. */
};

struct names;

/* Listen on ${ip}; ${port} 0 is any.  Fails the test if it cannot. */
struct names *names_start(
    const char *ip, uint16_t port, struct names_answer answer);
void names_stop(struct names *names);

uint16_t names_port(struct names *names);

/* Answer so from now on. */
void names_set(struct names *names, struct names_answer answer);

/* The questions for IPv4 so far. */
unsigned names_asked(struct names *names);

/* Write a resolv.conf that names the server at ${ip} alone to ${path}. */
void names_conf(const char *path, const char *ip);

#endif /* TESTS_UNIT_HTTP_NAMES_H */
