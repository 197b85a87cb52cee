# SPDX-License-Identifier: Apache-2.0
"""A walship that was installed on a machine, beside its Prometheus."""

import re

from . import compare
from .machine import PackagedPrometheus
from .walship import to_yaml

SECONDS = 60
CONFIG = "/etc/walship/walship.yml"


def install(host, name="walship.deb"):
    return host.says(f"apt-get -q -y --allow-downgrades install /root/{name} "
                     "2>&1")


def configure(host, url, data_dir=PackagedPrometheus.DATA, config=CONFIG,
              more=None, **remote):
    """Write its ${config}: from ${data_dir} to ${url}."""
    host.put(config, to_yaml({
        "prometheus": {"data_dir": data_dir},
        "start": "oldest",
        "web": {"listen_address": ""},
        "remote_write": [{"url": url, **remote}],
        **(more or {}),
    }))
    host.run(f"chgrp walship {config} && chmod 640 {config}")


def owners(host, data_dir=PackagedPrometheus.DATA):
    """Owner, group and mode of the directories and segments that are
    Prometheus's."""
    return dict(reversed(line.split(" ", 1)) for line in host.says(
        f"find {data_dir} -printf '%u:%g:%m:%n %p\\n'").splitlines()
        if re.search(r"wal/\d+$|/wal$", line)
        or line.endswith(" " + data_dir))


def delivered(source, receiver):
    """All that ${source} has now reaches ${receiver}."""
    compare.delivered(source.read_more(), lambda: receiver.store, SECONDS)


def main_pid(host, unit="walship"):
    return int(host.show(unit, "MainPID"))
