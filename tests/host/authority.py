"""Pebble, the ACME authority for tests (RFC 8555), and its DNS, inside a machine."""

import json
import ssl
import urllib.request

from inlet_server import wait_until

FOLDER = "/srv/authority"  # services have a /var/tmp of their own
DAY = 86400


class Authority:
    """Every name leads to the machine itself. REQUIRES: pebble and openssl in the machine."""

    def __init__(self, machine, name="first", port=14000, days=90, env=None, blocked=()):
        self.machine = machine
        self.unit = f"authority-{name}"
        self.port, self.management_port = port, port + 1000
        self.directory = f"https://127.0.0.1:{port}/dir"
        self.config = f"{FOLDER}/{name}.json"
        self.env = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", **(env or {})}
        machine.write(self.config, json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{self.management_port}",
            "certificate": f"{FOLDER}/own.pem", "privateKey": f"{FOLDER}/own.key", "httpPort": 80, "tlsPort": 443,
            "ocspResponderURL": "", "externalAccountBindingRequired": False, "domainBlocklist": list(blocked),
            "certificateValidityPeriod": days * DAY}}))

    def start(self):
        self.machine.shell(f"""
            mkdir -p {FOLDER}; cd {FOLDER}
            [ -e own.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \\
                -keyout own.key -out own.pem -subj /CN=authority -addext subjectAltName=IP:127.0.0.1
            chmod 0644 own.pem
            systemctl is-active --quiet names || systemd-run --quiet --unit=names pebble-challtestsrv \\
                -defaultIPv4 127.0.0.1 -defaultIPv6 "" -dns01 127.0.0.1:8053 -management 127.0.0.1:8055 \\
                -http01 "" -https01 "" -tlsalpn01 ""
        """)
        variables = [f"--setenv={name}={value}" for name, value in self.env.items()]
        self.machine.run("systemd-run", "--quiet", f"--unit={self.unit}", *variables, "pebble", "-strict",
                         "-config", self.config, "-dnsserver", "127.0.0.1:8053")
        with self.machine.network():
            wait_until(self._is_up, what="the authority")
        return self

    def stop(self):
        self.machine.systemctl("stop", self.unit)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _ask(self, url):
        context = ssl.create_default_context(cafile=self.machine.path(f"{FOLDER}/own.pem"))
        with urllib.request.urlopen(url, timeout=10, context=context) as response:
            return response.read().decode()

    def _is_up(self):
        try:
            return bool(self._ask(self.directory))
        except OSError:
            return False

    def trust(self):
        """A client's TLS context that trusts what this authority issues, and nothing else."""
        context = ssl.create_default_context()
        with self.machine.network():
            context.load_verify_locations(cadata=self._ask(f"https://127.0.0.1:{self.management_port}/roots/0"))
        return context

    def configure_inlet(self, domain, email="owner@example.org"):
        self.machine.write("/etc/inlet/acme.env", f"INLET_ACME_DOMAIN={domain}\nINLET_ACME_EMAIL={email}\n"
                           f"INLET_ACME_SERVER={self.directory}\nLEGO_CA_CERTIFICATES={FOLDER}/own.pem\n")


def resolve(machine, address):
    """What the authority's DNS says about every name: an address, or "" for none."""
    with machine.network():
        call = urllib.request.Request("http://127.0.0.1:8055/set-default-ipv4", json.dumps({"ip": address}).encode())
        urllib.request.urlopen(call, timeout=10).close()
