"""Where the folders are that ship with the code: in an installed wheel, or beside the package in a checkout."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def folder(name: str) -> Path:
    """The folder `templates`, `policies` or `examples`. Raises FileNotFoundError that says where it looked."""
    package = Path(str(resources.files("audit")))
    places = (package / "_shipped" / name, package.parent / name)
    for place in places:
        if place.is_dir():
            return place
    looked = " nor ".join(str(place) for place in places)
    raise FileNotFoundError(f"there is no folder {name!r}: neither {looked}; install Evenhand again")
