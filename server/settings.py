"""The one table of settings: environment variables, command-line help and docs/settings.md all come from it."""

# ruff: noqa: RUF009 - every call of _setting makes a dataclass field

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import click

ENVIRONMENT_PREFIX = "ARMSCLAIMS_"
QUERIES_FOLDER = Path(__file__).resolve().parent.parent / "queries"
DEFAULT_GRAPHS = ("union-set", "plain")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("plain", "json")
FORWARDED = ("for", "host", "port", "proto", "prefix", "forwarded")  # X-Forwarded-…, or the header of RFC 7239
LOOPBACK = ("127.0.0.0/8", "::1/128")

_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_Command = TypeVar("_Command", bound=Callable[..., Any])


class BadSetting(ValueError):
    """A setting with a value that cannot be used; the text is one line that says which and what to write."""


def _text(text: str) -> str:
    return text


def _path(text: str) -> Path:
    if not text:
        raise ValueError("a folder")
    return Path(text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise ValueError("seconds, more than 0 and at most 86400")
    return seconds


def _bytes(text: str) -> int:
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].upper() in ("K", "M", "G") else (text, "")
    if not number.isdecimal():
        raise ValueError("a number of bytes such as 500K, 64M or 2G")
    return int(number) * _UNITS[unit]


def _address(text: str) -> str:
    if not re.fullmatch(r"(https?://[^\s/?#@<>\"{}|\\^`]+(/[^\s#<>\"{}|\\^`]*)?)?", text):
        raise ValueError("an address that begins with http:// or https://, without user and password")
    return text


def _optional_path(text: str) -> Path | None:
    return Path(text) if text else None


def _iris(text: str) -> tuple[str, ...]:
    iris = tuple(text.replace(",", " ").split())
    if not all(iri.startswith(("http://", "https://")) for iri in iris):
        raise ValueError("IRIs that begin with http:// or https://, separated by spaces or commas")
    return iris


def _base(text: str) -> str:
    if not re.fullmatch(r"""https?://[^\s/?#<>"{}|\\^`]+(/[^\s?#<>"{}|\\^`]*)?""", text):
        raise ValueError("an address such as https://example.org/claims/, without ? and #")
    return text.rstrip("/") + "/"


def _default_graph(text: str) -> str:
    if text not in DEFAULT_GRAPHS:
        raise ValueError(" or ".join(DEFAULT_GRAPHS))
    return text


def _level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError("one of " + ", ".join(LOG_LEVELS))
    return text.upper()


def _log_format(text: str) -> str:
    if text not in LOG_FORMATS:
        raise ValueError(" or ".join(LOG_FORMATS))
    return text


def _networks(text: str) -> tuple[str, ...]:
    if text == "none":
        return ()
    try:
        return tuple(str(ipaddress.ip_network(part)) for part in text.replace(",", " ").split())
    except ValueError:
        raise ValueError("addresses or networks such as 10.0.0.0/8, separated by spaces or commas, or none") from None


def _forwarded(text: str) -> tuple[str, ...]:
    names = tuple(text.replace(",", " ").split())
    if not names or not set(names) <= set(FORWARDED):
        raise ValueError("some of " + ", ".join(FORWARDED) + ", separated by spaces or commas")
    if "forwarded" in names and set(names) - {"forwarded", "prefix"}:
        raise ValueError("either forwarded or some of for, host, port, proto: a proxy that sets one lets others pass")
    return names


def _setting(default: Any, parse: Callable[[str], Any], shown: str, help: str) -> Any:
    return field(default=default, metadata={"parse": parse, "shown": shown, "help": help})


@dataclass(frozen=True)
class Settings:
    """The values a server runs with; each field is one setting and carries its own parser and help."""

    data: Path = _setting(Path("data"), _path, "data", "The data folder, with the releases of the dataset.")
    base: str = _setting(
        "https://w3id.org/armsclaims/",
        _base,
        "https://w3id.org/armsclaims/",
        "What the IRIs of resources and graphs begin with; a data folder keeps the one that it was loaded with.",
    )
    keep_releases: int = _setting(
        10, _whole(1, 10**6), "10", "Releases that a load or write leaves; older ones go, the current one never."
    )
    default_graph: str = _setting(
        "union-set",
        _default_graph,
        "union-set",
        "union-set: the default graph follows from the named graphs; plain: a dataset as written, nothing derived.",
    )
    engine: str = _setting(
        "", _address, "none", "The SPARQL endpoint that answers in place of the embedded store (docs/engines.md)."
    )
    engine_graphs: str = _setting(
        "", _address, "none", "The address of its graphs (Graph Store Protocol), which load and push write to."
    )
    engine_login: Path | None = _setting(
        None, _optional_path, "none", "A file with user:password for it, which only the server can read."
    )
    host: str = _setting("127.0.0.1", _text, "127.0.0.1", "The address to listen on; 0.0.0.0 is every address.")
    port: int = _setting(8000, _whole(0, 65535), "8000", "The port to listen on; 0 takes any free one.")
    title: str = _setting("Arms claims", _text, "Arms claims", "The name of the site, shown on every page.")
    queries: Path = _setting(QUERIES_FOLDER, _path, "queries", "The folder of the saved queries (*.rq).")
    threads: int = _setting(
        64, _whole(1, 1000), "64", "Requests in hand at the same time, those that wait for a worker included."
    )
    workers: int = _setting(4, _whole(1, 256), "4", "Worker processes that answer queries, one query each at a time.")
    query_timeout: float = _setting(
        30.0, _seconds, "30", "Seconds after which a query is stopped; a request may lower it by timeout=."
    )
    query_memory: int = _setting(
        2 * 1024**3, _bytes, "2G", "Address space that a worker may have; a query that needs more is stopped."
    )
    cache_bytes: int = _setting(
        64 * 1024**2, _bytes, "64M", "Bytes of answers that are kept for as long as their release is; 0 keeps none."
    )
    dump_triples: int = _setting(
        50_000,
        _whole(0, 10**12),
        "50000",
        "Triples up to which all files of a release are made at once, in the background; others when asked for.",
    )
    max_rows: int = _setting(
        100_000, _whole(0, 10**12), "100000", "Rows or triples of one answer; what is cut is told. 0 is no limit."
    )
    max_bytes: int = _setting(256 * 1024**2, _bytes, "256M", "Bytes of one answer; what is cut is told. 0 is no limit.")
    max_query_length: int = _setting(100_000, _whole(1, 10**9), "100000", "Characters of one query.")
    max_depth: int = _setting(100, _whole(1, 1000), "100", "Brackets inside each other in one query or update.")
    max_patterns: int = _setting(
        100, _whole(1, 10**4), "100", "Triple patterns, groups and path steps of one query; planning grows with them."
    )
    max_operators: int = _setting(1000, _whole(1, 10**4), "1000", "Operators, FILTERs, BINDs, UNIONs of one query.")
    max_body: int = _setting(1024**2, _bytes, "1M", "Bytes of one request's body that asks.")
    max_upload: int = _setting(64 * 1024**2, _bytes, "64M", "Bytes of one request's body that writes, unpacked.")
    write_timeout: float = _setting(120.0, _seconds, "120", "Seconds after which a write is stopped.")
    client_seconds: int = _setting(
        120, _whole(0, 10**6), "120", "Seconds of answering that one address may use in a minute. 0 is no limit."
    )
    client_errors: int = _setting(
        60, _whole(0, 10**6), "60", "Errors that one address may cause in a minute. 0 is no limit."
    )
    client_connections: int = _setting(
        100, _whole(0, 10**6), "100", "Connections that one address may have open; trusted proxies have no limit."
    )
    receive_timeout: float = _setting(
        30.0, _seconds, "30", "Seconds in which a request arrives; a long body has one more for every 16 kB."
    )
    send_timeout: float = _setting(
        30.0, _seconds, "30", "Seconds that a long answer waits for a client that takes nothing of it."
    )
    service_allow: tuple[str, ...] = _setting(
        (), _iris, "none", "Endpoints that SERVICE in a query may call, separated by spaces or commas."
    )
    trusted_proxies: tuple[str, ...] = _setting(
        (), _networks, "none", "Addresses or networks of the proxies in front, whose forwarded headers are believed."
    )
    proxy_hops: int = _setting(
        1, _whole(1, 10), "1", "How many proxies a request passes; each adds the one before it to X-Forwarded-For."
    )
    proxy_headers: tuple[str, ...] = _setting(
        ("for", "host", "proto"),
        _forwarded,
        "for, host, proto",
        "What the proxies set in place of what clients send: for, host, port, proto, prefix (of X-Forwarded-…) or "
        "forwarded (RFC 7239).",
    )
    metrics_for: tuple[str, ...] = _setting(
        LOOPBACK,
        _networks,
        ", ".join(LOOPBACK),
        "Addresses or networks that may read /metrics; 0.0.0.0/0 and ::/0 are all, none is nobody.",
    )
    shutdown_timeout: float = _setting(
        30.0, _seconds, "30", "Seconds that requests in hand may take after the order to stop or to reload."
    )
    log_format: str = _setting("plain", _log_format, "plain", "plain: lines to read; json: an object a line.")
    log_level: str = _setting("INFO", _level, "INFO", "How much to log: " + ", ".join(LOG_LEVELS) + ".")


def read(environment: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Return the settings: what is `given` (None is not given), else the environment, else the default.

    Text is parsed; values of other types are taken as they are. DATA, ENGINE and PORT are read without the prefix too.

    :raises BadSetting: for a value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for setting in fields(Settings):
        for name in _variables(setting.name):
            if environment.get(name):
                values[setting.name] = _parsed(setting.metadata["parse"], environment[name], name)
                break
        value = given.pop(setting.name, None)
        if value is not None:
            option = "--" + setting.name.replace("_", "-")
            values[setting.name] = (
                _parsed(setting.metadata["parse"], value, option) if isinstance(value, str) else value
            )
    if given:
        raise TypeError(f"no such setting: {', '.join(sorted(given))}")
    return Settings(**values)  # type: ignore[arg-type]


def as_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment from which `read` makes these settings again, and the rest of the one that is given."""
    known = {variable for setting in fields(Settings) for variable in _variables(setting.name)}
    result = {name: value for name, value in environment.items() if name not in known}
    for setting in fields(Settings):
        value = getattr(settings, setting.name)
        if value != setting.default:
            text = (" ".join(value) or "none") if isinstance(value, tuple) else str(value)
            result[ENVIRONMENT_PREFIX + setting.name.upper()] = text
    return result


def options(*names: str) -> Callable[[_Command], _Command]:
    """Return a decorator that gives a click command the settings of these names (all, without names) as options.

    A command with the data folder has the base too, which takes effect at once, in the environment.
    """
    import click

    def decorate(command: _Command) -> _Command:
        for setting in reversed(fields(Settings)):
            in_force = setting.name == "base"
            if not names or setting.name in names or (in_force and "data" in names):
                command = click.option(
                    "--" + setting.name.replace("_", "-"),
                    setting.name,
                    default=None,
                    expose_value=not in_force,
                    is_eager=in_force,
                    callback=_put_in_force if in_force else None,
                    help=f"{setting.metadata['help']} [default: {setting.metadata['shown']}]",
                )(command)
        return command

    return decorate


def _put_in_force(_context: "click.Context", _parameter: "click.Parameter", value: str | None) -> None:
    """Set the base of this process, which the first import of `ontology.terms` takes for good."""
    import click

    variable = ENVIRONMENT_PREFIX + "BASE"
    text = value or os.environ.get(variable)
    if not text:
        return
    try:
        base = str(_parsed(_base, text, "--base" if value else variable))
    except BadSetting as error:
        raise click.ClickException(str(error)) from error
    os.environ[variable] = base
    from ontology import terms

    if base != terms.BASE:
        raise click.ClickException(f"the base of this process is {terms.BASE} already: set {variable} before it starts")


def as_markdown() -> str:
    """Return docs/settings.md."""
    rows = [
        f"| `{ENVIRONMENT_PREFIX}{setting.name.upper()}` | `--{setting.name.replace('_', '-')}` "
        f"| {setting.metadata['shown']} | {setting.metadata['help']} |"
        for setting in fields(Settings)
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Written from the table in `server/settings.py` by `python -m server.settings > docs/settings.md`.",
            "A command-line option goes before an environment variable. `DATA`, `ENGINE` and `PORT` are read",
            "without the prefix too. Sizes may end in K, M or G.",
            "",
            "| environment | option | default | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _variables(name: str) -> tuple[str, ...]:
    prefixed = ENVIRONMENT_PREFIX + name.upper()
    return (prefixed, name.upper()) if name in ("data", "engine", "port") else (prefixed,)


def _parsed(parse: Callable[[str], object], text: str, name: str) -> object:
    try:
        return parse(text.strip())
    except ValueError as error:
        raise BadSetting(f"{name} is {text!r}, but must be {error}.") from None


if __name__ == "__main__":
    print(as_markdown(), end="")
