"""Lets Python clients resolve `*.localhost` to loopback, which only browsers and curl do by themselves.

Importing this module is enough. No other name can be resolved from then on, so a ring that would leave the machine fails
instead.
"""

import ipaddress
import socket

_ask_the_system = socket.getaddrinfo


def _pinned(host, port, *rest, **named):
    name = host.decode() if isinstance(host, bytes) else host
    if name is None:
        return _ask_the_system(name, port, *rest, **named)
    if name.rstrip(".").lower() == "localhost" or name.rstrip(".").lower().endswith(".localhost"):
        return _ask_the_system("127.0.0.1", port, *rest, **named)
    try:
        loopback = ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise socket.gaierror(socket.EAI_NONAME, f"rings use loopback only, {name} was asked for")
    return _ask_the_system(name, port, *rest, **named)


socket.getaddrinfo = _pinned
