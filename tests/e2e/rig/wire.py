# SPDX-License-Identifier: Apache-2.0
"""Remote write and remote read as bytes: snappy blocks, protobuf messages.

The message classes are made at run time from the schema below.  It differs
from Prometheus's in two places, with the same bytes on the wire: a value is
fixed64, so that Python never touches its bits; the labels of a series are
bytes, so that a series seen before is known without decoding them again.
"""

import ctypes

from google.protobuf import descriptor_pb2, descriptor_pool

try:
    from google.protobuf.message_factory import GetMessageClass
except ImportError:  # protobuf before 4.22
    from google.protobuf.message_factory import MessageFactory

    def GetMessageClass(descriptor):
        return MessageFactory().GetPrototype(descriptor)

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCHEMA = {
    "Label": [("name", 1, "string"), ("value", 2, "string")],
    "Sample": [("value", 1, "fixed64"), ("timestamp", 2, "int64")],
    "Series": [("labels", 1, "bytes*"), ("samples", 2, "Sample*"),
               ("exemplars", 3, "bytes*"), ("histograms", 4, "bytes*")],
    "WriteRequest": [("timeseries", 1, "Series*"), ("metadata", 3, "bytes*")],
    "Matcher": [("type", 1, "int32"), ("name", 2, "string"),
                ("value", 3, "string")],
    "Query": [("start", 1, "int64"), ("end", 2, "int64"),
              ("matchers", 3, "Matcher*")],
    "ReadRequest": [("queries", 1, "Query*"),
                    ("accepted_response_types", 2, "int32*")],
    "Chunk": [("type", 3, "int32"), ("data", 4, "bytes")],
    "ChunkedSeries": [("labels", 1, "bytes*"), ("chunks", 2, "Chunk*")],
    "ChunkedReadResponse": [("series", 1, "ChunkedSeries*")],
}


def _add_field(message, name, number, kind):
    field = message.field.add(name=name, number=number)
    field.label = _FIELD.LABEL_OPTIONAL
    if kind.endswith("*"):
        field.label = _FIELD.LABEL_REPEATED
        kind = kind[:-1]
    if kind in _SCHEMA:
        field.type = _FIELD.TYPE_MESSAGE
        field.type_name = f".walship.rig.{kind}"
    else:
        field.type = getattr(_FIELD, f"TYPE_{kind.upper()}")


def _classes():
    """The classes of _SCHEMA by name."""
    file = descriptor_pb2.FileDescriptorProto(
        name="rig.proto", package="walship.rig", syntax="proto3")
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field in fields:
            _add_field(message, *field)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {name: GetMessageClass(
        pool.FindMessageTypeByName(f"walship.rig.{name}"))
        for name in _SCHEMA}


_CLASS = _classes()
Label = _CLASS["Label"]
WriteRequest = _CLASS["WriteRequest"]
ReadRequest = _CLASS["ReadRequest"]
ChunkedReadResponse = _CLASS["ChunkedReadResponse"]

_SNAPPY = ctypes.CDLL("libsnappy.so.1")
_SIZE = ctypes.c_size_t
_PLAIN_MAX = 1 << 30


def unsnap(block):
    """The plain bytes of a snappy block; ValueError if it is not one."""
    size = _SIZE()
    if _SNAPPY.snappy_uncompressed_length(block, _SIZE(len(block)),
                                          ctypes.byref(size)) != 0:
        raise ValueError("not a snappy block")
    if size.value > _PLAIN_MAX:
        raise ValueError(f"a snappy block of {size.value} bytes")
    plain = ctypes.create_string_buffer(size.value or 1)
    if _SNAPPY.snappy_uncompress(block, _SIZE(len(block)), plain,
                                 ctypes.byref(size)) != 0:
        raise ValueError("a damaged snappy block")
    return plain.raw[:size.value]


def snap(plain):
    """${plain} as a snappy block."""
    _SNAPPY.snappy_max_compressed_length.restype = _SIZE
    room = _SNAPPY.snappy_max_compressed_length(_SIZE(len(plain)))
    size = _SIZE(room)
    block = ctypes.create_string_buffer(room)
    if _SNAPPY.snappy_compress(plain, _SIZE(len(plain)), block,
                               ctypes.byref(size)) != 0:
        raise ValueError("snappy could not compress")
    return block.raw[:size.value]


class LabelCache:
    """Labels as they are on the wire, to the tuple of (name, value) pairs
    that names the series in this rig."""

    def __init__(self):
        self.known = {}

    def __call__(self, packed):
        raw = tuple(packed)
        key = self.known.get(raw)
        if key is None:
            labels = [Label.FromString(one) for one in raw]
            key = tuple((one.name, one.value) for one in labels)
            self.known[raw] = key
        return key
