/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "agent/prometheus/flags.h"

#define NAME "prometheus"

/* What is behind the last "/". */
static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool
flags_is_prometheus(const char *path)
{
	const char *name = base_name(path);

	/* Its exporters and managers have words behind the name. */
	return strncmp(name, NAME, strlen(NAME)) == 0 &&
	    strspn(name + strlen(NAME), "0123456789.-v") ==
	    strlen(name + strlen(NAME));
}

void
flags_version(const char *path, char *ret, size_t size)
{
	const char *at = path;
	size_t len;

	ret[0] = '\0';
	while ((at = strstr(at, NAME "-")) != NULL) {
		at += strlen(NAME "-");
		if (*at == 'v')
			at++;
		len = strspn(at, "0123456789.");
		while (len > 0 && at[len - 1] == '.')
			len--;
		if (len < 3 || len >= size || memchr(at, '.', len) == NULL)
			continue;
		memcpy(ret, at, len);
		ret[len] = '\0';
	}
}

/* The argument behind ${at}, or NULL. */
static const char *
next(const char *at, const char *end)
{
	at += strlen(at) + 1;
	return at < end ? at : NULL;
}

/**
 * value_of(arg, name, end):
 * The value of the flag ${name}, if ${arg} is that, or NULL.
 */
static const char *
value_of(const char *arg, const char *name, const char *end)
{
	size_t len = strlen(name);

	if (strncmp(arg, name, len) != 0)
		return NULL;
	if (arg[len] == '=')
		return arg + len + 1;
	return arg[len] == '\0' ? next(arg, end) : NULL;
}

/* Whether ${word} is one of the words of ${list}, with commas between. */
static bool
is_among(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; list != NULL; list = strchr(list, ',')) {
		list += *list == ',';
		if (strncmp(list, word, len) == 0 &&
		    (list[len] == ',' || list[len] == '\0'))
			return true;
	}
	return false;
}

/* What the flags say, and what they are called. */
struct reading {
	const char *tsdb, *agent, *config, *listen, *features;
};

static void
read_arg(const char *arg, const char *end, struct reading *r, bool *ret_agent)
{
	const struct {
		const char *name;
		const char **to;
	} known[] = {
		{ "--storage.tsdb.path", &r->tsdb },
		{ "--storage.agent.path", &r->agent },
		{ "--config.file", &r->config },
		{ "--web.listen-address", &r->listen },
		{ "--enable-feature", &r->features },
	};
	const char *value;
	size_t i;

	if (strcmp(arg, "--agent") == 0)
		*ret_agent = true;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (*known[i].to == NULL &&
		    (value = value_of(arg, known[i].name, end)) != NULL)
			*known[i].to = value;
	if (r->features != NULL && is_among(r->features, "agent"))
		*ret_agent = true;
	r->features = NULL; /* It may be given more than once. */
}

/* ${value}, or what it is if it is not given. */
static const char *
or_else(const char *value, const char *otherwise)
{
	return value != NULL && *value != '\0' ? value : otherwise;
}

bool
flags_read(const char *args, size_t len, struct prometheus_flags *ret)
{
	const char *end = args + len, *arg = args;
	struct reading r = { 0 };
	bool agent = false, from_file = false;
	const char *data_dir;

	if (len == 0 || !flags_is_prometheus(args))
		return false;
	while ((arg = next(arg, end)) != NULL && strcmp(arg, "--") != 0) {
		read_arg(arg, end, &r, &agent);
		from_file |= arg[0] == '@';
	}
	data_dir = agent ? r.agent : r.tsdb;
	*ret = (struct prometheus_flags){
		.program = args,
		.agent = agent,
		.data_dir = or_else(data_dir, agent ? "data-agent/" : "data/"),
		.config_file = or_else(r.config, "prometheus.yml"),
		.listen_address = or_else(r.listen, "0.0.0.0:9090"),
		.data_dir_assumed = or_else(data_dir, NULL) == NULL,
		.config_file_assumed = or_else(r.config, NULL) == NULL,
		.from_file = from_file,
	};
	return true;
}
