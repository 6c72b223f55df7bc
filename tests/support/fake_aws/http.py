"""HTTP/1.1 on asyncio streams, as much as AWS clients use. Knows nothing of AWS."""

import asyncio
import dataclasses
import email.utils
import socket
import struct
import time
import urllib.parse

MAX_HEAD = 64 << 10
MAX_BODY = 64 << 20
BUFFER = 8 << 20

REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified",
           307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 411: "Length Required", 412: "Precondition Failed",
           413: "Request Entity Too Large", 416: "Requested Range Not Satisfiable", 500: "Internal Server Error",
           501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Request:
    """One request. Header names are in lower case; `path` is as it was sent, without the query."""

    def __init__(self, head, body, secure):
        line, *fields = head.decode("latin-1").split("\r\n")
        self.method, target, self.version = line.split(" ", 2)
        self.path, _, self.query_text = target.partition("?")
        self.headers, self.header_list = {}, []
        for field in fields:
            name, colon, value = field.partition(":")
            if not colon or name != name.strip():
                raise ValueError(f"bad header {field!r}")
            self.header_list.append((name.lower(), value.strip()))
            self.headers[name.lower()] = value.strip()
        self.body = body
        self.secure = secure

    @property
    def query(self):
        pairs = (pair.partition("=") for pair in self.query_text.split("&") if pair)
        return {urllib.parse.unquote(name): urllib.parse.unquote(value) for name, _, value in pairs}

    def header(self, name, default=""):
        return self.headers.get(name, default)


@dataclasses.dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)
    head_only: bool = False     # the answer to HEAD: Content-Length without a body
    # How it goes out:
    drop: str = ""              # "reset": the connection is reset instead; "half": after half of the body
    drip: float = 0             # seconds between single bytes
    pad_to: int = 0             # white space behind the body up to this many bytes
    date: str = ""              # instead of the time of the server
    sent: object = None         # called with True or False: whether all of it went out

    def head(self, clock):
        length = max(len(self.body), self.pad_to)
        fields = {"Date": self.date or email.utils.formatdate(clock(), usegmt=True), "Server": "fake-aws",
                  "Content-Length": str(length), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Other')}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Connection:
    """Requests of one connection, one after the other."""

    def __init__(self, handler, clock, reader, writer):
        self.handler, self.clock, self.reader, self.writer = handler, clock, reader, writer
        self.secure = writer.get_extra_info("sslcontext") is not None

    async def serve(self):
        try:
            while await self._one():
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, asyncio.CancelledError):
            pass  # the client went away, or sent what is not HTTP; or the server ends
        finally:
            self.writer.close()

    async def _one(self):
        head = (await self.reader.readuntil(b"\r\n\r\n"))[:-4]
        request = Request(head, b"", self.secure)
        if request.header("expect").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.body = await self._body(request)
        reply = await self.handler(request)
        answered = await self._send(reply)
        if reply.sent:
            reply.sent(answered)
        return answered and request.header("connection").lower() != "close"

    async def _body(self, request):
        if request.header("transfer-encoding").lower() == "chunked":
            parts = []
            while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
                parts.append(await self.reader.readexactly(size))
                await self.reader.readexactly(2)
            await self.reader.readuntil(b"\r\n")
            return b"".join(parts)
        length = int(request.header("content-length", "0"))
        if length > MAX_BODY:
            raise ValueError("too long")
        return await self.reader.readexactly(length)

    async def _send(self, reply):
        """True if the whole reply was handed to the network of a client that was still there."""
        if reply.drop == "reset":
            self._reset()
            return False
        self.writer.write(reply.head(self.clock))
        if reply.head_only:
            await self.writer.drain()
            return not self.writer.is_closing()
        if reply.drop == "half":
            self.writer.write(reply.body[:len(reply.body) // 2])
            await self.writer.drain()
            self._reset()
            return False
        if reply.drip:
            for index in range(len(reply.body)):
                self.writer.write(reply.body[index:index + 1])
                await self.writer.drain()
                await asyncio.sleep(reply.drip)
        else:
            self.writer.write(reply.body)
        for _ in range(len(reply.body), reply.pad_to, 1 << 16):
            self.writer.write(b" " * (1 << 16))
            await self.writer.drain()
        await self.writer.drain()
        return not self.writer.is_closing() and not self.reader.at_eof()

    def _reset(self):
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def listen(handler, port=0, context=None, clock=time.time, clients=None):
    """A server on 127.0.0.1. `handler` is a coroutine: Request -> Reply. `clients` is the set of addresses of all that are
    connected."""
    clients = set() if clients is None else clients

    async def serve(reader, writer):
        address = writer.get_extra_info("peername")
        clients.add(address)
        try:
            await Connection(handler, clock, reader, writer).serve()
        finally:
            clients.discard(address)

    return await asyncio.start_server(serve, "127.0.0.1", port, limit=BUFFER, ssl=context)
