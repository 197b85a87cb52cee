# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus in agent mode: it holds a WAL, and cannot be asked."""

from .prometheus import Prometheus


class Agent(Prometheus):
    """One that scrapes, and sends nowhere."""

    def _argv(self):
        return [self.binary, f"--config.file={self.config}",
                "--enable-feature=agent",
                f"--storage.agent.path={self.data_dir}",
                f"--web.listen-address={self.address}"]
