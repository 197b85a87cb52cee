# SPDX-License-Identifier: Apache-2.0
"""A page of /metrics, fetched and looked into."""

import re
import urllib.error
import urllib.request

LINE = re.compile(r'([A-Za-z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)(?: \d+)?$')
LABEL = re.compile(r'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')


def get(url, timeout=10):
    """GET ${url}; return (status, text).  (None, reason) without an answer."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return None, str(error)


class Metrics:
    """The samples of one page: a list of (name, labels, value)."""

    def __init__(self, text):
        self.text = text
        self.samples = []
        for line in text.splitlines():
            match = LINE.match(line)
            if match and not line.startswith("#"):
                labels = dict(LABEL.findall(match[2] or ""))
                self.samples.append((match[1], labels, float(match[3])))

    def values(self, name, **labels):
        """The values of all series of ${name} that have ${labels}."""
        return [value for found, has, value in self.samples
                if found == name and labels.items() <= has.items()]

    def total(self, name, **labels):
        """Their sum; 0 of none."""
        return sum(self.values(name, **labels))

    def has(self, name):
        return any(found == name for found, _, _ in self.samples)


def fetch(url):
    """The Metrics of ${url}, which must answer 200."""
    status, text = get(url)
    if status != 200:
        raise RuntimeError(f"{url}: {status} {text[:200]}")
    return Metrics(text)
