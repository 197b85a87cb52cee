# SPDX-License-Identifier: Apache-2.0
"""Prometheus's XOR chunks of float samples, to timestamps and bits.

A chunk is u16 BE n, then a stream of bits: the first sample is a zigzag
varint and 64 bits; the second a uvarint of the time's delta and an XORed
value; all others the delta's delta, by prefix code, and an XORed value.
(tsdb/chunkenc/xor.go)
"""

# Length of the delta's delta by the number of ones before it.
_DOD_BITS = (0, 14, 17, 20, 64)


class _Bits:
    """A stream of bits, as one long number."""

    def __init__(self, data):
        self.number = int.from_bytes(data, "big")
        self.left = len(data) * 8

    def take(self, count):
        self.left -= count
        if self.left < 0:
            raise ValueError("a chunk that is too short")
        return (self.number >> self.left) & ((1 << count) - 1)

    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.take(8)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def varint(self):
        value = self.uvarint()
        return (value >> 1) ^ -(value & 1)

    def delta_of_delta(self):
        ones = 0
        while ones < 4 and self.take(1):
            ones += 1
        count = _DOD_BITS[ones]
        if not count:
            return 0
        value = self.take(count)
        # The largest positive number is 1 << (count - 1), but for 64 bits.
        half = 1 << (count - 1)
        above = value > half if count < 64 else value >= half
        return value - (1 << count) if above else value


def decode(data):
    """Yield the (timestamp, bits) of chunk ${data}, in order."""
    count = int.from_bytes(data[:2], "big")
    stream = _Bits(data[2:])
    take = stream.take
    time = delta = value = leading = trailing = 0
    for number in range(count):
        if number == 0:
            time, value = stream.varint(), take(64)
            yield time, value
            continue
        delta = (stream.uvarint() if number == 1
                 else delta + stream.delta_of_delta())
        time += delta
        if take(1):
            if take(1):
                leading, size = take(5), take(6) or 64
                trailing = 64 - leading - size
            value ^= take(64 - leading - trailing) << trailing
        yield time, value
