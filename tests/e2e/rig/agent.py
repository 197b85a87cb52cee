# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus in agent mode: it holds a WAL, and cannot be asked."""

from . import binaries
from .prometheus import Prometheus


def _agent_flag(binary):
    if binaries.has_flag(binary, "]agent "):
        return "--agent"
    return "--enable-feature=agent"  # Before 3.

class Agent(Prometheus):
    """One that scrapes, and sends nowhere."""

    def _argv(self):
        return [self.binary, f"--config.file={self.config}",
                _agent_flag(self.binary),
                f"--storage.agent.path={self.data_dir}",
                f"--web.listen-address={self.address}"]
