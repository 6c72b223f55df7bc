"""What a power cut may leave on a disk, from the record of what a program did to it (tests/probe/disk_recorder.cpp).

Only what was synced is sure. Of the rest each sector of 512 bytes may have arrived or not, in any order; a file may have
its new size without the bytes; each new, moved or removed name may be there as it was before.
"""

import dataclasses
import pathlib
import struct

HEAD = struct.Struct("=BIIQQ")
CREATE, WRITE, SYNC_FILE, SYNC_FOLDER, RESERVE, MOVE, UNLINK, MAKE_FOLDER = range(1, 9)
SECTOR = 512
FOLDER = object()  # in place of a file


@dataclasses.dataclass
class Record:
    operation: int
    path: str
    data: bytes
    file: int
    offset: int
    end: int  # where it ends in the log


def read_log(path):
    text = pathlib.Path(path).read_bytes()
    records, at = [], 0
    while at + HEAD.size <= len(text):
        operation, path_bytes, data_bytes, file, offset = HEAD.unpack_from(text, at)
        middle = at + HEAD.size + path_bytes
        end = middle + data_bytes
        if end > len(text):
            break  # the program was killed while it wrote this
        records.append(Record(operation, text[at + HEAD.size:middle].decode(), text[middle:end], file, offset, end))
        at = end
    return records


class File:
    def __init__(self):
        self.sure = bytearray()
        self.pending = []  # (offset, bytes), or (size, None)

    def sync(self):
        for offset, data in self.pending:
            self._put(self.sure, offset, data)
        self.pending = []

    @staticmethod
    def _put(content, offset, data):
        end = offset if data is None else offset + len(data)
        if len(content) < end:
            content.extend(bytes(end - len(content)))
        if data is not None:
            content[offset:end] = data

    def after_cut(self, keeps):
        content = bytearray(self.sure)
        for offset, data in self.pending:
            if data is None:
                if keeps():
                    self._put(content, offset, None)
                continue
            at = offset
            while at < offset + len(data):
                end = min(offset + len(data), (at // SECTOR + 1) * SECTOR)
                if keeps():
                    self._put(content, at, data[at - offset:end - offset])
                at = end
        return content


class Disk:
    """The folder `root` as the records leave it: what is sure, and what is pending."""

    def __init__(self, root):
        self.root = pathlib.PurePosixPath(root)
        self.names = {}         # path: File or FOLDER, as the program sees it
        self.sure_names = {}
        self.pending_names = []  # (record, the File it is about)
        self.files = {}         # number: File

    def apply(self, record):
        if record.operation in (CREATE, MOVE, UNLINK, MAKE_FOLDER):
            about = self.names.get(record.path)
            if record.operation == CREATE:
                about = self.files[record.file] = File()
            elif record.operation == MAKE_FOLDER:
                about = FOLDER
            self._name(self.names, record, about)
            self.pending_names.append((record, about))
        elif record.operation == SYNC_FOLDER:
            self._sync_folder(record.path)
        elif record.file in self.files:
            file = self.files[record.file]
            if record.operation == WRITE:
                file.pending.append((record.offset, record.data))
            elif record.operation == RESERVE:
                file.pending.append((record.offset, None))
            else:
                file.sync()

    @staticmethod
    def _name(names, record, about):
        """A change of a name takes place as a whole or not at all."""
        if record.operation in (CREATE, MAKE_FOLDER):
            names[record.path] = about
            return
        if names.get(record.path) is about:
            del names[record.path]
        if record.operation == MOVE:
            names[record.data.decode()] = about

    def _sync_folder(self, folder):
        rest = []
        for record, about in self.pending_names:
            paths = [record.path] + ([record.data.decode()] if record.operation == MOVE else [])
            if any(str(pathlib.PurePosixPath(path).parent) == folder for path in paths):
                self._name(self.sure_names, record, about)
            else:
                rest.append((record, about))
        self.pending_names = rest

    def cut(self, to, draw, share=None):
        """Writes to the folder `to` what is left. Each cut has its own share of what had arrived: none, all, or some."""
        if share is None:
            share = draw.choice([0, 0, 0.5, draw.random(), 1])

        def keeps():
            return draw.random() < share

        names = dict(self.sure_names)
        for record, about in self.pending_names:
            if keeps():
                self._name(names, record, about)
        to = pathlib.Path(to)
        to.mkdir(parents=True)
        for path in sorted(names):
            target = to / pathlib.PurePosixPath(path).relative_to(self.root)
            if not target.parent.is_dir():
                continue  # its folder's own name was lost
            if names[path] is FOLDER:
                target.mkdir(exist_ok=True)
            else:
                target.write_bytes(names[path].after_cut(keeps))
