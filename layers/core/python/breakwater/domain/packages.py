"""What a deployment deploys, by a name under which its past deployments are found."""

from collections.abc import Iterable
from hashlib import sha256

MAX_PACKAGE_CHARS = 256


def package_of(names: Iterable[str]) -> str:
    """Return the one name of what is deployed together, whatever the order it was given in."""
    name = ",".join(sorted(names))
    if len(name) <= MAX_PACKAGE_CHARS:
        return name
    return f"sha256:{sha256(name.encode()).hexdigest()}"


def package_key(service: str, package: str) -> str:
    """Return what a service's package is found by: no service tells two apart by case alone."""
    return f"{service}/{package.casefold()}"
