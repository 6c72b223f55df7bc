"""The Debian package under test, and later versions of it."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def deb():
    """INLET_DEB, or the newest that deploy/build-deb.sh made; None if there is none."""
    if chosen := os.environ.get("INLET_DEB"):
        return pathlib.Path(chosen)
    made = sorted((ROOT / "build/package").glob("inlet_*.deb"), key=lambda path: path.stat().st_mtime)
    return made[-1] if made else None


def field(package, name):
    return subprocess.run(["dpkg-deb", "--field", package, name], capture_output=True, text=True,
                          check=True).stdout.strip()


def unpack(package, folder):
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder], check=True)
    return pathlib.Path(folder)


def next_version(package, folder, version, change=None):
    """The same package under a later version, after `change(unpacked folder)`."""
    unpacked = unpack(package, folder / version)
    control = unpacked / "DEBIAN/control"
    control.write_text(control.read_text().replace(f"Version: {field(package, 'Version')}", f"Version: {version}"))
    if change:
        change(unpacked)
        files = sorted(path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file() and "DEBIAN" not in path.parts)
        sums = subprocess.run(["md5sum", *files], cwd=unpacked, capture_output=True, text=True, check=True).stdout
        (unpacked / "DEBIAN/md5sums").write_text(sums)
    made = folder / f"inlet_{version}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", unpacked, made], check=True, capture_output=True)
    return made
