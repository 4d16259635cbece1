"""Bearer tokens of those who may write: each has a name, and DATA/tokens.json holds only its digest."""

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from server.store import files
from server.store.errors import Damaged, StoreError, told
from server.store.lock import locked

FILE = "tokens.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SECRET_BYTES = 32  # so many that a fast digest is enough: nobody guesses them
LOCK_TIMEOUT = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Token:
    """Who may write, the SHA-256 of the secret, and when it was made (UTC)."""

    name: str
    sha256: str
    created: str


def read(folder: Path) -> list[Token]:
    """Return the tokens of a data folder; none means that nobody may write.

    :raises Damaged: when their file cannot be read.
    """
    try:
        return [Token(**entry) for entry in json.loads((folder / FILE).read_bytes())]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise Damaged(f"{folder / FILE} cannot be read ({error}): remove it and add the tokens again") from error


def add(folder: Path, name: str) -> str:
    """Let `name` write from now on, and return the secret, which nothing can show again.

    :raises StoreError: when the name is taken or has other characters than letters, digits, `.`, `_` and `-`.
    """
    if not NAME.fullmatch(name):
        raise StoreError(f"{name!r} cannot be a name: use up to 64 letters, digits, '.', '_' and '-'")
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder, "adding a token", LOCK_TIMEOUT):
            tokens = read(folder)
            if any(token.name == name for token in tokens):
                raise StoreError(f"there is a token of {name!r} already: revoke it, or choose another name")
            secret = secrets.token_urlsafe(SECRET_BYTES)
            _write(folder, [*tokens, Token(name, _digest(secret), datetime.now(UTC).isoformat(timespec="seconds"))])
    return secret


def revoke(folder: Path, name: str) -> None:
    """Let `name` write no more, from now on.

    :raises StoreError: when there is no token of that name.
    """
    with told(folder), locked(folder, "revoking a token", LOCK_TIMEOUT):
        tokens = read(folder)
        left = [token for token in tokens if token.name != name]
        if len(left) == len(tokens):
            known = ", ".join(token.name for token in tokens) or "none"
            raise StoreError(f"there is no token of {name!r}; there are: {known}")
        _write(folder, left)


def holder(tokens: list[Token], secret: str) -> str | None:
    """Return whose secret it is, None if nobody's; takes the same time whichever token it is."""
    digest = _digest(secret)
    found = None
    for token in tokens:
        if hmac.compare_digest(token.sha256, digest):
            found = token.name
    return found


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _write(folder: Path, tokens: list[Token]) -> None:
    content = json.dumps([asdict(token) for token in tokens], indent=1).encode() + b"\n"
    files.write(folder / FILE, content, mode=0o600)
