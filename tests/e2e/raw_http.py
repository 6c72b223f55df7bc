"""HTTP/1.1 from the client's side, byte for byte: sends exactly what it is given, believes nothing it gets."""

import dataclasses
import json
import socket

import openapi_answers


class ProtocolError(Exception):
    """The server's bytes are no HTTP response."""


@dataclasses.dataclass
class Response:
    version: str
    status: int
    reason: str
    fields: list  # of (name, value), as sent
    body: bytes

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def header(self, name, default=None):
        values = self.all(name)
        assert len(values) <= 1, f"{name} was sent {len(values)} times: {values}"
        return values[0] if values else default

    def json(self):
        return json.loads(self.body)


class Connection:
    """One TCP connection. Every wait has a deadline."""

    def __init__(self, port, host="127.0.0.1", timeout=10, wrap=None):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap is not None:
            self.socket = wrap(self.socket)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _receive(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.pending += data
        return bool(data)

    def _take(self, size):
        while len(self.pending) < size:
            if not self._receive():
                raise ProtocolError(f"closed after {len(self.pending)} of {size} bytes: {self.pending[:200]!r}")
        taken, self.pending = self.pending[:size], self.pending[size:]
        return taken

    def _take_line(self):
        while b"\r\n" not in self.pending:
            if not self._receive():
                raise ProtocolError(f"closed within a line: {self.pending[:200]!r}")
        line, self.pending = self.pending.split(b"\r\n", 1)
        return line.decode("latin-1")

    def read(self, method="POST", path=None):
        """The next response, interim ones (1xx) included; it must be one that the contract describes."""
        parts = self._take_line().split(" ", 2)
        if len(parts) != 3 or not parts[0].startswith("HTTP/1.") or len(parts[1]) != 3:
            raise ProtocolError(f"no status line: {parts}")
        fields = []
        while line := self._take_line():
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise ProtocolError(f"no header field: {line!r}")
            fields.append((name, value.strip()))
        response = Response(parts[0], int(parts[1]), parts[2], fields, b"")
        response.body = self._read_body(method, response)
        openapi_answers.check_answer(response, method, path)
        return response

    def _read_body(self, method, response):
        # RFC 9112, section 6.3
        if method == "HEAD" or response.status < 200 or response.status in (204, 304):
            return b""
        if response.header("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self._take_line().split(";")[0], 16):
                body += self._take(size)
                assert self._take(2) == b"\r\n"
            while self._take_line():
                pass
            return body
        length = response.header("Content-Length")
        if length is None:
            raise ProtocolError("neither Content-Length nor Transfer-Encoding")
        return self._take(int(length))

    def read_until_closed(self):
        """What else comes until the server closes; raises TimeoutError if it does not."""
        while self._receive():
            pass
        rest, self.pending = self.pending, b""
        return rest

    def is_closed(self):
        """True if the server closes, having sent nothing more."""
        return self.read_until_closed() == b""


def request(method, path, body=None, headers=None, version="HTTP/1.1"):
    """The bytes of a request. A header with the value None is left out, also one that would be added here."""
    fields = {"Host": "inlet.test"}
    if body is not None:
        fields["Content-Type"] = "application/json"
        fields["Content-Length"] = str(len(body))
    fields.update(headers or {})
    lines = [f"{method} {path} {version}"] + [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def chunked(body, sizes=None):
    """`body` in chunked coding, in pieces of these sizes, or in one."""
    out, at = b"", 0
    for size in sizes or [len(body)]:
        piece = body[at:at + size]
        at += size
        if piece:
            out += f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    if at < len(body):
        out += f"{len(body) - at:x}\r\n".encode() + body[at:] + b"\r\n"
    return out + b"0\r\n\r\n"
