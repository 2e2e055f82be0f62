"""Certificates for tests, made by the openssl program: an authority of one's own and what it signs."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CertificatePaths:
    """``authority`` is what a client trusts."""

    certificate: Path
    key: Path
    authority: Path


def make_certificate(folder: Path, name: str = "localhost", digest: str = "sha256") -> CertificatePaths:
    """Valid for ``localhost`` and 127.0.0.1; each call makes a new authority and new keys in ``folder``."""
    paths = CertificatePaths(folder / f"{name}.crt", folder / f"{name}.key", folder / f"{name}.ca.crt")
    authority_key, request, extensions = (folder / f"{name}.{end}" for end in ("ca.key", "csr", "ext"))
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    _openssl("req", "-x509", *new_key, "-keyout", authority_key, "-out", paths.authority, "-subj", "/CN=test authority")
    _openssl("req", *new_key, "-keyout", paths.key, "-out", request, "-subj", f"/CN={name}")
    _openssl(
        "x509", "-req", "-in", request, "-CA", paths.authority, "-CAkey", authority_key, "-CAcreateserial",
        f"-{digest}", "-days", "2", "-extfile", extensions, "-out", paths.certificate,
    )  # fmt: skip
    return paths


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
