/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "agent/config/profile.h"
#include "agent/doctor/series.h"

void
series_samples(struct exam *exam, struct finding *finding)
{
	const struct config_remote *remote = exam->remote;
	struct traffic *traffic = &exam->traffic;
	int64_t age;

	if (traffic_read(traffic, exam->clock, exam->config, remote,
		exam->wal_dir) != 0) {
		finding_fail(finding, "see the disk of prometheus.data_dir",
		    "cannot read %s: %s", exam->wal_dir, strerror(errno));
		return;
	}
	age = clock_wall(exam->clock) - traffic->last;
	if (traffic->samples == 0 && !traffic->whole)
		finding_ok(finding,
		    "at least %" PRIu64 " series; the log is too long to read "
		    "its samples as well",
		    traffic->series);
	else if (traffic->samples == 0)
		finding_warn(finding,
		    "see that Prometheus scrapes something, and that "
		    "write_relabel_configs keeps some of it",
		    "there is no sample to send in the log");
	else if (traffic->late > 0)
		finding_warn(finding,
		    "set honor_timestamps: false for the job that exposes "
		    "them, or have its clock set",
		    "%" PRIu64 " of %" PRIu64 " samples, as of %s, were too "
		    "old when Prometheus wrote them, by up to %" PRId64 " s "
		    "where sample_age_limit is %" PRIu64 " s: they are dropped",
		    traffic->late, traffic->samples, traffic->late_name,
		    traffic->late_by / 1000,
		    remote->queue.sample_age_limit / CLOCK_SEC);
	else if (age > SERIES_QUIET && traffic->whole)
		finding_warn(finding,
		    "see that Prometheus runs and scrapes, and the clocks of "
		    "both",
		    "the newest sample in the log is %" PRId64 " s old",
		    age / 1000);
	else
		finding_ok(finding,
		    "%s%" PRIu64 " series, about %" PRIu64
		    " samples a minute%s",
		    traffic->whole ? "" : "at least ", traffic->series,
		    traffic_per_minute(traffic),
		    traffic->whole ? "" : ": a part of the log was read");
}

/* ${amount} divided by ${limit}, rounded up. */
static uint64_t
times(uint64_t amount, uint64_t limit)
{
	return (amount + limit - 1) / limit;
}

/* Requests a minute that one host makes for so many ${samples}. */
static uint64_t
requests_of(const struct config_queue *queue, uint64_t samples)
{
	uint64_t by_time = times(60 * CLOCK_SEC, queue->batch_send_deadline);
	uint64_t by_size = times(samples, queue->max_samples_per_send);

	return by_time > by_size ? by_time : by_size;
}

void
series_limits(struct exam *exam, struct finding *finding)
{
	const struct config_remote *remote = exam->remote;
	uint64_t samples = traffic_per_minute(&exam->traffic);
	uint64_t requests = requests_of(&remote->queue, samples);
	uint64_t hosts = exam->hosts, rules, workspaces, by_series;

	if (remote->profile != CONFIG_PROFILE_AZUREMONITOR) {
		finding_ok(finding,
		    "a host makes about %" PRIu64 " requests a minute",
		    requests);
		return;
	}
	rules = times(hosts * requests, SERIES_RULE_REQUESTS);
	workspaces = times(hosts * samples, SERIES_WORKSPACE_SAMPLES);
	by_series =
	    times(hosts * exam->traffic.series, SERIES_WORKSPACE_SERIES);
	if (by_series > workspaces)
		workspaces = by_series;
	if (workspaces == 0)
		workspaces = 1;
	finding_ok(finding,
	    "%" PRIu64 " %s like this one: %s%" PRIu64 " requests and %" PRIu64
	    " samples a minute, %" PRIu64 " series: %" PRIu64
	    " data collection %s, %" PRIu64 " %s with the usual limits",
	    hosts, hosts == 1 ? "host" : "hosts",
	    exam->traffic.whole ? "" : "at least ", hosts * requests,
	    hosts * samples, hosts * exam->traffic.series, rules,
	    rules == 1 ? "rule" : "rules", workspaces,
	    workspaces == 1 ? "workspace" : "workspaces");
	if (workspaces == 1 && rules <= remote->share_count)
		return;
	finding->result = FINDING_WARN;
	finding_mend(finding,
	    "have the workspace's limits raised, or spread the hosts over so "
	    "many workspaces; and over so many rules, or give each entry that "
	    "many urls");
}

void
series_labels(struct exam *exam, struct finding *finding)
{
	const struct traffic *traffic = &exam->traffic;
	const struct config_remote *remote = exam->remote;

	if (remote->label_limits == CONFIG_LABELS_SEND)
		finding_ok(finding, "are sent as they are");
	else if (traffic->unfit == 0)
		finding_ok(finding,
		    "of all series are within a workspace's "
		    "limits");
	else
		finding_warn(finding,
		    "shorten or drop those labels by write_relabel_configs",
		    "%" PRIu64 " series, as of %s, have %s, which a workspace "
		    "does not take: they are %s",
		    traffic->unfit, traffic->unfit_name, fit_word(traffic->why),
		    remote->label_limits == CONFIG_LABELS_DROP ? "dropped"
							       : "cut");
}

void
series_host(struct exam *exam, struct finding *finding)
{
	const char *fault = profile_labels_fault(exam->config);

	if (fault != NULL)
		finding_split(finding, fault, "");
	else
		finding_ok(
		    finding, "nothing is mixed up with other hosts' series");
	if (fault != NULL)
		finding->result = FINDING_WARN;
}
