"""Whether a query looks as if it took long, by its tokens alone, or did: then it waits for a place among the long ones.

Nothing depends on it but the place in the queue. Who is taken for short and is not makes room after its first moments,
as `server.store.workers` says; who is taken for long and is not waits a little.
"""

import threading
from collections import OrderedDict

from server.store.guard import Token, tokens

FEW = 20  # members of a VALUES block, with which an answer may well be multiplied
CONCATENATIONS = 10  # more of them in one query may double a text until it fills the memory
KNOWN = 1000  # queries that took long, of which that is remembered
LONGEST_KNOWN = 4096  # characters of such a query
BIND = "bind"
NO_PATTERN = {"select", "construct", "describe", "group", "order", "having", "limit", "offset"}
FILTERS = {"filter", "exists", "not"}
MEMBERS = {"iri", "name", "string", "long", "number"}


def is_long(text: str) -> bool:
    """Return whether the patterns fall into parts that share no variable, or paths run over every property.

    The parts of such a query are multiplied: with n triples, k parts have n to the power of k solutions.
    """
    scan = _Scan()
    for token in tokens(text):
        if token.kind != "space":
            scan.take(token)
    scan.end_statement()
    return scan.runs_over_all or scan.concatenations > CONCATENATIONS or scan.parts() > 1


class Experience:
    """Which queries took long when they were asked last; safe for threads.

    Asked again, they do not begin among the short ones to make room half-way, with all that they have done lost.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, None] = OrderedDict()

    def took_long(self, text: str) -> bool:
        """Return whether this query did."""
        return text in self._known

    def note(self, text: str, *, long: bool) -> None:
        """Remember that a query took long, or forget it since it does no more."""
        if not long and text not in self._known:
            return
        with self._lock:
            self._known.pop(text, None)
            if long and len(text) <= LONGEST_KNOWN:
                self._known[text] = None
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)


class _Scan:
    """Puts variables together that stand in one statement: a triple pattern, a BIND, a VALUES block."""

    def __init__(self) -> None:
        self.leaders: dict[str, str] = {}
        self.multiplied: set[str] = set()  # variables of patterns and long VALUES blocks
        self.statement: list[str] = []
        self.brackets: list[str] = []
        self.ignored: list[bool] = [True]  # by bracket: whether variables in it belong to no statement
        self.last = ""
        self.members: int | None = None  # of the VALUES block that the scan is in
        self.negated = False  # in the statement: a path over all properties but some
        self.runs_over_all = False
        self.concatenations = 0

    def take(self, token: Token) -> None:
        """Take the next token into account."""
        text = token.text
        if self.members is not None and token.kind in MEMBERS:
            self.members += 1
        elif token.kind == "variable":
            if not self.ignored[-1] and self.last != "graph":
                self.statement.append(text[1:])
        elif token.kind == "word":
            self._take_word(text.lower())
        elif token.kind == "sign":
            self._take_sign(text)
        self.last = text.lower()

    def _take_word(self, word: str) -> None:
        self.concatenations += word in ("concat", "group_concat")
        if word == BIND:
            self.end_statement()
        if word in NO_PATTERN:
            self.end_statement()
            self.ignored[-1] = True
        elif word in ("values", "where"):
            self.end_statement()
            self.ignored[-1] = word == "where"
            self.members = 0 if word == "values" else None
        elif word == "undef" and self.members is not None:
            self.members += 1

    def _take_sign(self, sign: str) -> None:
        if sign == "{":
            if self.members is None:
                self.end_statement()
            self.brackets.append(sign)
            self.ignored.append(False)
        elif sign in "([":
            self.brackets.append(BIND if self.last == BIND else sign)
            self.ignored.append(self.ignored[-1] or self.last in FILTERS)
        elif sign in ")]}" and self.brackets:
            closed = self.brackets.pop()
            self.ignored.pop()
            if closed == BIND:
                self.end_statement(binds=True)
            if sign == "}":
                if self.members is not None and self.members < FEW:
                    self.statement.clear()
                self.members = None
                self.end_statement()
        elif sign == "." and self.brackets[-1:] == ["{"]:
            self.end_statement()
        elif sign == "!" and not self.ignored[-1]:
            self.negated = True
        elif sign in "*+" and self.negated:
            self.runs_over_all = True

    def end_statement(self, *, binds: bool = False) -> None:
        """Put the variables of the statement together; BIND joins parts and makes none."""
        if not binds:
            self.multiplied.update(self.statement)
        for variable in self.statement:
            self.leaders.setdefault(variable, variable)
            self.leaders[self._leader(variable)] = self._leader(self.statement[0])
        self.statement = []
        self.negated = False

    def parts(self) -> int:
        """Return how many sets of variables have nothing to do with each other."""
        return len({self._leader(variable) for variable in self.multiplied})

    def _leader(self, variable: str) -> str:
        while self.leaders[variable] != variable:
            self.leaders[variable] = self.leaders[self.leaders[variable]]
            variable = self.leaders[variable]
        return variable
