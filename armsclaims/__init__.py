"""Who alleged an arms transfer, who denied it, who stayed silent: the command line and the Python API."""

__version__ = "0.1.0"
