"""What must never come back; nothing can be forgotten yet."""

from pyoxigraph import Quad


class Forgetting:
    """The tombstones of a data folder."""

    def keep(self, quads: list[Quad]) -> list[Quad]:
        """Return the quads less what is forgotten."""
        return quads
