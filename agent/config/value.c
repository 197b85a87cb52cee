/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "agent/config/value.h"

#define DAY_MSEC INT64_C(86400000)
#define DURATION_MAX (INT64_MAX / 1000000) /* Milliseconds. */

int
value_bool(const char *word, bool *ret)
{
	static const char *const words[] = { "false", "False", "FALSE", "no",
		"No", "NO", "off", "Off", "OFF", "true", "True", "TRUE", "yes",
		"Yes", "YES", "on", "On", "ON" };
	const size_t len = sizeof(words) / sizeof(words[0]);
	size_t i;

	for (i = 0; i < len; i++) {
		if (strcmp(word, words[i]) == 0) {
			*ret = i >= len / 2;
			return 0;
		}
	}
	return -1;
}

/* Take the digits at ${word}, at least one; what they say is at most max. */
static int
take_number(const char **word, uint64_t max, uint64_t *ret)
{
	const char *at = *word;
	uint64_t number = 0, digit;

	for (; *at >= '0' && *at <= '9'; at++) {
		digit = (uint64_t)(*at - '0');
		if (digit > max || number > (max - digit) / 10)
			return -1;
		number = number * 10 + digit;
	}
	if (at == *word)
		return -1;
	*word = at;
	*ret = number;
	return 0;
}

int
value_u32(const char *word, uint32_t *ret)
{
	uint64_t number;

	if (take_number(&word, UINT32_MAX, &number) != 0 || *word != '\0')
		return -1;
	*ret = (uint32_t)number;
	return 0;
}

int
value_u64(const char *word, uint64_t *ret)
{
	uint64_t number;

	if (take_number(&word, UINT64_MAX, &number) != 0 || *word != '\0')
		return -1;
	*ret = number;
	return 0;
}

/* Take a unit of bytes: the power of 1024 that it is; -1 if it is none. */
static int
take_unit(const char **word)
{
	static const char letters[] = "KMGTPE";
	const char *at = *word, *letter;
	int power = 0;

	if (*at != '\0' && (letter = strchr(letters, *at)) != NULL) {
		power = (int)(letter - letters) + 1;
		at += at[1] == 'i' ? 2 : 1;
	}
	if (*at != 'B')
		return -1;
	*word = at + 1;
	return power;
}

int
value_size(const char *word, uint64_t *ret)
{
	uint64_t total = 0, number;
	int power;

	if (strcmp(word, "0") == 0) {
		*ret = 0;
		return 0;
	}
	do {
		if (take_number(&word, UINT64_MAX, &number) != 0 ||
		    (power = take_unit(&word)) == -1 ||
		    number > (UINT64_MAX - total) >> (10 * power))
			return -1;
		total += number << (10 * power);
	} while (*word != '\0');
	*ret = total;
	return 0;
}

int
value_duration(const char *word, uint64_t *ret_usec)
{
	static const struct {
		const char *name;
		uint64_t msec;
	} units[] = { { "y", 31536000000 }, { "w", 604800000 },
		{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
		{ "s", 1000 }, { "ms", 1 } };
	uint64_t total = 0, number;
	size_t next = 0, len;

	if (strcmp(word, "0") == 0) {
		*ret_usec = 0;
		return 0;
	}
	do {
		if (take_number(&word, DURATION_MAX, &number) != 0)
			return -1;
		len = strspn(word, "ywdhms");
		while (next < 7 &&
		    (strlen(units[next].name) != len ||
			strncmp(word, units[next].name, len)))
			next++;
		if (next == 7 ||
		    number > (DURATION_MAX - total) / units[next].msec)
			return -1;
		total += number * units[next++].msec;
		word += len;
	} while (*word != '\0');
	*ret_usec = total * 1000;
	return 0;
}

/* Take exactly ${digits} digits and the byte after them, if it is ${then}. */
static int
take_field(const char **word, int digits, char then, int *ret)
{
	const char *at = *word;
	int number = 0, i;

	for (i = 0; i < digits; i++, at++) {
		if (*at < '0' || *at > '9')
			return -1;
		number = number * 10 + (*at - '0');
	}
	if (then != '\0' && *at++ != then)
		return -1;
	*word = at;
	*ret = number;
	return 0;
}

/* The days from 1970 to a day of the Gregorian calendar; -1 if it is none. */
static int64_t
days_to(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	int64_t before = year - 1, days;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	int i;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1] + (leap && month == 2))
		return -1;
	days = before * 365 + before / 4 - before / 100 + before / 400;
	for (i = 1; i < month; i++)
		days += lengths[i - 1];
	return days - 719162 + (leap && month > 2) + day - 1;
}

/* The fraction of a second at ${word}, if any: to milliseconds. */
static int
take_fraction(const char **word, int64_t *msec)
{
	const char *at = *word;
	int64_t unit = 100;

	if (*at != '.')
		return 0;
	for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
		*msec += (*at - '0') * unit;
	if (at == *word + 1)
		return -1;
	*word = at;
	return 0;
}

/* Z, or an offset in hours and minutes, and then the end. */
static int
take_zone(const char *word, int64_t *msec)
{
	bool east = *word == '+';
	int hours, minutes;

	if (strcmp(word, "Z") == 0 || strcmp(word, "z") == 0)
		return 0;
	if (*word != '+' && *word != '-')
		return -1;
	word++;
	if (take_field(&word, 2, ':', &hours) != 0 ||
	    take_field(&word, 2, '\0', &minutes) != 0 || *word != '\0' ||
	    hours > 23 || minutes > 59)
		return -1;
	*msec += (hours * 60 + minutes) * (east ? -60000 : 60000);
	return 0;
}

int
value_time(const char *word, int64_t *ret_msec)
{
	int year, month, day, hour, minute, second;
	int64_t days, msec;

	if (take_field(&word, 4, '-', &year) != 0 ||
	    take_field(&word, 2, '-', &month) != 0 ||
	    take_field(&word, 2, '\0', &day) != 0 ||
	    (*word != 'T' && *word != 't'))
		return -1;
	word++;
	if (take_field(&word, 2, ':', &hour) != 0 ||
	    take_field(&word, 2, ':', &minute) != 0 ||
	    take_field(&word, 2, '\0', &second) != 0 || hour > 23 ||
	    minute > 59 || second > 59 ||
	    (days = days_to(year, month, day)) < 0)
		return -1;
	msec = days * DAY_MSEC + ((hour * 60 + minute) * 60 + second) * 1000;
	if (take_fraction(&word, &msec) != 0 || take_zone(word, &msec) != 0 ||
	    msec < 0)
		return -1;
	*ret_msec = msec;
	return 0;
}

int
value_address(const char *word)
{
	const char *colon = strrchr(word, ':');
	char host[INET6_ADDRSTRLEN];
	struct in6_addr addr;
	uint32_t port;
	size_t len;

	if (colon == NULL || value_u32(colon + 1, &port) != 0 || port > 65535)
		return -1;
	len = (size_t)(colon - word);
	if (len == 0 || (len == 9 && strncmp(word, "localhost", len) == 0))
		return 0;
	if (*word == '[' && len > 2 && colon[-1] == ']') {
		word++;
		len -= 2;
		if (memchr(word, ':', len) == NULL)
			return -1;
	} else if (memchr(word, ':', len) != NULL) {
		return -1;
	}
	if (len >= sizeof(host))
		return -1;
	memcpy(host, word, len);
	host[len] = '\0';
	return inet_pton(strchr(host, ':') != NULL ? AF_INET6 : AF_INET, host,
		   &addr) == 1
	    ? 0
	    : -1;
}
