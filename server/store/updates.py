"""SPARQL updates before they run: what the guard refuses in them, and the dataset that the protocol gives them."""

from collections.abc import Iterator, Sequence

from server.store.engine import BadQuery, Refused
from server.store.guard import STRINGS, Guard, Scan, Token, tokens

WORDS = {
    *("add", "all", "base", "clear", "copy", "create", "data", "default", "delete", "drop", "graph", "insert", "into"),
    *("move", "named", "prefix", "silent", "to", "using", "version", "where", "with"),
}
BEGINNINGS = {"", ";", "}"}  # what an operation follows; also the IRI or string that ends a prologue


class UpdateScan(Scan):
    """Counts as `Scan` does, but lets DATA blocks hold any number of triples, and refuses LOAD."""

    in_data = False

    def count(self, last: Token, token: Token) -> None:
        """Take the next token into account.

        :raises Refused: when a bound is exceeded, or at LOAD.
        """
        if self.in_data:
            self._count_data(token)
            return
        if not self.brackets and _begins_load(last, token):
            raise Refused("LOAD is not allowed: this server fetches nothing.")
        super().count(last, token)
        if token.text == "{" and len(self.brackets) == 1 and last.kind == "word":
            self.in_data = last.text.lower().endswith("data")

    def _count_data(self, token: Token) -> None:
        if token.kind in STRINGS:
            self.note_hidden(token)
        elif token.kind == "sign" and token.text in "([{":
            self.brackets.append(token.text)
            self._check("brackets inside each other", len(self.brackets), self.bounds.depth)
        elif token.kind == "sign" and token.text in ")]}":
            self.brackets.pop()
            self.in_data = bool(self.brackets)


def _begins_load(last: Token, token: Token) -> bool:
    """Tell whether LOAD begins here; pyoxigraph reads `LOADSILENT<x>` and `LOAD:x` as well."""
    begins = last.text in BEGINNINGS or last.kind == "iri" or last.kind in STRINGS
    return begins and token.kind in ("word", "name") and token.text.lower().startswith("load")


def check(guard: Guard, text: str) -> bool:
    """Return whether the update calls an endpoint, as `Guard.check` does.

    :raises Refused: when it calls one that is not allowed, contains LOAD, or exceeds a bound.
    """
    return guard.check(text, UpdateScan)


def with_dataset(text: str, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> str:
    """Return the update with the dataset of SPARQL 1.1 Protocol 2.2.3 written into every operation with WHERE.

    pyoxigraph takes no dataset for an update, so USING stands before each WHERE.

    :raises BadQuery: when the update has USING or WITH itself, or words that no update has.
    """
    if not default_graphs and not named_graphs:
        return text
    using = "".join(f" USING <{iri}>" for iri in default_graphs)
    using += "".join(f" USING NAMED <{iri}>" for iri in named_graphs)
    return "".join(_parts(text, using + " "))


def _parts(text: str, using: str) -> Iterator[str]:
    depth = 0
    last = ""
    pattern: list[str] | None = None  # of DELETE WHERE, which is short for DELETE pattern WHERE pattern
    for token in tokens(text):
        part = token.text
        if token.kind == "sign":
            depth += (part == "{") - (part == "}")
        elif token.kind == "word" and depth == 0:
            word = part.lower()
            _check_word(word)
            if word == "where" and last == "delete":
                pattern = []
                part = ""
            elif word == "where":
                part = using + part
        if token.kind != "space":
            last = token.text.lower()
        if pattern is None:
            yield part
            continue
        pattern.append(part)
        if part == "}" and depth == 0:
            group = "".join(pattern)
            yield f"{group}{using}WHERE{group}"
            pattern = None
    if pattern is not None:
        yield "".join(pattern)


def _check_word(word: str) -> None:
    if word in ("using", "with"):
        raise BadQuery(
            "The dataset is named twice: by using-graph-uri or using-named-graph-uri, and by USING or WITH in the "
            "update. Leave one of them out (SPARQL 1.1 Protocol 2.2.3)."
        )
    if word not in WORDS:
        raise BadQuery(f"“{word}” is no word of an update; put spaces between words.")
