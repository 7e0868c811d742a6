"""Arrow data that is not as it should be, made by hand: errors, and no crash."""

import ctypes
import struct
from collections.abc import Callable
from typing import Any

import pytest
from conftest import NPM

from scalr_detect import Scanner

SCANNER = Scanner()


class Schema(ctypes.Structure):
    pass


class Array(ctypes.Structure):
    pass


class Stream(ctypes.Structure):
    pass


RELEASE_SCHEMA = ctypes.CFUNCTYPE(None, ctypes.POINTER(Schema))
RELEASE_ARRAY = ctypes.CFUNCTYPE(None, ctypes.POINTER(Array))
RELEASE_STREAM = ctypes.CFUNCTYPE(None, ctypes.POINTER(Stream))
GET_SCHEMA = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Schema))
GET_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Array))
GET_LAST_ERROR = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(Stream))

Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(Schema))),
    ("dictionary", ctypes.POINTER(Schema)),
    ("release", RELEASE_SCHEMA),
    ("private", ctypes.c_void_p),
]
Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", ctypes.POINTER(Array)),
    ("release", RELEASE_ARRAY),
    ("private", ctypes.c_void_p),
]
Stream._fields_ = [
    ("get_schema", GET_SCHEMA),
    ("get_next", GET_NEXT),
    ("get_last_error", GET_LAST_ERROR),
    ("release", RELEASE_STREAM),
    ("private", ctypes.c_void_p),
]

new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.restype = ctypes.py_object
new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


class Data:
    """An object with Arrow data. Keeps all of its parts, and counts how often they are released."""

    def __init__(self, schema: Schema, array: Array) -> None:
        self.schema, self.array = schema, array
        self.released: list[str] = []
        self.kept: list[Any] = []

        def release_schema(at: Any) -> None:
            self.released.append("schema")
            ctypes.memset(ctypes.byref(at.contents, Schema.release.offset), 0, 8)

        def release_array(at: Any) -> None:
            self.released.append("array")
            ctypes.memset(ctypes.byref(at.contents, Array.release.offset), 0, 8)

        schema.release, array.release = RELEASE_SCHEMA(release_schema), RELEASE_ARRAY(release_array)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return (
            new_capsule(ctypes.addressof(self.schema), b"arrow_schema", None),
            new_capsule(ctypes.addressof(self.array), b"arrow_array", None),
        )


TEXT = f"a {NPM} b".encode()


def column(format: bytes, buffers: list[bytes | None], length: int = 1) -> Data:
    """A column with these buffers."""
    memory = [None if buffer is None else ctypes.create_string_buffer(buffer, len(buffer)) for buffer in buffers]
    pointers = (ctypes.c_void_p * len(memory))(*[None if one is None else ctypes.addressof(one) for one in memory])
    schema = Schema(format=format, name=b"", flags=2)
    array = Array(
        length=length,
        null_count=0,
        n_buffers=len(memory),
        buffers=ctypes.cast(pointers, ctypes.POINTER(ctypes.c_void_p)),
    )
    data = Data(schema, array)
    data.kept += [memory, pointers]
    return data


def utf8(*offsets: int) -> Data:
    return column(b"u", [None, struct.pack(f"={len(offsets)}i", *offsets), TEXT], len(offsets) - 1)


def large(*offsets: int) -> Data:
    return column(b"U", [None, struct.pack(f"={len(offsets)}q", *offsets), TEXT], len(offsets) - 1)


def view(len_: int, buffer: int = 0, start: int = 0, size: int = len(TEXT)) -> Data:
    return column(b"vu", [None, struct.pack("=i4sii", len_, TEXT[:4], buffer, start), TEXT, struct.pack("=q", size)])


def with_fields(data: Data, of: str, **fields: Any) -> Data:
    for name, value in fields.items():
        setattr(getattr(data, of), name, value)
    return data


def table(child: Data, length: int = 1) -> Data:
    """A table of one column."""
    data = column(b"+s", [None], length)
    schemas, arrays = (ctypes.POINTER(Schema) * 1)(), (ctypes.POINTER(Array) * 1)()
    schemas[0], arrays[0] = ctypes.pointer(child.schema), ctypes.pointer(child.array)
    child.schema.name = b"text"
    with_fields(data, "schema", n_children=1, children=schemas)
    with_fields(data, "array", n_children=1, children=arrays)
    data.kept += [child, schemas, arrays]
    return data


def dictionary(key: int, format: bytes = b"c") -> Data:
    keys, values = column(format, [None, struct.pack("=q", key)]), utf8(0, len(TEXT))
    keys.schema.dictionary, keys.array.dictionary = ctypes.pointer(values.schema), ctypes.pointer(values.array)
    keys.kept.append(values)
    return keys


def nested(depth: int) -> Data:
    data = utf8(0, len(TEXT))
    for _ in range(depth):
        data = table(data)
    return data


def cycle() -> Data:
    data = table(utf8(0, len(TEXT)))
    data.schema.children[0] = ctypes.pointer(data.schema)
    data.array.children[0] = ctypes.pointer(data.array)
    return data


FINE: dict[str, Callable[[], Data]] = {
    "utf8": lambda: utf8(0, len(TEXT)),
    "large": lambda: large(0, len(TEXT)),
    "view": lambda: view(len(TEXT)),
    "table": lambda: table(utf8(0, len(TEXT))),
    "dictionary": lambda: dictionary(0),
    "a count of nulls that nobody knows": lambda: with_fields(utf8(0, len(TEXT)), "array", null_count=-1),
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_made_by_hand_is_read(name: str) -> None:
    import pyarrow

    data = FINE[name]()
    found = pyarrow.table(SCANNER.scan_arrow(data))
    assert found["start"].to_pylist() == [2]
    assert sorted(data.released) == ["array", "schema"]
    data = FINE[name]()
    again = SCANNER.redact_arrow(data)
    assert "schema" in data.released
    del again
    assert sorted(data.released) == ["array", "schema"]


MALFORMED: dict[str, Callable[[], Data]] = {
    "offsets back": lambda: utf8(5, 3, 8),
    "offset beyond the last": lambda: utf8(0, 8, 5),
    "negative offset": lambda: utf8(-3, 5),
    "negative last offset": lambda: utf8(0, -1),
    "large, back": lambda: large(5, 3, 8),
    "large, negative": lambda: large(-(1 << 62), 3),
    "negative view": lambda: view(-1),
    "view out of its buffer": lambda: view(len(TEXT) + 1),
    "view that starts out of its buffer": lambda: view(13, start=len(TEXT) - 3),
    "view with a negative start": lambda: view(13, start=-1),
    "view of a negative buffer": lambda: view(13, buffer=-1),
    "view of no buffer": lambda: view(13, buffer=1),
    "view of the sizes": lambda: view(13, buffer=2),
    "view into a buffer of negative size": lambda: view(13, size=-1),
    "huge view": lambda: view((1 << 31) - 1, start=(1 << 31) - 1),
    "key beyond the dictionary": lambda: dictionary(1),
    "negative key": lambda: dictionary(-1),
    "huge key": lambda: dictionary(-1, b"L"),
    "keys that are no integers": lambda: dictionary(0, b"f"),
    "no format": lambda: with_fields(utf8(0, 1), "schema", format=None),
    "negative length": lambda: with_fields(utf8(0, 1), "array", length=-1),
    "negative offset of the array": lambda: with_fields(utf8(0, 1), "array", offset=-1),
    "huge length": lambda: with_fields(utf8(0, 1), "array", length=(1 << 63) - 1),
    "huge offset": lambda: with_fields(utf8(0, 1), "array", offset=(1 << 63) - 1),
    "length and offset too large together": lambda: with_fields(
        utf8(0, 1), "array", length=(1 << 62), offset=(1 << 62)
    ),
    "no buffers": lambda: with_fields(utf8(0, 1), "array", buffers=None),
    "too few buffers": lambda: with_fields(utf8(0, 1), "array", n_buffers=2),
    "negative number of buffers": lambda: with_fields(utf8(0, 1), "array", n_buffers=-1),
    "huge number of buffers": lambda: with_fields(utf8(0, 1), "array", n_buffers=1 << 40),
    "no offsets": lambda: column(b"u", [None, None, TEXT]),
    "no data": lambda: column(b"u", [None, struct.pack("=ii", 0, 5), None]),
    "no views": lambda: column(b"vu", [None, None, TEXT, struct.pack("=q", 5)]),
    "no sizes": lambda: column(b"vu", [None, struct.pack("=i4sii", 13, b"abcd", 0, 0), TEXT, None]),
    "view without buffers": lambda: column(b"vu", [None, struct.pack("=i4sii", 13, b"abcd", 0, 0), b""]),
    "children in the schema only": lambda: with_fields(table(utf8(0, 1)), "array", n_children=0),
    "children in the array only": lambda: with_fields(table(utf8(0, 1)), "schema", n_children=0),
    "no children where some are": lambda: with_fields(table(utf8(0, 1)), "schema", children=None),
    "negative number of children": lambda: with_fields(table(utf8(0, 1)), "schema", n_children=-1),
    "huge number of children": lambda: with_fields(table(utf8(0, 1)), "schema", n_children=1 << 40),
    "a child of the schema is missing": lambda: with_fields(
        table(utf8(0, 1)), "schema", children=(ctypes.POINTER(Schema) * 1)()
    ),
    "a child of the array is missing": lambda: with_fields(
        table(utf8(0, 1)), "array", children=(ctypes.POINTER(Array) * 1)()
    ),
    "a column shorter than its table": lambda: table(utf8(0, 1), length=2),
    "nested too deep": lambda: nested(100),
    "nested in itself": cycle,
    "a dictionary in the schema only": lambda: with_fields(dictionary(0), "array", dictionary=None),
    "a dictionary in the array only": lambda: with_fields(dictionary(0), "schema", dictionary=None),
    "metadata of negative length": lambda: with_metadata(struct.pack("=i", -1)),
    "metadata with a key of negative length": lambda: with_metadata(struct.pack("=ii", 1, -1)),
}


# What redaction does not look at, and hands on as it is.
PASSED_ON = {
    "a column shorter than its table",
    "key beyond the dictionary",
    "negative key",
    "huge key",
    "keys that are no integers",
}


def with_metadata(metadata: bytes) -> Data:
    data = utf8(0, 1)
    memory = ctypes.create_string_buffer(metadata, len(metadata))
    data.kept.append(memory)
    return with_fields(data, "schema", metadata=ctypes.addressof(memory))


@pytest.mark.parametrize("call", [SCANNER.scan_arrow, SCANNER.redact_arrow], ids=["scan", "redact"])
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str, call: Callable[[Data], object]) -> None:
    data = MALFORMED[name]()
    if name in PASSED_ON and call == SCANNER.redact_arrow:
        call(data)
        return
    with pytest.raises(ValueError) as caught:
        call(data)
    assert NPM not in str(caught.value)
    # Each once, and not before it is done with.
    assert sorted(data.released) == ["array", "schema"]


def test_capsules_serve_once() -> None:
    data = utf8(0, len(TEXT))
    SCANNER.scan_arrow(data)
    with pytest.raises(ValueError, match="taken already"):
        SCANNER.scan_arrow(data)


def test_a_stream_that_fails() -> None:
    calls: list[str] = []

    def release(at: Any) -> None:
        calls.append("release")
        ctypes.memset(ctypes.byref(at.contents, Stream.release.offset), 0, 8)

    text = ctypes.create_string_buffer(f"no schema, but {NPM}".encode())
    for last_error in (lambda _: ctypes.addressof(text), lambda _: None):
        stream = Stream(
            GET_SCHEMA(lambda stream, schema: 5),
            GET_NEXT(lambda stream, array: 5),
            GET_LAST_ERROR(last_error),
            RELEASE_STREAM(release),
        )

        class Object:
            def __arrow_c_stream__(self, requested_schema: object = None) -> object:
                return new_capsule(ctypes.addressof(stream), b"arrow_array_stream", None)

        with pytest.raises(ValueError, match="no schema|status 5") as caught:
            SCANNER.scan_arrow(Object())
        assert NPM not in str(caught.value)
    assert calls == ["release", "release"]


def test_a_stream_without_functions() -> None:
    stream = Stream(release=RELEASE_STREAM(lambda at: None))

    class Object:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return new_capsule(ctypes.addressof(stream), b"arrow_array_stream", None)

    with pytest.raises(ValueError, match="get_schema"):
        SCANNER.scan_arrow(Object())
