"""The image of deploy/docker/Dockerfile, built by buildah without an engine and without a registry: a clean root stands for its
base images. Inside of it runs what an engine would run."""

import json
import os
import shutil
import subprocess

import pytest

import lake
from inlet_server import ROOT, clean_environment, event, wait_until
from ports import free_port
from service import call, track

DOCKERFILE = ROOT / "deploy/docker/Dockerfile"
USER = 10001
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


class Buildah:
    def __init__(self, folder):
        self.options = ["--root", folder / "storage", "--runroot", folder / "run", "--storage-driver", "vfs"]

    def __call__(self, *words, **options):
        done = subprocess.run(["buildah", *self.options, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, cwd=ROOT, **options)
        assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout.strip()

    def tag(self, root, name):
        """The folder becomes an image, which trusts whom this machine trusts: npm may have to go through a proxy."""
        container = self("from", "scratch")
        self("add", "--quiet", container, root, "/")
        self("copy", "--quiet", container, AUTHORITIES, AUTHORITIES)
        self("config", "--env", f"NODE_EXTRA_CA_CERTS={AUTHORITIES}", container)
        self("commit", "--quiet", "--rm", container, name)


@pytest.fixture(scope="module")
def buildah(tmp_path_factory):
    if shutil.which("buildah") is None:
        pytest.skip("buildah is not installed")
    folder = tmp_path_factory.mktemp("buildah")
    yield Buildah(folder)
    shutil.rmtree(folder)  # some GB, which pytest would keep


@pytest.fixture(scope="module")
def image(root, buildah):
    for tag in ("12", "12-slim"):
        buildah.tag(root, f"docker.io/library/debian:{tag}")
    buildah("build", "--isolation", "chroot", "--pull-never", "--format", "docker", "--ignorefile",
            f"{DOCKERFILE}.dockerignore", "--file", DOCKERFILE, "--tag", "inlet", ".", timeout=3000)
    return json.loads(buildah("inspect", "--type", "image", "inlet"))["Docker"]["config"]


@pytest.fixture
def container(image, buildah):
    """The folder of a container's root, with the /proc that every engine gives: the loader finds the program's libraries by it."""
    name = buildah("from", "--pull-never", "inlet")
    folder = buildah("mount", name)
    subprocess.run(["mount", "--bind", "/proc", f"{folder}/proc"], check=True)
    yield folder
    subprocess.run(["umount", f"{folder}/proc"], check=True)
    buildah("rm", name)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_image_serves_as_its_own_user_says_that_it_is_healthy_and_stops_when_asked(image, container):
    assert (image["User"], image["StopSignal"], list(image["Volumes"])) == (f"{USER}:{USER}", "SIGTERM", ["/var/lib/inlet"])
    port = free_port()
    environment = {**clean_environment({}), **dict(pair.split("=", 1) for pair in image["Env"]), "INLET_SINK_LAKE_ROLL_MS": "50",
                   "INLET_SERVER_LISTEN": f"127.0.0.1:{port}", "INLET_ADMIN_LISTEN": f"127.0.0.1:{free_port()}",
                   "HEALTH_PORT": str(port)}
    inside = ["chroot", f"--userspec={USER}:{USER}", "--groups=", container]
    check = [*inside, *image["Healthcheck"]["Test"][1:]]
    with subprocess.Popen([*inside, *image["Entrypoint"], *image["Cmd"]], env=environment) as server:
        try:
            wait_until(lambda: subprocess.run(check, env=environment, check=False, capture_output=True).returncode == 0, what="health")
            assert track(port, "in a container", event()).status == 200
            wait_until(lambda: lake.rows(f"{container}/var/lib/inlet/lake"), what="the row in the lake")
            assert call(port, "GET", "/ui/").status == 200
        finally:
            server.terminate()
        assert server.wait(30) == 0
    assert subprocess.run(check, env=environment, check=False, capture_output=True).returncode != 0
    assert os.stat(f"{container}/var/lib/inlet/journal").st_uid == USER
