"""What is wrong with the TLS of a source, in one of our words."""

from __future__ import annotations

import ssl

EXPIRED = frozenset({9, 10})
WRONG_HOST = frozenset({62, 63, 64})
"""OpenSSL's X509_V_ERR_… : not yet or no longer valid; another host, mail address or IP address."""
VERSION = frozenset({"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE", "VERSION_TOO_LOW", "WRONG_SSL_VERSION"})


def reason(error: BaseException) -> str:
    """tls_expired, tls_wrong_host, tls_untrusted, tls_version, or tls where it is something else; `error` is OpenSSL's, or holds it."""
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(inner, ssl.CertificateError):
        if inner.verify_code in EXPIRED:
            return "tls_expired"
        return "tls_wrong_host" if inner.verify_code in WRONG_HOST else "tls_untrusted"
    return "tls_version" if getattr(inner, "reason", None) in VERSION else "tls"
