# SPDX-License-Identifier: Apache-2.0
"""A scrape target that shows what is asked of it."""

import dataclasses
import hashlib
import http.server
import math
import random
import threading
import time

from .processes import wait_for

ODD = ["NaN", "+Inf", "-Inf", "-0", "0", repr(1 / 3), "5e-324",
       "2.2250738585072014e-308", "1.7976931348623157e+308", "-1.5",
       "9007199254740993", "1e-7", repr(math.pi)]
WORDS = ["ascii", "Grüße", "日本語", "emoji 🙂", 'quo\\"ted', "back\\\\slash",
         "new\\nline", " spaces ", "=,{}"]


TEXT = "text/plain; version=0.0.4; charset=utf-8"


@dataclasses.dataclass
class Page:
    """What a scrape shows."""

    gauges: int = 20       # That change with each scrape.
    counters: int = 20     # That grow with each scrape.
    odd: bool = True       # Gauges with every value that is special.
    words: bool = True     # Label values in many scripts.
    churn: int = 5         # Series that are replaced by others ...
    churn_period: float = 4.0  # ... after as many seconds.
    label_bytes: int = 0   # Length of a random label value in each of these.

    def render(self, turn, now):
        """The text of scrape ${turn} at ${now}."""
        return "".join([self._gauges(turn), self._counters(turn),
                        self._odd() if self.odd else "",
                        self._words(turn) if self.words else "",
                        self._churning(turn, now)])

    def _gauges(self, turn):
        lines = [f'rig_gauge{{n="{n}"}} {random.gauss(0, 1e3)!r}\n'
                 for n in range(self.gauges)]
        # Comes and goes by itself, so that it goes stale and returns.
        if turn % 6 < 3:
            lines.append(f"rig_now_and_then {turn}\n")
        return "# TYPE rig_gauge gauge\n" + "".join(lines)

    def _counters(self, turn):
        return "# TYPE rig_counter_total counter\n" + "".join(
            f'rig_counter_total{{n="{n}"}} {turn * (n + 1)}\n'
            for n in range(self.counters))

    @staticmethod
    def _odd():
        return "".join(f'rig_odd{{n="{n}"}} {value}\n'
                       for n, value in enumerate(ODD))

    @staticmethod
    def _words(turn):
        return "".join(f'rig_words{{word="{word}"}} {turn}\n'
                       for word in WORDS)

    def _churning(self, turn, now):
        generation = int(now / self.churn_period) if self.churn else 0
        return "".join(
            f'rig_churn{{generation="{generation}",n="{n}"'
            f'{self._long(generation, n)}}} {turn}\n'
            for n in range(self.churn))

    def _long(self, generation, n):
        """A label whose value does not compress."""
        if not self.label_bytes:
            return ""
        seed = f"{generation}/{n}".encode()
        text = hashlib.shake_256(seed).hexdigest(self.label_bytes // 2)
        return f',long="{text}"'


class Exporter:
    """Serves a Page, or what else has render() and perhaps a content_type;
    it may be replaced at any time."""

    def __init__(self, page=None):
        self.page = page or Page()
        self.turn = 0
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                exporter.turn += 1
                body = exporter.page.render(exporter.turn,
                                            time.time()).encode()
                self.send_response(200)
                self.send_header("Content-Type", getattr(
                    exporter.page, "content_type", TEXT))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server.server_address[1]}"

    def wait_for_scrapes(self, count, seconds=60):
        """Wait until it has been scraped ${count} more times, and the last
        of them has surely been written."""
        last = self.turn + count + 1
        wait_for(lambda: self.turn >= last, count + seconds,
                 f"{count} scrapes")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
