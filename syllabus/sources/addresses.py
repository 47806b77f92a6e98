"""Which addresses on the network a URL may lead to."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Guard:
    """Makes the sockets of an aiohttp connector, and refuses those to this machine or to a private network.

    It sees the address of every connection itself: after names are resolved and at every redirect.

    Args:
        allow_private: whether to refuse none.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self.refused: str | None = None

    def __call__(self, info: tuple[Any, ...]) -> socket.socket:
        """Return a socket for an address, as `socket.getaddrinfo` describes it.

        Raises:
            PermissionError: the address is private, and this is not allowed.
        """
        family, kind, protocol, _, address = info
        if not self._allow_private and not public(address[0]):
            self.refused = address[0]
            raise PermissionError(f"{address[0]} is a private address")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made


def public(address: str) -> bool:
    """Return whether an IP address is one of the public internet.

    >>> [public(address) for address in ("93.184.215.14", "127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254")]
    [True, False, False, False]
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # An IPv4 address may be written, or reached, as one of IPv6.
        within = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if within is None and found in _NAT64:
            within = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if within:
            return public(str(within))
    return found.is_global and not found.is_multicast
