"""Certificates that are wrong in one way each, from an authority of our own."""

import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

HOST = "127.0.0.1"


def server(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context


def good(ca: trustme.CA) -> ssl.SSLContext:
    return server(ca.issue_cert(HOST))


def expired(ca: trustme.CA) -> ssl.SSLContext:
    return server(ca.issue_cert(HOST, not_before=datetime.now(UTC) - timedelta(days=9), not_after=datetime.now(UTC) - timedelta(days=1)))


def wrong_host(ca: trustme.CA) -> ssl.SSLContext:
    return server(ca.issue_cert("lain.test"))


def self_signed(_ca: trustme.CA) -> ssl.SSLContext:
    """Of an authority that nobody knows."""
    return server(trustme.CA().issue_cert(HOST))


@contextmanager
def old_server(ca: trustme.CA) -> Iterator[int]:
    """The port of a server that speaks TLS 1.1 at most. A thread, since OpenSSL itself then sends the alert; asyncio swallows it."""
    context = good(ca)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_server((HOST, 0)) as listening:

        def serve() -> None:
            line, _ = listening.accept()
            with line, suppress(ssl.SSLError):
                context.wrap_socket(line, server_side=True).close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


WRONG: dict[str, Callable[[trustme.CA], ssl.SSLContext]] = {
    "tls_expired": expired,
    "tls_wrong_host": wrong_host,
    "tls_untrusted": self_signed,
}


def authority(folder: Path) -> tuple[trustme.CA, str]:
    """A new one, and the file that vouches for it."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    return ca, str(folder / "ca.pem")
