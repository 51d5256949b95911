"""A certificate for this machine's loopback, from an authority of its own that lives as long as its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

VARIABLE = "SSL_CERT_FILE"
"""Who is to trust a server with such a certificate is told by this variable where the authority's file is."""


@dataclass(frozen=True)
class Certificate:
    """Paths of PEM files: what the server shows, its key, and the authority its clients are to trust."""

    chain: str
    key: str
    authority: str


def make(folder: Path) -> Certificate:
    """Make an authority and a certificate for 127.0.0.1 and localhost in `folder`, which must exist."""
    import trustme

    authority = trustme.CA()
    shown = authority.issue_cert("127.0.0.1", "localhost")
    chain, key, trusted = folder / "server.pem", folder / "server.key", folder / "authority.pem"
    key.touch(mode=0o600)
    shown.private_key_pem.write_to_path(str(key))
    shown.cert_chain_pems[0].write_to_path(str(chain))
    authority.cert_pem.write_to_path(str(trusted))
    return Certificate(str(chain), str(key), str(trusted))
