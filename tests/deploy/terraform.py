"""Runs terraform without AWS: on a copy of deploy/terraform, with a provider that is on this machine."""

import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "deploy/terraform"
PROVIDER = "registry.terraform.io/hashicorp/aws"


def provider_folder():
    """A folder that holds PROVIDER: TF_PLUGIN_DIR, else the first below /opt and /usr/share/terraform; None if there is none."""
    if chosen := os.environ.get("TF_PLUGIN_DIR"):
        return pathlib.Path(chosen) if (pathlib.Path(chosen) / PROVIDER).is_dir() else None
    for place in (pathlib.Path("/usr/share/terraform"), *sorted(pathlib.Path("/opt").glob("*"))):
        for folder in (place, place / "providers", place / "plugins"):
            if (folder / PROVIDER).is_dir():
                return folder
    return None


def why_not():
    """Why terraform cannot run here; None if it can."""
    if shutil.which("terraform") is None:
        return "terraform is not installed"
    if provider_folder() is None:
        return f"there is no {PROVIDER} on this machine (TF_PLUGIN_DIR)"
    return None


class Terraform:
    """A working copy with a state of its own."""

    def __init__(self, folder, variables=None):
        self.folder = pathlib.Path(folder)
        shutil.copytree(SOURCE, self.folder, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "terraform.tfvars"))
        self.set(**(variables or {}))

    def set(self, **variables):
        """Of terraform.tfvars.json: what is not named here stays."""
        path = self.folder / "terraform.tfvars.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**before, **variables}))

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def run(self, *arguments, check=True, timeout=1500):
        """On a machine with much else to do each start of the provider can take over a minute, and a command starts it up to five
        times. One that is killed for it may leave an empty state behind."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        done = subprocess.run(
            ["terraform", arguments[0], *arguments[1:]], cwd=self.folder, capture_output=True, text=True, timeout=timeout,
            check=False, stdin=subprocess.DEVNULL,
            env={**clean, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1",
                 "AWS_EC2_METADATA_DISABLED": "true", "TF_CLI_ARGS": "-no-color"})
        if check and done.returncode != 0:
            raise AssertionError(f"terraform {' '.join(arguments)} ended with {done.returncode}:\n"
                                 f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}")
        return done

    def init(self):
        # The lock file of the checkout is what it must agree with.
        self.run("init", f"-plugin-dir={provider_folder()}", "-input=false", "-lockfile=readonly")
        return self

    def apply(self):
        self.run("apply", "-auto-approve", "-input=false")

    def plan(self):
        """The plan as JSON."""
        self.run("plan", "-input=false", "-out=plan")
        return json.loads(self.run("show", "-json", "plan").stdout)

    def state(self):
        return json.loads(self.run("show", "-json").stdout)

    def outputs(self):
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json").stdout).items()}


def resources(module):
    """All managed resources of a plan's or a state's root module."""
    found = [resource for resource in module.get("resources", []) if resource["mode"] == "managed"]
    for child in module.get("child_modules", []):
        found += resources(child)
    return found


def whole(value):
    """Without what is empty: "", null and a block of nothing are one."""
    if isinstance(value, dict):
        value = {name: kept for name, item in value.items() if (kept := whole(item)) is not None}
    elif isinstance(value, list):
        value = [kept for item in value if (kept := whole(item)) is not None]
    return None if value in ("", {}, []) else value


def changes(plan):
    """What a plan would change: {address: {attribute}}."""
    found = {}
    for item in plan.get("resource_changes", []):
        if item["mode"] != "managed" or item["change"]["actions"] in (["no-op"], ["read"]):
            continue
        before, after = item["change"]["before"] or {}, item["change"]["after"] or {}
        # (What was empty and is computed is unknown in every change, whatever it changes.)
        unknown = {name for name, value in (item["change"].get("after_unknown") or {}).items() if value is True and before.get(name)}
        differ = {name for name in after if whole(before.get(name)) != whole(after[name])}
        found[item["address"]] = unknown | differ or set(item["change"]["actions"])
    return found
