/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/instance.h"
#include "agent/base/backoff.h"
#include "agent/base/log.h"
#include "agent/config/input.h"
#include "agent/machine.h"

#define KEPT_MAX 32768u /* Bytes of the file. */

struct machine {
	struct machine_options options;
	struct http_call *call; /* Under way, or NULL. */
	struct timer *timer;    /* For the next request. */
	struct timer *patience; /* For what was kept. */
	struct backoff backoff;
	struct log_gate gate;
	char url[ENDPOINT_URL_MAX]; /* Of the last request. */
	unsigned int failures;      /* In a row. */
	bool asking;                /* Somebody wants to know. */
	bool known;
	struct facts facts;
};

/* Facts on their way to the disk; on its own, as it may outlive us. */
struct saving {
	struct worker_job job;
	char *path, *fresh; /* Of the file, and of the one before it is that. */
	char *text;
	int error; /* errno, or 0. */
};

/* Write the file beside, and have it take the place. */
static void
save(void *arg)
{
	struct saving *saving = arg;
	size_t len = strlen(saving->text);
	int fd = open(saving->fresh,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd == -1) {
		saving->error = errno;
		return;
	}
	errno = ENOSPC; /* Of a short write. */
	if (write(fd, saving->text, len) != (ssize_t)len || fsync(fd) != 0 ||
	    rename(saving->fresh, saving->path) != 0)
		saving->error = errno;
	(void)close(fd);
}

static void
destroy(struct saving *saving)
{
	if (saving == NULL)
		return;
	free(saving->path);
	free(saving->fresh);
	free(saving->text);
	free(saving);
}

static void
saved(void *arg)
{
	struct saving *saving = arg;

	if (saving->error != 0)
		log_warn("cannot keep what Azure says of this machine; a "
			 "restart will have to wait until it says so again",
		    LOG_STR("path", saving->path), LOG_ERRNO(saving->error));
	destroy(saving);
}

/* The facts, and whose they are, as text; NULL if there is no memory. */
static char *
describe(const struct machine *machine)
{
	json_t *root = json_object();
	char host[16], *text;
	enum fact fact;

	(void)snprintf(host, sizeof(host), "%08x", machine->options.host);
	(void)json_object_set_new(root, "host", json_string(host));
	for (fact = 0; fact < FACTS; fact++)
		(void)json_object_set_new(root, fact_name(fact),
		    json_string(machine->facts.text[fact]));
	text = json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS);
	json_decref(root);
	return text;
}

/* Have the facts kept. */
static void
keep(const struct machine *machine)
{
	struct saving *saving = calloc(1, sizeof(*saving));
	const char *dir = machine->options.state_dir;

	if (saving == NULL)
		return;
	if (asprintf(&saving->path, "%s/" MACHINE_FILE, dir) == -1)
		saving->path = NULL;
	if (asprintf(&saving->fresh, "%s/" MACHINE_FILE ".new", dir) == -1)
		saving->fresh = NULL;
	saving->text = describe(machine);
	saving->job =
	    (struct worker_job){ .work = save, .done = saved, .arg = saving };
	if (saving->path != NULL && saving->fresh != NULL &&
	    saving->text != NULL)
		worker_submit(machine->options.worker, &saving->job);
	else
		destroy(saving);
}

/* Read what ${text} says of the host; -1 if it is of another, or nothing. */
static int
read_kept(
    const struct machine *machine, const struct buf *text, struct facts *ret)
{
	json_t *root = json_loadb((const char *)text->data, text->len, 0, NULL);
	const char *value = json_string_value(json_object_get(root, "host"));
	struct facts facts = { 0 };
	enum fact fact;
	int result = -1;
	char host[16];

	(void)snprintf(host, sizeof(host), "%08x", machine->options.host);
	if (value != NULL && strcmp(value, host) == 0)
		result = 0;
	for (fact = 0; result == 0 && fact < FACTS; fact++) {
		value =
		    json_string_value(json_object_get(root, fact_name(fact)));
		if (value == NULL || strlen(value) > FACT_TEXT_MAX)
			result = -1;
		else
			(void)strcpy(facts.text[fact], value);
	}
	json_decref(root);
	if (result == 0)
		*ret = facts;
	return result;
}

/* The facts that were kept; -1 if there are none of this host. */
static int
recall(const struct machine *machine, struct facts *ret)
{
	struct buf text, ignored;
	char *path;
	int result = -1;

	if (asprintf(&path, "%s/" MACHINE_FILE, machine->options.state_dir) ==
	    -1)
		return -1;
	buf_init(&text, KEPT_MAX + INPUT_BLOCK);
	buf_init(&ignored, KEPT_MAX);
	if (input_read(path, "", &text, &ignored) == 0)
		result = read_kept(machine, &text, ret);
	buf_release(&ignored);
	buf_release(&text);
	free(path);
	return result;
}

/* ${facts} are what is known from now on. */
static void
learn(struct machine *machine, const struct facts *facts)
{
	bool same = machine->known &&
	    memcmp(&machine->facts, facts, sizeof(*facts)) == 0;

	timer_set(machine->patience, CLOCK_NEVER);
	if (same)
		return;
	machine->known = true;
	machine->facts = *facts;
	log_info("what Azure says of this machine is known",
	    LOG_STR("vmName", facts->text[FACT_VM_NAME]),
	    LOG_STR("vmId", facts->text[FACT_VM_ID]));
	machine->options.known(machine->options.arg);
}

static void
lose_patience(void *arg)
{
	struct machine *machine = arg;
	struct facts facts;

	if (recall(machine, &facts) != 0)
		return;
	log_warn("Azure does not say what this machine is; what it said "
		 "before the restart counts until it does");
	learn(machine, &facts);
}

/* Ask again later, saying why. */
static void
fail(struct machine *machine, const char *why, int status)
{
	uint64_t now = clock_monotonic(machine->options.clock), hidden;

	machine->failures++;
	timer_set(machine->timer,
	    now + backoff_wait(&machine->backoff, machine->failures));
	if (log_gate_open(&machine->gate, now, MACHINE_LOG_PERIOD, &hidden))
		log_warn("external labels name what Azure says of this "
			 "machine, and it does not: asking again; outside of "
			 "Azure, write the labels out",
		    LOG_STR("url", machine->url), LOG_STR("err", why),
		    LOG_INT("status", status), LOG_UINT("unsaid", hidden));
}

static void
answered(void *arg, const struct http_response *response)
{
	struct machine *machine = arg;
	struct facts facts;
	bool good;

	machine->call = NULL;
	good = response->outcome == HTTP_ANSWERED && response->status == 200 &&
	    response->whole &&
	    instance_read(response->body, response->body_len, &facts) == 0;
	if (!good) {
		fail(machine,
		    response->outcome != HTTP_ANSWERED ? response->error
			: response->status != 200 ? "an answer of that status"
						  : "an answer of no such kind",
		    response->status);
		return;
	}
	machine->failures = 0;
	learn(machine, &facts);
	keep(machine);
}

static void
ask(void *arg)
{
	static const char *const headers[] = { INSTANCE_HEADER, NULL };
	struct machine *machine = arg;
	char error[TOKEN_ERROR_MAX];

	if (instance_url(machine->options.paths, machine->url, error) != 0) {
		fail(machine, error, 0);
		return;
	}
	machine->call = http_get(machine->options.http,
	    &(struct http_request){
		.url = machine->url,
		.headers = headers,
		.timeout = MACHINE_TIMEOUT,
		.answer_max = INSTANCE_BODY_MAX,
	    },
	    answered, machine);
	if (machine->call == NULL)
		fail(machine, "out of memory", 0);
}

struct machine *
machine_new(const struct machine_options *options)
{
	struct machine *machine;

	if ((machine = calloc(1, sizeof(*machine))) == NULL)
		return NULL;
	machine->options = *options;
	machine->backoff = (struct backoff){
		.min = MACHINE_RETRY_MIN,
		.max = MACHINE_RETRY_MAX,
		.random = options->host,
	};
	machine->timer = timer_new(options->clock, ask, machine);
	machine->patience = timer_new(options->clock, lose_patience, machine);
	if (machine->timer == NULL || machine->patience == NULL) {
		machine_free(machine);
		return NULL;
	}
	return machine;
}

void
machine_free(struct machine *machine)
{
	if (machine == NULL)
		return;
	http_cancel(machine->call);
	timer_free(machine->timer);
	timer_free(machine->patience);
	free(machine);
}

const struct facts *
machine_facts(struct machine *machine)
{
	uint64_t now = clock_monotonic(machine->options.clock);

	if (!machine->asking) {
		machine->asking = true;
		timer_set(machine->timer, now);
		timer_set(machine->patience, now + MACHINE_PATIENCE);
	}
	return machine->known ? &machine->facts : NULL;
}
