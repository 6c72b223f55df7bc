"""What makes a fault in memory harder to use is in the binary: found with readelf, not believed from the build files."""

import platform
import re
import subprocess

import pytest

from inlet_server import BINARY

X86 = platform.machine() == "x86_64"


def readelf(*options, path=BINARY):
    return subprocess.run(["readelf", "--wide", *options, path], capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="module")
def dynamic():
    return readelf("--dynamic")


@pytest.fixture(scope="module")
def segments():
    """[(type, flags)], as "LOAD", "R E"."""
    return re.findall(r"^\s+([A-Z_]+)\s+0x\S+ 0x\S+ 0x\S+ 0x\S+ 0x\S+ (.{3})", readelf("--program-headers"), re.MULTILINE)


@pytest.fixture(scope="module")
def imports():
    return set(re.findall(r" UND (\w+)", readelf("--dyn-syms")))


@pytest.fixture(scope="module")
def command_lines():
    """The compiler and its options for each of our sources, as its debugging information has them."""
    text = readelf("--debug-dump=info", "--dwarf-depth=1")
    units = re.findall(r"DW_AT_producer\s*:.*?: (GNU C\+\+.*)\n(?:.*\n)*?.*DW_AT_name\s*:.*: (\S+)", text)
    ours = {source: options for options, source in units if "/src/" in source}
    if not ours:
        pytest.skip("the binary has no debugging information: it was stripped, or is of another compiler")
    return ours


def test_it_can_be_loaded_anywhere(dynamic):
    assert re.search(r"Type:\s+DYN", readelf("--file-header"))
    assert re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic)


def test_its_tables_of_functions_are_read_only_once_it_runs(dynamic, segments):
    assert "GNU_RELRO" in {kind for kind, _ in segments}
    assert re.search(r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b", dynamic)


def test_nothing_is_writable_and_executable(segments, dynamic):
    assert ("GNU_STACK", "RW ") in segments
    assert not [kind for kind, flags in segments if "W" in flags and "E" in flags]
    assert "TEXTREL" not in dynamic


def test_it_looks_for_libraries_only_where_the_system_and_its_own_package_have_them(dynamic):
    """An empty path, or a relative one, would be the working folder."""
    paths = [path for found in re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic) for path in found.split(":")]
    assert set(paths) <= {"$ORIGIN/../lib/inlet"}


def test_overwritten_frames_are_noticed(imports):
    assert "__stack_chk_fail" in imports


def test_copies_over_the_end_of_a_buffer_are_noticed(imports):
    """-D_FORTIFY_SOURCE: some calls cannot be proved at compile time, and go to the checking functions."""
    assert {name for name in imports if name.startswith("__") and name.endswith("_chk")}


def has_cet_marks(path):
    return "x86 feature: IBT, SHSTK" in readelf("--notes", path=path)


@pytest.mark.skipif(not X86, reason="CET is of x86-64")
def test_the_processor_may_stop_bent_control_flow():
    """Both marks are only there if every object that was linked has them, those of the C library included."""
    done = subprocess.run(["g++", "-print-file-name=Scrt1.o"], capture_output=True, text=True, check=True, timeout=60)
    if not has_cet_marks(done.stdout.strip()):
        pytest.skip("the C library of this distribution has no CET, so no program that is linked here can")
    assert has_cet_marks(BINARY)


@pytest.mark.parametrize("option", ["-fstack-protector-strong", "-fstack-clash-protection", "-fPI[EC]",
                                    pytest.param("-fcf-protection", marks=pytest.mark.skipif(not X86, reason="CET is of x86-64"))])
def test_every_source_was_compiled_with(command_lines, option):
    assert len(command_lines) > 100
    assert not [source for source, options in command_lines.items() if not re.search(rf"{option}\b", options)]
