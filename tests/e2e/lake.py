"""Reads a lake folder with Python's own tools: nothing of inlet has a part in it."""

import dataclasses
import gzip
import io
import json
import pathlib
import re

import zstandard

# raw/type=<type>/dt=<date>/<node>-<first seq>-<last seq>.ndjson[.gz|.zst]
OBJECT = re.compile(r"raw/type=(?P<type>\w+)/dt=(?P<date>\d{4}-\d\d-\d\d)/"
                    r"(?P<node>[a-z2-7]{13})-(?P<first>\d+)-(?P<last>\d+)\.ndjson(?P<codec>\.gz|\.zst)?")


@dataclasses.dataclass
class Row:
    raw: bytes      # without its line feed
    path: str

    def __post_init__(self):
        self.value = json.loads(self.raw)

    def __getitem__(self, name):
        return self.value[name]


def content(path):
    return decompressed(pathlib.Path(path).read_bytes(), path.suffix)


def decompressed(data, suffix):
    if suffix == ".gz":
        return gzip.decompress(data)
    if suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True) as reader:
            return reader.read()
    return data


def objects(folder):
    """Published objects; what is not named like one is an error unless it is a file being written."""
    found = []
    for path in sorted(pathlib.Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and OBJECT.fullmatch(name):
            found.append(path)
        elif path.is_file() and name.startswith("raw/type=") and not path.name.startswith((".", "_")):
            raise AssertionError(f"a foreign file in the lake: {name}")
    return found


def rows(folder):
    """All rows in order of seq. Checks what must hold for each object."""
    found = []
    for path in objects(folder):
        name = path.relative_to(folder).as_posix()
        named = OBJECT.fullmatch(name)
        text = content(path)
        assert text.endswith(b"\n"), f"{name} ends in a torn line"
        in_object = [Row(line, name) for line in text.split(b"\n")[:-1]]
        for row in in_object:
            assert row["type"] == named["type"] and row["node"] == named["node"], f"{name} holds {row.raw[:120]!r}"
            assert int(named["first"]) <= row["seq"] <= int(named["last"]), f"{name} holds seq {row['seq']}"
            assert row["receivedAt"].startswith(named["date"]), f"{name} holds {row['receivedAt']}"
        found += in_object
    return sorted(found, key=lambda row: (row["node"], row["seq"]))
