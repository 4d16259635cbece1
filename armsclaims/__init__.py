"""Who alleged an arms transfer, who denied it, who stayed silent: the command line and the Python API."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from armsclaims.api import open_release
    from armsclaims.claims import open_claims

__all__ = ["__version__", "open_claims", "open_release"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # rdflib takes a third of a second to import, which `armsclaims --help` should not pay.
    if name == "open_release":
        from armsclaims.api import open_release

        return open_release
    if name == "open_claims":
        from armsclaims.claims import open_claims

        return open_claims
    raise AttributeError(f"module 'armsclaims' has no attribute {name!r}")
