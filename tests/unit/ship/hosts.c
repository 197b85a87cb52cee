/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "tests/unit/ship/hosts.h"

#define TEXT_MAX 4096u /* Bytes of a configuration. */

static struct sim_answer
begin(void *arg, uint64_t number, const struct http_request *request)
{
	struct hosts *hosts = arg;

	(void)number;
	return workspace_answer(&hosts->workspace, request);
}

/* The workspace took a sample, which it cannot have done before. */
static void
take(void *arg, unsigned int number, unsigned int series, uint64_t scrape)
{
	struct hosts *hosts = arg;
	struct host *host = hosts->hosts[number];

	assert_true(series < HOSTS_SERIES);
	assert_true(scrape < host->scrapes);
	assert_false(host->had[scrape][series]);
	host->had[scrape][series] = true;
	host->taken++;
}

static void
drained(void *arg)
{
	(void)arg;
}

static void
failed(void *arg)
{
	(void)arg;
	fail_msg("a destination failed");
}

/* What a file says for host ${number}. */
static struct config *
configure(const struct host *host, unsigned int number, const char *keys)
{
	struct config *config;
	char text[TEXT_MAX];
	struct buf faults;

	(void)snprintf(text, sizeof(text),
	    "prometheus: {data_dir: %s}\nstart: oldest\n"
	    "state_dir: /nonexistent\nspool: {mode: off}\n"
	    "external_labels: {a_host: 'h%u'}\n"
	    "self_metrics: {interval: 0s}\n"
	    "remote_write: [{url: '" WORKSPACE_URL "'%s}]\n",
	    host->scratch.data, number, keys);
	buf_init(&faults, TEXT_MAX);
	config = config_parse("f.yml", text, strlen(text), &faults);
	assert_string_equal(buf_text(&faults), "");
	buf_release(&faults);
	return config;
}

static void
write_series(struct host *host)
{
	char text[16];
	unsigned int i;

	for (i = 0; i < HOSTS_SERIES; i++) {
		(void)snprintf(text, sizeof(text), "s%u", i);
		writer_series(
		    &host->writer, 1 + i, "__name__", "up", "s", text, NULL);
	}
}

static void
set_up(struct hosts *hosts, unsigned int number, const char *keys)
{
	struct host *host = calloc(1, sizeof(*host));
	struct clock *clock = sim_clock(hosts->sim);
	char path[128];

	assert_non_null(host);
	hosts->hosts[number] = host;
	scratch_open(&host->scratch);
	writer_open_dir(&host->writer, host->scratch.wal, 0);
	write_series(host);
	lazy_init(&host->lazy);
	host->sets = labelsets_new();
	host->stats = stats_new();
	host->config = configure(host, number, keys);
	(void)snprintf(path, sizeof(path), "%s/place", host->scratch.data);
	assert_int_equal(
	    place_new(clock, &host->lazy.worker, path, &host->place), PLACE_OK);
	host->destination = destination_new(&(struct destination_options){
	    .clock = clock,
	    .http = sim_http(hosts->sim),
	    .stats = host->stats,
	    .sets = host->sets,
	    .config = host->config,
	    .remote = &host->config->remotes[0],
	    .wal_dir = host->scratch.wal,
	    .place = host->place,
	    .behind = DESTINATION_BEHIND,
	    .host = number * 2654435761u,
	    .drained = drained,
	    .failed = failed,
	});
	assert_non_null(host->destination);
}

struct hosts *
hosts_new(unsigned int len, const char *keys)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));
	unsigned int i;

	assert_non_null(hosts);
	assert_true(len <= HOSTS_MAX);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	hosts->len = len;
	hosts->sim = sim_new(&(struct sim_receiver){ begin, NULL, hosts });
	workspace_init(&hosts->workspace);
	hosts->workspace.sim = hosts->sim;
	hosts->workspace.take = take;
	hosts->workspace.arg = hosts;
	for (i = 0; i < len; i++)
		set_up(hosts, i, keys);
	return hosts;
}

static void
tear_down(struct host *host)
{
	destination_free(host->destination);
	place_free(host->place);
	lazy_work(&host->lazy);
	config_free(host->config);
	stats_free(host->stats);
	labelsets_free(host->sets);
	writer_close(&host->writer);
	scratch_close(&host->scratch);
	free(host);
}

void
hosts_free(struct hosts *hosts)
{
	unsigned int i;

	for (i = 0; i < hosts->len; i++)
		tear_down(hosts->hosts[i]);
	workspace_release(&hosts->workspace);
	sim_free(hosts->sim);
	free(hosts);
}

static void
scrape(struct hosts *hosts, struct host *host)
{
	struct wal_sample samples[HOSTS_SERIES];
	double value = (double)host->scrapes;
	unsigned int i;

	assert_true(host->scrapes < HOSTS_SCRAPES);
	host->times[host->scrapes++] = clock_wall(sim_clock(hosts->sim));
	for (i = 0; i < HOSTS_SERIES; i++) {
		samples[i] = (struct wal_sample){
			.ref = 1 + i,
			.time = host->times[host->scrapes - 1],
		};
		memcpy(&samples[i].value, &value, sizeof(value));
	}
	writer_samples(&host->writer, samples, HOSTS_SERIES);
	destination_poke(host->destination);
}

void
hosts_live(struct hosts *hosts, unsigned int scrapes)
{
	unsigned int i;

	for (; scrapes > 0; scrapes--) {
		for (i = 0; i < hosts->len; i++) {
			scrape(hosts, hosts->hosts[i]);
			lazy_work(&hosts->hosts[i]->lazy);
		}
		(void)sim_run(hosts->sim, HOSTS_SCRAPE);
	}
}

uint64_t
hosts_missing(const struct host *host)
{
	return host->scrapes * HOSTS_SERIES - host->taken;
}

int64_t
hosts_newest_missing(const struct host *host)
{
	uint64_t i = host->scrapes;
	unsigned int s;

	while (i-- > 0)
		for (s = 0; s < HOSTS_SERIES; s++)
			if (!host->had[i][s])
				return host->times[i];
	return INT64_MIN;
}

double
hosts_value(struct host *host, const char *name, const char *label)
{
	const char *line, *end, *found;
	double sum = 0;
	struct buf out;

	buf_init(&out, 1 << 20);
	stats_write(host->stats, &out);
	for (line = buf_text(&out); *line != '\0'; line = end + 1) {
		end = strchrnul(line, '\n');
		if (strncmp(line, name, strlen(name)) == 0 &&
		    (line[strlen(name)] == '{' || line[strlen(name)] == ' ') &&
		    (found = strstr(line, label)) != NULL && found < end)
			sum += strtod((const char *)memrchr(
					  line, ' ', (size_t)(end - line)),
			    NULL);
		if (*end == '\0')
			break;
	}
	buf_release(&out);
	return sum;
}
