"""The user data of Terraform's instances, rendered by terraform itself."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy/terraform/modules/collector/host"
DEFAULTS = {"region": "eu-central-1", "bucket": "lake", "package_key": "packages/inlet-0.deb", "package_sha256": "", "volume": "",
            "config": "", "domain": "", "acme_email": "", "acme_server": "", "tls_certificate": "", "tls_key": "", "group": "",
            "drain_hook": "", "launch_hook": ""}


def why_not():
    return None if shutil.which("terraform") else "terraform is not installed"


def rendered(package, **values):
    """The script for an instance that installs this package."""
    chosen = {**DEFAULTS, "package_sha256": hashlib.sha256(package.read_bytes()).hexdigest(),
              "mount_journal": (FOLDER / "mount-journal.sh").read_text(), **values}
    pairs = json.dumps(chosen).replace("${", "$${").replace("%{", "%%{")
    expression = f'base64encode(templatefile("user-data.sh.tftpl", {pairs}))\n'
    done = subprocess.run(["terraform", "console"], input=expression, capture_output=True, text=True, check=True, cwd=FOLDER,
                          timeout=60, env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"})
    return base64.b64decode(done.stdout.strip().strip('"')).decode()
