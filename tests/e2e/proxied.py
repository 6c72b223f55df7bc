"""What proxies send ahead of their clients' bytes: headers of the PROXY protocol, version 2."""

import ipaddress
import struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def proxy_header(address, command=0x21, family=None):
    """For a client with this address; None: of a proxy that speaks for itself."""
    if address is None:
        return SIGNATURE + struct.pack("!BBH", 0x20, 0, 0)
    ip = ipaddress.ip_address(address)
    addresses = ip.packed * 2 + struct.pack("!HH", 4660, 8080)
    return SIGNATURE + struct.pack("!BBH", command, family or (0x11 if ip.version == 4 else 0x21), len(addresses)) + addresses
