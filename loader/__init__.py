"""News articles to quads: pure stages over frozen records, with word lists as data."""

LOADER_VERSION = "0.1.0"
"""What `ac:loaderVersion` names; the version of the distribution."""
