"""One measurement of a server: what the load saw, and what the server and its core did meanwhile."""

import os
import pathlib
import shutil
import sys

import machine


def find_program(name, package):
    # Debian's nginx is where only root's PATH leads.
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not path:
        sys.exit(f"error: {name} is not installed: apt-get install {package}")
    return path


def add_place_arguments(parser, root, fixed_rate=False):
    """What is measured, with what, and where: the arguments that the benchmarks over HTTP have in common."""
    cores = sorted(os.sched_getaffinity(0))
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every single result there")
    parser.add_argument("--binary", type=pathlib.Path, default=root / "build/release/inlet")
    parser.set_defaults(steady_load=None)
    if fixed_rate:
        parser.add_argument("--steady-load", type=pathlib.Path, metavar="BINARY",
                            help="default: bench/steady_load beside the binary")
    parser.add_argument("--dir", type=pathlib.Path, default=root / "build",
                        help="where the journal and the lake get a temporary folder (default: build/); no tmpfs")
    parser.add_argument("--server-core", type=int, default=cores[0])
    parser.add_argument("--load-core", type=int, default=cores[1 % len(cores)])


def check_space(folder, wanted):
    """Ends the program unless so many bytes are free there."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        sys.exit(f"error: {wanted / (1 << 30):.1f} GiB must be free in {folder} and {free / (1 << 30):.1f} GiB are; choose another "
                 "--dir, or measure less")


def check_place(arguments):
    """Settles those arguments, or ends the program."""
    arguments.binary = arguments.binary.resolve()
    arguments.steady_load = arguments.steady_load or arguments.binary.parent / "bench/steady_load"
    if not arguments.binary.exists():
        sys.exit(f"error: {arguments.binary} is not there: cmake --preset bench && cmake --build --preset bench")
    arguments.dir.mkdir(parents=True, exist_ok=True)
    arguments.dir = arguments.dir.resolve()


def describe_machine(options, folder, count):
    """Prints, and returns, what the figures depend on beside the servers."""
    times = machine.fdatasync_ms(folder, count)
    disk = {f"p{p}_ms": machine.percentile(times, p / 100) for p in (50, 99)}
    kind, load_average = machine.file_system_type(folder), os.getloadavg()[0]
    print(f"server on core {options.server_core}, load on core {options.load_core}, load average {load_average:.2f}")
    print(f"disk ({kind}): 4 KiB appended + fdatasync, {count} times: p50 {disk['p50_ms']:.3f} ms, "
          f"p99 {disk['p99_ms']:.3f} ms")
    if kind == "tmpfs":
        print("warning: tmpfs stores nothing, so fdatasync costs nothing; choose another --dir")
    if options.server_core == options.load_core:
        print("warning: server and load share a core; the figures say little")
    if load_average > 1.5:
        print("warning: other work is under way on this machine; the figures say little")
    return {"load_average": load_average, "fdatasync": disk}


def watch(server, seconds, measure):
    """Adds to what `measure()` returns what the server and its core did meanwhile."""
    cpu_before, core = server.cpu_seconds(), machine.CoreUse(server.core)
    result = measure()
    busy, seconds = core.busy(), result.get("seconds", seconds)
    server_use = (server.cpu_seconds() - cpu_before) / seconds
    result.update(server_use=server_use, others=max(0.0, busy - server_use), rss_bytes=server.rss_bytes())
    server.drain()
    result["cpu_seconds"] = server.cpu_seconds() - cpu_before
    if result["failed"]:
        print(f"  error: {result['failed']} requests to {server.name} failed")
    return result


def peak(server, load, events, connections, seconds):
    """As many requests as the server answers."""
    result = watch(server, seconds, lambda: load.peak(server.url, events, connections, seconds))
    result["requests_per_s"] = result["requests"] / result["seconds"]
    result["cpu_s_per_1000"] = result["cpu_seconds"] / max(1, result["requests"]) * 1000
    return result


def progress(text=""):
    """What is under way, on one line that the next one writes over; for a person only."""
    if sys.stderr.isatty():
        print(f"\r\33[K{text}", end="", file=sys.stderr, flush=True)
