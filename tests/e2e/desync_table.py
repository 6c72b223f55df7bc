"""Requests that two servers might read in two ways, and a few that look so but are plain: one table, by RFC 9112 and 9110.

A row is (section, what, bytes, answer). The answer is a status, after which the connection is closed and what follows is not
read; or KEPT(status), after which it goes on. Each row has a body of its own, LENGTH in a field is its length.
"""

import dataclasses
import json

from inlet_server import event
from raw_http import chunked


@dataclasses.dataclass(frozen=True)
class KEPT:
    status: int


@dataclasses.dataclass(frozen=True)
class Row:
    section: str
    what: str
    data: bytes
    answer: object

    @property
    def user(self):
        """The user id in its body: what of it reaches the lake can be told."""
        return user_of(self.what)

    @property
    def is_refused(self):
        return not isinstance(self.answer, KEPT)


def user_of(what):
    return f"row: {what}"


def body_of(what):
    return json.dumps({"userId": user_of(what), "events": [event()]}).encode()


ROWS = []


def row(section, what, answer, fields, start="POST /track HTTP/1.1", coded=None):
    """`fields` are lines of the head; LENGTH in them is the length of the body. `coded` makes what follows of the body."""
    body = body_of(what)
    text = "".join(f"{line}\r\n" for line in [start, *fields, ""])
    head = text.replace("LENGTH", str(len(body))).encode("latin-1")
    ROWS.append(Row(section, what, head + (coded(body) if coded else body), answer))


def raw(section, what, answer, data):
    ROWS.append(Row(section, what, data, answer))


HOST, LENGTH = "Host: x", "Content-Length: LENGTH"
CHUNKED = "Transfer-Encoding: chunked"


def bare(what, end):
    body = body_of(what)
    return end.join(["POST /track HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", "", ""]).encode() + body


# RFC 9112, 2.2: lines

for name, end in {"LF": "\n", "CR": "\r", "LF CR": "\n\r"}.items():
    what = f"every line ends in {name} alone"
    raw("9112 2.2", what, 400, bare(what, end) + b"\n\n")
row("9112 2.2", "a bare LF ends a field line", 400, [HOST, "X-A: 1\nX-B: 2", LENGTH])
row("9112 2.2", "a bare LF ends the request line", 400, [LENGTH], "POST /track HTTP/1.1\nHost: x")
row("9112 2.2", "a bare CR in a value", 400, [HOST, "X-A: a\rb", LENGTH])
row("9112 2.2", "a bare CR before a name", 400, [HOST, "\rX-A: a", LENGTH])
row("9112 2.2", "a bare CR in the request line", 400, [HOST, LENGTH], "POST /track\r HTTP/1.1")
row("9112 2.2", "CR CR LF", 400, [HOST, "X-A: a\r", LENGTH])
row("9112 2.2", "white space before the first field", 400, [" Host: x", LENGTH])
row("9112 2.2", "a line of white space behind the request line", 400, [" ", HOST, LENGTH])
row("9112 2.2", "a line of white space before the body", 400, [HOST, LENGTH, " "])
row("9112 2.2", "one empty line before the request", KEPT(200), [HOST, LENGTH], "\r\nPOST /track HTTP/1.1")
row("9112 2.2", "many empty lines before the request", 400, [HOST, LENGTH], "\r\n\r\n\r\nPOST /track HTTP/1.1")
row("9112 2.2", "a bare LF before the request", 400, [HOST, LENGTH], "\nPOST /track HTTP/1.1")
row("9112 2.2", "a blank before the method", 400, [HOST, LENGTH], " POST /track HTTP/1.1")
row("9112 2.2", "a byte order mark before the method", 400, [HOST, LENGTH], "\xef\xbb\xbfPOST /track HTTP/1.1")
row("9112 2.2", "NUL before the method", 400, [HOST, LENGTH], "\0POST /track HTTP/1.1")

# RFC 9112, 2.3 and 3: the request line

row("9112 2.3", "the version in small letters", 400, [HOST, LENGTH], "POST /track http/1.1")
row("9112 2.3", "the version of another protocol", 400, [HOST, LENGTH], "POST /track ICAP/1.0")
row("9112 2.3", "a version of two digits", 400, [HOST, LENGTH], "POST /track HTTP/1.10")
row("9112 2.3", "a version without a dot", 400, [HOST, LENGTH], "POST /track HTTP/11")
row("9112 2.3", "a version with a sign", 400, [HOST, LENGTH], "POST /track HTTP/+1.1")
row("9110 15.6.6", "HTTP/1.2", 505, [HOST, LENGTH], "POST /track HTTP/1.2")
row("9110 15.6.6", "HTTP/2.0 in a request line", 505, [HOST, LENGTH], "POST /track HTTP/2.0")
row("9110 15.6.6", "HTTP/3.0", 505, [HOST, LENGTH], "POST /track HTTP/3.0")
row("9110 15.6.6", "HTTP/0.9 by its name", 505, [HOST, LENGTH], "POST /track HTTP/0.9")
row("9112 2.3", "HTTP/0.9: no version", 400, [HOST, LENGTH], "POST /track")
row("9112 3", "two blanks in the request line", 400, [HOST, LENGTH], "POST  /track HTTP/1.1")
row("9112 3", "two blanks before the version", 400, [HOST, LENGTH], "POST /track  HTTP/1.1")
row("9112 3", "a tab in the request line", 400, [HOST, LENGTH], "POST\t/track HTTP/1.1")
row("9112 3", "a blank behind the version", 400, [HOST, LENGTH], "POST /track HTTP/1.1 ")
row("9112 3", "a fourth word", 400, [HOST, LENGTH], "POST /track HTTP/1.1 HTTP/1.1")
row("9112 3", "a blank in the target", 400, [HOST, LENGTH], "POST /track /x HTTP/1.1")
row("9112 3", "no target", 400, [HOST, LENGTH], "POST HTTP/1.1")
row("9112 3.1", "a method that is no token", 400, [HOST, LENGTH], "PO(ST /track HTTP/1.1")
row("9112 3.1", "NUL in the method", 400, [HOST, LENGTH], "PO\0ST /track HTTP/1.1")
row("9112 3.1", "a method in small letters is another method", KEPT(405), [HOST, LENGTH], "post /track HTTP/1.1")
row("9112 3.1", "a method that nobody knows", KEPT(405), [HOST, LENGTH], "BREW /track HTTP/1.1")
row("9110 9.3.8", "TRACE", KEPT(405), [HOST, LENGTH], "TRACE /track HTTP/1.1")
row("9112 3.2.3", "CONNECT", 400, [HOST, LENGTH], "CONNECT x:443 HTTP/1.1")

# RFC 9112, 3.2: the target

row("9112 3.2.2", "absolute form", KEPT(200), [HOST, LENGTH], "POST http://x/track HTTP/1.1")
row("9112 3.2.2", "absolute form, another Host: it does not count", KEPT(200), ["Host: y", LENGTH], "POST http://x/track HTTP/1.1")
row("9112 3.2.2", "absolute form, https", KEPT(200), [HOST, LENGTH], "POST https://x:8443/track?a HTTP/1.1")
row("9112 3.2.2", "absolute form of another scheme", 400, [HOST, LENGTH], "POST ftp://x/track HTTP/1.1")
row("9110 4.2.4", "absolute form with a user name", 400, [HOST, LENGTH], "POST http://u@x/track HTTP/1.1")
row("9112 3.2.2", "absolute form without a host", 400, [HOST, LENGTH], "POST http:///track HTTP/1.1")
row("9112 3.2.2", "absolute form with one slash", 400, [HOST, LENGTH], "POST http:/track HTTP/1.1")
row("9112 3.2.1", "a target without a slash", 400, [HOST, LENGTH], "POST track HTTP/1.1")
row("9112 3.2.1", "a backslash for the slash", 400, [HOST, LENGTH], "POST \\track HTTP/1.1")
row("9112 3.2", "a target with a fragment", 400, [HOST, LENGTH], "POST /track#x HTTP/1.1")
row("9112 3.2", "a control character in the target", 400, [HOST, LENGTH], "POST /tr\x01ck HTTP/1.1")
row("9112 3.2", "NUL in the target", 400, [HOST, LENGTH], "POST /track\0 HTTP/1.1")
row("9112 3.2", "DEL in the target", 400, [HOST, LENGTH], "POST /track\x7f HTTP/1.1")
row("9112 3.2", "a byte over 127 in the target", 400, [HOST, LENGTH], "POST /track?\xe9 HTTP/1.1")
row("9112 3.2.4", "asterisk form of another method", 400, [HOST, LENGTH], "POST * HTTP/1.1")
row("9112 3.2.4", "asterisk form", KEPT(204), [HOST], "OPTIONS * HTTP/1.1", coded=lambda body: b"")
row("9112 3", "a target over 8 KiB", 414, [HOST, LENGTH], f"POST /{'x' * 8192} HTTP/1.1")
row("9112 3.2.1", "dot segments are not resolved", KEPT(404), [HOST, LENGTH], "POST /a/../track HTTP/1.1")
row("9112 3.2.1", "an encoded path is not decoded", KEPT(404), [HOST, LENGTH], "POST /%74rack HTTP/1.1")
row("9112 3.2.1", "a doubled slash is another path", KEPT(404), [HOST, LENGTH], "POST //track HTTP/1.1")

# RFC 9112, 3.2: Host

row("9112 3.2", "no Host", 400, [LENGTH])
row("9112 3.2", "Host twice", 400, [HOST, "Host: y", LENGTH])
row("9112 3.2", "Host twice, the same", 400, [HOST, HOST, LENGTH])
row("9112 3.2", "Host with a slash", 400, ["Host: x/y", LENGTH])
row("9112 3.2", "Host with a user name", 400, ["Host: u@x", LENGTH])
row("9112 3.2", "Host with a blank", 400, ["Host: x y", LENGTH])
row("9112 3.2", "Host with a comma and a blank", 400, ["Host: x, y", LENGTH])
row("9112 3.2", "Host with a byte over 127", 400, ["Host: x\xe9", LENGTH])
row("9112 3.2", "Host in other letters", KEPT(200), ["hOsT: x", LENGTH])
row("9112 3.2", "empty Host", KEPT(200), ["Host:", LENGTH])
row("9112 3.2", "HTTP/1.0 without Host", KEPT(200), ["Connection: keep-alive", LENGTH], "POST /track HTTP/1.0")

# RFC 9112, 5: fields

row("9112 5.1", "a blank before the colon", 400, [HOST, "Content-Length : LENGTH"])
row("9112 5.1", "a tab before the colon", 400, [HOST, "Content-Length\t: LENGTH"])
row("9112 5.1", "a blank before the colon of an unknown field", 400, [HOST, "X-A : 1", LENGTH])
row("9112 5.1", "no white space behind the colon", KEPT(200), ["Host:x", "Content-Length:LENGTH"])
row("9112 5.1", "white space around the value", KEPT(200), ["Host: \t x \t", "Content-Length:\t LENGTH \t"])
row("9112 5.1", "a field without a colon", 400, [HOST, "nonsense", LENGTH])
row("9112 5.1", "a field without a name", 400, [HOST, ": value", LENGTH])
row("9110 5.1", "a name with quotes", 400, [HOST, '"Content-Length": 0', LENGTH])
row("9110 5.1", "a name with NUL", 400, [HOST, "Content-Length\0: 0", LENGTH])
row("9110 5.1", "a name with a byte over 127", 400, [HOST, "Content-Length\xe9: 0", LENGTH])
row("9110 5.1", "a name with a blank inside", 400, [HOST, "Content Length: 0", LENGTH])
row("9110 5.1", "a name with an underscore is another name", 411, [HOST, "Content_Length: LENGTH"])
row("9110 5.5", "NUL in a value", 400, [HOST, "X-A: a\0b", LENGTH])
row("9110 5.5", "a control character in a value", 400, [HOST, "X-A: a\x0bb", LENGTH])
row("9110 5.5", "DEL in a value", 400, [HOST, "X-A: a\x7fb", LENGTH])
row("9110 5.5", "a byte over 127 in a value", KEPT(200), [HOST, "X-A: \xe9", LENGTH])
row("9112 5.2", "a folded line", 400, [HOST, "X-A: 1\r\n 2", LENGTH])
row("9112 5.2", "a line folded with a tab", 400, [HOST, "X-A: 1\r\n\t2", LENGTH])
row("9112 5.2", "a folded length", 400, [HOST, "Content-Length:\r\n LENGTH"])
row("9112 5.2", "a folded transfer coding", 400, [HOST, "Transfer-Encoding:\r\n chunked"], coded=chunked)
row("9112 5.4", "over 100 fields", 431, [HOST, LENGTH, *(f"X-{i}: 1" for i in range(100))])
row("9112 5.4", "over 32 KiB of fields", 431, [HOST, LENGTH, f"X-A: {'x' * 32768}"])
row("9110 8.3", "Content-Type twice", 400, [HOST, "Content-Type: application/json", "Content-Type: text/plain", LENGTH])
row("9110 8.4", "Content-Encoding twice", 400, [HOST, "Content-Encoding: gzip", "Content-Encoding: gzip", LENGTH])

# RFC 9112, 6.1: Transfer-Encoding

for value in ["xchunked", "chunkedx", "chunked, identity", "identity, chunked", "identity", "chunked, chunked", "gzip, chunked",
              ",chunked", "chunked,", ", chunked", "chunked;q=1", "chunked;", '"chunked"', "chunked chunked", "chunked\x0b", "\x0bchunked",
              "chunked\0", "chunk\\ed", "\xa0chunked", ""]:
    row("9112 6.1", f"Transfer-Encoding: {ascii(value)}", 400, [HOST, f"Transfer-Encoding: {value}"], coded=chunked)
row("9112 6.1", "Transfer-Encoding in other letters", KEPT(200), [HOST, "tRANSFER-eNCODING: CHunked"], coded=chunked)
row("9112 6.1", "white space around the coding", KEPT(200), [HOST, "Transfer-Encoding: \tchunked \t"], coded=chunked)
row("9112 6.1", "Transfer-Encoding twice", 400, [HOST, CHUNKED, CHUNKED], coded=chunked)
row("9112 6.1", "Transfer-Encoding twice, one unknown", 400, [HOST, CHUNKED, "Transfer-Encoding: identity"], coded=chunked)
row("9112 6.1", "Transfer-Encoding with a blank before the colon", 400, [HOST, "Transfer-Encoding : chunked", LENGTH])
row("9112 6.1", "both framings, the body by its length", 400, [HOST, LENGTH, CHUNKED])
row("9112 6.1", "both framings, the body in chunks", 400, [HOST, CHUNKED, "Content-Length: 4"], coded=chunked)
row("9112 6.1", "both framings, the length is 0", 400, [HOST, "Content-Length: 0", CHUNKED], coded=chunked)
row("9112 6.1", "a length and an unknown coding", 400, [HOST, LENGTH, "Transfer-Encoding: identity"])
row("9112 6.1", "chunks in HTTP/1.0", 400, [HOST, CHUNKED], "POST /track HTTP/1.0", chunked)

# RFC 9112, 6.2 and 6.3: Content-Length

for value in ["+LENGTH", "-1", "-LENGTH", "0x10", "0xLENGTH", "", " ", "LENGTH, LENGTH", "LENGTH,LENGTH", "LENGTH, 0", "LENGTH,", ",LENGTH",
              "1 2", "1\t2", "LENGTH;", "LENGTH.0", "1e2", "1_0", '"LENGTH"', "LENGTH\0", "LENGTH\x0b", "\xa0LENGTH", "\xb2", "ten",
              "18446744073709551616", "18446744073709551617", "9223372036854775808", "99999999999999999999999999"]:
    row("9112 6.2", f"Content-Length: {ascii(value)}", 400, [HOST, f"Content-Length: {value}"])
row("9112 6.2", "a length with leading zeros", KEPT(200), [HOST, "Content-Length: 00LENGTH"])
row("9112 6.2", "a length in other letters", KEPT(200), [HOST, "content-LENGTH: LENGTH".replace("content-LENGTH", "cONTENT-lENGTH")])
row("9112 6.3", "Content-Length twice, the same", 400, [HOST, LENGTH, LENGTH])
row("9112 6.3", "Content-Length twice", 400, [HOST, LENGTH, "Content-Length: 0"])
row("9112 6.3", "Content-Length twice, the first is 0", 400, [HOST, "Content-Length: 0", LENGTH])
row("9110 15.5.12", "no length at all", 411, [HOST])
row("9110 15.5.14", "a length over 1 MiB", 413, [HOST, "Content-Length: 1048577"])
row("9110 15.5.14", "a length of 18 digits", 413, [HOST, "Content-Length: 999999999999999999"])
row("9112 6.3", "a GET with a body", KEPT(200), [HOST, LENGTH], "GET /health/live HTTP/1.1")

# RFC 9112, 7.1: chunks


def sized(form):
    """The body in one chunk whose size is written so."""
    return lambda body: form.format(n=len(body)).encode("latin-1") + b"\r\n" + body + b"\r\n0\r\n\r\n"


def ended(end):
    """The body in one chunk, and this behind it."""
    return lambda body: chunked(body)[:-len("0\r\n\r\n")] + end.encode("latin-1")


def chunk_row(what, answer, coded, section="9112 7.1"):
    row(section, what, answer, [HOST, CHUNKED], coded=coded)


chunk_row("size in capital digits", KEPT(200), sized("{n:X}"))
chunk_row("size with leading zeros", KEPT(200), sized("00{n:x}"))
chunk_row("last chunk of several zeros", KEPT(200), ended("000\r\n\r\n"))
for what, form in {"no number": "xyz", "an underscore": "0_{n:x}", "0x": "0x{n:x}", "a plus": "+{n:x}", "a minus": "-{n:x}", "nothing": "",
                   "a blank before": " {n:x}", "a blank behind": "{n:x} ", "a tab behind": "{n:x}\t", "a blank before the extension": "{n:x} ;a",
                   "a dot": "{n:x}.0", "a letter behind": "{n:x}g", "NUL": "{n:x}\0", "a comma": "{n:x},0", "a digit of another script": "\xb2",
                   "17 digits": "{n:017x}", "a quote": "\"{n:x}\""}.items():
    chunk_row(f"size with {what}", 400, sized(form))
chunk_row("size over 64 bits", 413, lambda body: b"1" + b"0" * 16 + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
chunk_row("size of 64 bits that would wrap around", 413, lambda body: b"ffffffffffffff%02x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
chunk_row("data longer than its size", 400, lambda body: b"1\r\n" + body + b"\r\n0\r\n\r\n")
chunk_row("data shorter than its size", 400, lambda body: b"%x\r\n" % (len(body) + 2) + body + b"\r\n0\r\n\r\n" + b" " * 20)
chunk_row("no line end behind the data", 400, lambda body: b"%x\r\n" % len(body) + body + b"0\r\n\r\n")
chunk_row("a bare LF behind the size", 400, lambda body: b"%x\n" % len(body) + body + b"\r\n0\r\n\r\n")
chunk_row("a bare CR behind the size", 400, lambda body: b"%x\r" % len(body) + body + b"\r\n0\r\n\r\n")
chunk_row("a bare LF behind the data", 400, lambda body: b"%x\r\n" % len(body) + body + b"\n0\r\n\r\n")
chunk_row("two bytes that are no line end behind the data", 400, lambda body: b"%x\r\n" % len(body) + body + b"XX0\r\n\r\n")
chunk_row("bare LFs at the end", 400, ended("0\n\n"))
chunk_row("a bare LF for the last line", 400, ended("0\r\n\n"))
chunk_row("CR and something else for the last line", 400, ended("0\r\n\rX"))
for what, form in {"a name": "{n:x};a", "a name and a value": "{n:x};a=b", "a quoted value": '{n:x};a="b c"'}.items():
    chunk_row(f"extension with {what}", KEPT(200), sized(form), "9112 7.1.1")
for what, form in {"nothing": "{n:x};", "a value and no name": "{n:x};=b", "a blank before its name": "{n:x}; a",
                   "an end of line in quotes": '{n:x};a="\r\nb"', "a bare LF": "{n:x};a\n0", "a bare CR": "{n:x};a\rb", "NUL": "{n:x};a\0", "a control character": "{n:x};a\x0b"}.items():
    chunk_row(f"extension with {what}", 400, sized(form), "9112 7.1.1")
chunk_row("extension over 16 KiB", 400, sized("{n:x};" + "x" * 17000), "9112 7.1.1")

# RFC 9112, 7.1.2: trailers

chunk_row("a trailer", KEPT(200), ended("0\r\nX-Sum: 1\r\n\r\n"), "9112 7.1.2")
for name, value in {"length": "Content-Length: 999", "coding": "Transfer-Encoding: gzip", "host": "Host: elsewhere"}.items():
    chunk_row(f"a {name} as a trailer does not count", KEPT(200), ended(f"0\r\n{value}\r\n\r\n"), "9112 7.1.2")
for what, line in {"without a colon": "X-Sum", "that looks like a request": "POST /track HTTP/1.1", "without a name": ": 1",
                   "with a blank before the colon": "X-Sum : 1", "with a name that is no token": "X(Sum: 1", "folded": "X-A: 1\r\n 2",
                   "behind a blank": " X-Sum: 1", "with NUL": "X-A: a\0b", "with a bare CR": "X-A: a\rb", "with a bare LF": "X-A: a\nX-B: b",
                   "with a control character": "X-A: a\x0b", "with a byte over 127 in its name": "X\xe9: 1"}.items():
    chunk_row(f"a trailer {what}", 400, ended(f"0\r\n{line}\r\n\r\n"), "9112 7.1.2")
chunk_row("trailers over 16 KiB", 431, ended("0\r\nX-A: " + "x" * 17000 + "\r\n\r\n"), "9112 7.1.2")

# Connections, and other protocols on this port

for name in ("Content-Length", "Host"):
    row("9110 7.6.1", f"a connection option that names {name} takes nothing away", KEPT(200), [HOST, f"Connection: {name}", LENGTH])
row("9110 7.6.1", "a connection option that names Transfer-Encoding takes nothing away", KEPT(200),
    [HOST, "Connection: Transfer-Encoding", CHUNKED], coded=chunked)
row("9110 7.8", "Upgrade is not taken up", KEPT(200), [HOST, "Connection: Upgrade", "Upgrade: websocket", LENGTH])
row("9110 7.8", "Upgrade to h2c is not taken up", KEPT(200), [HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                                                             "HTTP2-Settings: AAMAAABkAAQAAP__", LENGTH])
row("9110 10.1.1", "an expectation that nobody knows", 417, [HOST, "Expect: a miracle", LENGTH])
row("9110 10.1.1", "two expectations", 400, [HOST, "Expect: 100-continue", "Expect: 100-continue", LENGTH])
raw("9113 3.4", "the preface of HTTP/2", 400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
raw("8446 4.1.2", "a ClientHello of TLS 1.3", 400, bytes.fromhex("16030100a5010000a10303") + b"\0" * 200)
raw("8446 D.5", "a ClientHello of SSL 2.0", 400, bytes.fromhex("802e0100020015000000100100800200800300800600400400800700c0") + b"\0" * 16)
raw("1928 3", "SOCKS 5", 400, b"\5\1\0" + b"\r\n\r\n")
raw("4253 4.2", "SSH", 400, b"SSH-2.0-OpenSSH_9.2\r\n")
raw("5321 4.1", "SMTP", 400, b"EHLO x\r\n")
raw("PROXY", "PROXY protocol 1 from nobody that is trusted", 400, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + bare("PROXY protocol 1", "\r\n"))
raw("PROXY", "PROXY protocol 2 from nobody that is trusted", 400, bytes.fromhex("0d0a0d0a000d0a515549540a2111000c") + b"\0" * 12)
raw("9112 3", "bytes over 127", 400, bytes(range(128, 256)) + b"\r\n\r\n")
