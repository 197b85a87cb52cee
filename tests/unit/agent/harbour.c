/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "tests/unit/agent/harbour.h"
#include "tests/unit/series/body.h"

#define TEXT_MAX (64u << 10) /* Bytes of a configuration. */

/* Copy the value of the header ${name} of ${request} to ${to}. */
static void
copy_header(const struct http_request *request, const char *name, char to[64])
{
	const char *const *line = request->headers;
	size_t len = strlen(name);

	to[0] = '\0';
	for (; *line != NULL; line++)
		if (strncmp(*line, name, len) == 0)
			(void)snprintf(to, 64, "%s", *line + len);
}

/* The receiver at ${port} accepts a request. */
static void
accept_samples(struct harbour *harbour, struct port *port,
    const struct http_request *request)
{
	Remote__WriteRequest *message =
	    body_unpack(request->body, request->body_len);
	const ProtobufCBinaryData *host;
	uint64_t value, *had;
	size_t i, j;

	assert_true(message->n_timeseries > 0);
	for (i = 0; i < message->n_timeseries; i++) {
		const Remote__TimeSeries *series = message->timeseries[i];

		host = &series->labels[1]->value;
		(void)snprintf(port->host, sizeof(port->host), "%.*s",
		    (int)host->len, (const char *)host->data);
		had = &port->had[body_number(series)];
		for (j = 0; j < series->n_samples; j++) {
			value = (uint64_t)series->samples[j]->value;
			draw_check(&harbour->draw, value <= *had);
			if (value < *had)
				port->again++;
			else
				*had = value + 1;
		}
	}
	remote__write_request__free_unpacked(message, NULL);
}

static struct sim_answer
begin(void *arg, uint64_t number, const struct http_request *request)
{
	struct harbour *harbour = arg;
	struct port *port;
	unsigned int n;

	(void)number;
	assert_int_equal(sscanf(request->url, "http://r%u/", &n), 1);
	assert_true(n < HARBOUR_PORTS);
	port = &harbour->ports[n];
	port->requests++;
	(void)snprintf(port->url, sizeof(port->url), "%s", request->url);
	copy_header(request, "X-Test: ", port->header);
	/* What it will never answer it has all the same. */
	if (port->answer.outcome == HTTP_ANSWERED && port->answer.status == 200)
		accept_samples(harbour, port, request);
	return port->answer;
}

static void
drained(void *arg)
{
	((struct harbour *)arg)->drained++;
}

static void
failed(void *arg)
{
	((struct harbour *)arg)->failed++;
}

struct harbour *
harbour_new(void)
{
	struct harbour *harbour = calloc(1, sizeof(*harbour));
	char number[16];
	unsigned int i;

	assert_non_null(harbour);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&harbour->scratch);
	(void)snprintf(harbour->state_dir, sizeof(harbour->state_dir),
	    "%s.state", harbour->scratch.data);
	assert_int_equal(mkdir(harbour->state_dir, 0700), 0);
	writer_open_dir(&harbour->writer, harbour->scratch.wal, 0);
	for (i = 0; i < HARBOUR_SERIES; i++) {
		(void)snprintf(number, sizeof(number), "%u", i);
		writer_series(&harbour->writer, 1 + i, "__name__", "up", "s",
		    number, NULL);
	}
	for (i = 0; i < HARBOUR_PORTS; i++)
		harbour->ports[i].answer = (struct sim_answer){
			.latency = 20 * CLOCK_MSEC,
			.outcome = HTTP_ANSWERED,
			.status = 200,
		};
	harbour->sim = sim_new(&(struct sim_receiver){ begin, NULL, harbour });
	lazy_init(&harbour->lazy);
	harbour->sets = labelsets_new();
	harbour->stats = stats_new();
	harbour_open(harbour);
	return harbour;
}

void
harbour_open(struct harbour *harbour)
{
	harbour->fleet = fleet_new(&(struct fleet_options){
	    .clock = sim_clock(harbour->sim),
	    .worker = &harbour->lazy.worker,
	    .http = sim_http(harbour->sim),
	    .stats = harbour->stats,
	    .sets = harbour->sets,
	    .state_dir = harbour->state_dir,
	    .wal_dir = harbour->scratch.wal,
	    .drained = drained,
	    .failed = failed,
	    .arg = harbour,
	});
	assert_non_null(harbour->fleet);
}

void
harbour_close(struct harbour *harbour)
{
	fleet_free(harbour->fleet);
	lazy_work(&harbour->lazy);
	harbour->fleet = NULL;
}

void
harbour_free(struct harbour *harbour)
{
	harbour_close(harbour);
	stats_free(harbour->stats);
	assert_int_equal(labelsets_count(harbour->sets), 0);
	labelsets_free(harbour->sets);
	sim_free(harbour->sim);
	writer_close(&harbour->writer);
	scratch_close(&harbour->scratch);
	scratch_clear(harbour->state_dir);
	(void)rmdir(harbour->state_dir);
	free(harbour);
}

static struct config *
parse(struct harbour *harbour, const char *format, va_list args)
{
	char *text = malloc(TEXT_MAX);
	struct config *config;
	struct buf faults;
	int len;

	assert_non_null(text);
	len = snprintf(text, TEXT_MAX,
	    "prometheus: {data_dir: %s}\nstate_dir: %s\nstart: oldest\n",
	    harbour->scratch.data, harbour->state_dir);
	len += vsnprintf(text + len, TEXT_MAX - (size_t)len, format, args);
	assert_true((size_t)len < TEXT_MAX);
	buf_init(&faults, TEXT_MAX);
	config = config_parse("f.yml", text, (size_t)len, &faults);
	assert_string_equal(buf_text(&faults), "");
	buf_release(&faults);
	free(text);
	return config;
}

struct config *
harbour_config(struct harbour *harbour, const char *format, ...)
{
	struct config *config;
	va_list args;

	va_start(args, format);
	config = parse(harbour, format, args);
	va_end(args);
	return config;
}

struct fleet_changes
harbour_apply(struct harbour *harbour, const char *format, ...)
{
	struct fleet_changes changes;
	struct config *config;
	va_list args;

	va_start(args, format);
	config = parse(harbour, format, args);
	va_end(args);
	assert_int_equal(fleet_apply(harbour->fleet, config, &changes), 0);
	config_free(config);
	return changes;
}

void
harbour_expect_changes(struct fleet_changes changes, unsigned int kept,
    unsigned int tuned, unsigned int renewed, unsigned int added,
    unsigned int removed)
{
	assert_int_equal(changes.kept, kept);
	assert_int_equal(changes.tuned, tuned);
	assert_int_equal(changes.renewed, renewed);
	assert_int_equal(changes.added, added);
	assert_int_equal(changes.removed, removed);
}

/* Write a sample of each series. */
static void
scrape(struct harbour *harbour)
{
	struct wal_sample samples[HARBOUR_SERIES];
	double value = (double)harbour->made++;
	unsigned int i;

	for (i = 0; i < HARBOUR_SERIES; i++) {
		samples[i] = (struct wal_sample){
			.ref = 1 + i,
			.time = clock_wall(sim_clock(harbour->sim)),
		};
		memcpy(&samples[i].value, &value, sizeof(value));
	}
	writer_samples(&harbour->writer, samples, HARBOUR_SERIES);
	(void)fleet_poke(harbour->fleet);
}

void
harbour_live(struct harbour *harbour, unsigned int count)
{
	for (; count > 0; count--) {
		scrape(harbour);
		(void)sim_run(harbour->sim, HARBOUR_SCRAPE);
		lazy_work(&harbour->lazy);
	}
}

void
harbour_settle(struct harbour *harbour)
{
	(void)sim_run(harbour->sim, 600 * CLOCK_SEC);
	lazy_work(&harbour->lazy);
}

void
harbour_expect_all(struct harbour *harbour, unsigned int port)
{
	unsigned int i;

	for (i = 0; i < HARBOUR_SERIES; i++)
		draw_check(&harbour->draw,
		    harbour->ports[port].had[i] == harbour->made);
	draw_check(&harbour->draw, harbour->failed == 0);
}

unsigned int
harbour_exposed(struct harbour *harbour, const char *text)
{
	unsigned int count = 0;
	const char *at;
	struct buf out;

	buf_init(&out, 16u << 20);
	stats_write(harbour->stats, &out);
	for (at = buf_text(&out); (at = strstr(at, text)) != NULL; at++)
		count++;
	buf_release(&out);
	return count;
}
