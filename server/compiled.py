"""Templates as code, compiled once in a process: in a serving process while nobody waits for it yet."""

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """The code of templates by name and text; nothing of it is written, since who writes code could have it run."""

    def __init__(self) -> None:
        self._known: dict[str, Bucket] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in the code where the same text was compiled before."""
        known = self._known.get(bucket.key)
        if known and known.checksum == bucket.checksum:
            bucket.code = known.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code."""
        self._known[bucket.key] = bucket


_compiled = Compiled()


def init_app(app: Flask) -> None:
    """Let the app take its templates from here; it comes before anything that asks for its `jinja_env`."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "bytecode_cache": _compiled}


def compile_all(app: Flask) -> None:
    """Compile every template that the app has, for all apps of this process."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
