#!/usr/bin/env python3
"""Makes the documents of the package: man page, copyright, change log, and a configuration file with every key.

    make_documents.py --binary INLET --version VERSION --output FOLDER LIBRARY_PACKAGE...

The pages follow the program's own help and the distribution's own copyright files of what is linked into it. Run by CMake.
"""

import argparse
import datetime
import gzip
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def run(binary, *arguments):
    # Help names the program as it was called.
    return subprocess.run(["inlet", *arguments], executable=binary, capture_output=True, text=True, check=True,
                          env={"PATH": "/usr/bin:/bin"}).stdout


def write_compressed(path, text):
    # No name and no time of their own: the same input gives the same bytes.
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=9, mtime=0) as file:
        file.write(text.encode())


def sections_of(help_text):
    """{"": [lines of the description], "Options": [(term, text), ...], ...} of one --help."""
    sections, title = {"": []}, ""
    for line in help_text.splitlines():
        if found := re.fullmatch(r"([A-Z][A-Za-z ]*):", line):
            title = found[1]
            sections[title] = []
        elif line.startswith("Usage:"):
            sections["Usage"] = [line.split("inlet", 1)[1].strip()]
        elif title and (found := re.match(r"  (\S.*?)(?:\s{2,}| (?=[A-Z][a-z]))(\S.*)?$", line)):
            sections[title].append((found[1], found[2] or ""))
        elif title and line.startswith("   ") and sections[title]:
            term, text = sections[title][-1]
            sections[title][-1] = (term, f"{text} {line.strip()}".strip())
        elif line.strip():
            title = ""
            sections[""].append(line.strip())
    return sections


def commands_of(binary, *path):
    """(path, sections) of a command and of all below it, those with a text of their own only."""
    sections = sections_of(run(binary, *path, "--help"))
    below = [name for name, _ in sections.get("Subcommands", [])]
    if path and not below:
        yield path, sections
    for name in below:
        yield from commands_of(binary, *path, name)


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def command_text(path, sections):
    lines = [f".SS {roff('inlet ' + ' '.join(path))}"]
    usage = sections["Usage"][0].removeprefix(" ".join(path)).strip()
    lines += [f".B {roff('inlet ' + ' '.join(path))} {roff(usage)}".rstrip(), ".PP"]
    lines += [roff(line) for line in sections[""]]
    for title in ("Positionals", "Options"):
        for term, text in sections.get(title, []):
            if term.startswith("-h,"):
                continue
            lines += [".TP", f".B {roff(term)}", roff(text)]
    return "\n".join(lines)


def man_page(binary, version, date):
    text = (HERE / "inlet.1.in").read_text()
    commands = "\n".join(command_text(path, sections) for path, sections in commands_of(binary))
    return text.replace("@DATE@", f"{date:%Y-%m-%d}").replace("@VERSION@", version).replace("@COMMANDS@", commands)


def change_log(version, date):
    return (f"inlet ({version}) stable; urgency=medium\n\n  * What is new: /usr/share/doc/inlet/CHANGELOG.md.gz\n\n"
            f" -- {maintainer()}  {date:%a, %d %b %Y %H:%M:%S +0000}\n")


def maintainer():
    found = re.search(r'CPACK_DEBIAN_PACKAGE_MAINTAINER "([^"]+)"', (ROOT / "cmake/Package.cmake").read_text())
    return found[1]


def copyright_text(packages):
    parts = [(HERE / "copyright").read_text()]
    for package in packages:
        text = pathlib.Path("/usr/share/doc", package, "copyright").read_text(errors="replace").strip()
        parts.append(f"{'-' * 100}\nWhat is taken from the package {package}:\n\n{text}\n")
    return "\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("packages", nargs="*")
    arguments = parser.parse_args()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or (ROOT / "CHANGELOG.md").stat().st_mtime)
    date = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
    output = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    write_compressed(output / "inlet.1.gz", man_page(arguments.binary, arguments.version, date))
    write_compressed(output / "changelog.gz", change_log(arguments.version, date))
    write_compressed(output / "CHANGELOG.md.gz", (ROOT / "CHANGELOG.md").read_text())
    (output / "inlet.toml.example").write_text(run(arguments.binary, "config", "--example"))
    (output / "copyright").write_text(copyright_text(arguments.packages))


if __name__ == "__main__":
    main()
