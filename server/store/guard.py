"""The guard before the workers: refuses queries that would call out or bring the engine down, by their tokens alone.

pyoxigraph has no switch for SERVICE, and its parser and planner die of nesting and of long chains of operators. Its
parser knows no word boundaries (`SERVICESILENT<x>{}` and `trueSERVICE<x>{}` both call out), so the guard looks from
every `{` backwards: `SERVICE SILENT? VarOrIri {` is the only way to call.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from server.store.engine import Refused


@dataclass(frozen=True)
class Bounds:
    """What the guard lets through: far below what pyoxigraph 0.5 dies of, and planned within about a second.

    :ivar length: characters of the query.
    :ivar depth: brackets inside each other.
    :ivar patterns: triple patterns, groups and path steps, over which the planner's time grows with the cube or worse.
    :ivar operators: UNION, FILTER, BIND, AS and the like, `&&`, `||`, `|`, comparison and arithmetic.
    """

    length: int = 256 * 1024
    depth: int = 100
    patterns: int = 100
    operators: int = 1000


BOUNDS = Bounds()

# The terminals of SPARQL 1.1, 19.8. Characters beyond ASCII count as letters: where the grammar does not take them for
# letters they are errors, so that the engine never reads on where the guard and it disagree. A word takes what a prefix
# could take (`true.SERVICE` is one word), else a text of such words without a colon would cost quadratic time.
LETTER = r"[0-9A-Za-z_\u0080-\U0010FFFF]"
IRI = r"""<(?>[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>"""
DOTTED = rf"(?>{LETTER}|-|\.(?=[-.]|{LETTER}))*+"
LOCAL = rf"(?>{LETTER}|[:-]|%[0-9A-Fa-f]{{2}}|\\[-_~.!$&'()*+,;=/?\#@%]|\.(?=[:.%\\-]|{LETTER}))*+"
TOKEN = re.compile(
    rf"""
      (?P<space>(?>[ \t\r\n]|\#[^\n\r]*+)++)
    | (?P<iri>{IRI})
    | (?P<long>'''(?>[^'\\]|\\.|'(?!''))*+'''|\"\"\"(?>[^"\\]|\\.|"(?!""))*+\"\"\")
    | (?P<unclosed>''(?=')|""(?="))
    | (?P<string>'(?>[^'\\\n\r]|\\.)*+'?|"(?>[^"\\\n\r]|\\.)*+"?)
    | (?P<variable>[?$]{LETTER}++)
    | (?P<blank>_:{DOTTED})
    | (?P<name>(?>[A-Za-z\u0080-\U0010FFFF]{DOTTED})?:{LOCAL})
    | (?P<language>@[A-Za-z]++(?>-[A-Za-z0-9]++)*+)
    | (?P<number>[0-9]++(?>\.[0-9]++)?(?>[eE][+-]?[0-9]++)?)
    | (?P<word>[A-Za-z_\u0080-\U0010FFFF]{DOTTED})
    | (?P<sign>&&|\|\||!=|<=|>=|\^\^|.)
    """,
    re.VERBOSE | re.DOTALL,
)
STRINGS = {"long", "string", "unclosed"}
TERMS = STRINGS | {"iri", "variable", "blank", "name", "number"}
OPERATORS = {"&&", "||", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "!", "|"}
OPERATOR_WORDS = {"as", "bind", "exists", "filter", "in", "minus", "optional", "union"}
FORMS = {"select", "ask", "construct", "describe"}
PATTERN_SIGNS = {".", ";", ","}  # between triple patterns, outside round brackets
STEPS = {"/", "^"}

UNCLOSED = 10  # each is a look at all the rest of the text

ENDS_IN_SERVICE = re.compile(r"(?:service|silent)$", re.IGNORECASE)
NAMES_A_GRAPH = re.compile(r"(?:graph|from|named)$", re.IGNORECASE)
ENDS_IN_PREFIX = re.compile(r"prefix$", re.IGNORECASE)
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Token(NamedTuple):
    """A token: the name of its group in `TOKEN` and its text."""

    kind: str
    text: str


NONE = Token("none", "")


class Guard:
    """Checks queries against an allow-list of endpoints and against bounds."""

    def __init__(
        self,
        service_allow: Collection[str] = (),
        bounds: Bounds = BOUNDS,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        """`service_allow` has whole IRIs; `prefixes` are those that queries need not declare."""
        self.service_allow = frozenset(service_allow)
        self.bounds = bounds
        self.prefixes = dict(prefixes or {})

    def check(self, text: str, scan: type["Scan"] | None = None) -> bool:
        """Return whether the query calls an endpoint, all of its calls being allowed.

        :param scan: what counts; by default the one for queries.
        :raises Refused: when it calls another endpoint, contains LOAD, or exceeds a bound.
        """
        if len(text) > self.bounds.length:
            raise Refused(f"The query has {len(text)} characters; the limit is {self.bounds.length}. Split it.")
        calls = self._check_tokens(text, scan or Scan)
        plain = unescaped(text)
        if plain != text:  # SPARQL 1.1, 19.2 decodes escapes before all else; pyoxigraph only in strings and IRIs
            calls = self._check_tokens(plain, scan or Scan) or calls
        return calls

    def _check_tokens(self, text: str, counts: type["Scan"]) -> bool:
        scan = counts(self.bounds)
        prefixes: dict[str, set[str]] = {}
        calls = False
        before, last = NONE, NONE
        for token in tokens(text):
            if token.kind == "space":
                scan.note_hidden(token)
                continue
            if token.text == "{" and (target := called(before, last)):
                self._check_target(target, prefixes)
                calls = True
            elif token.kind == "iri" and last.kind == "name" and ENDS_IN_PREFIX.search(before.text):
                prefixes.setdefault(last.text.removesuffix(":"), set()).add(unescaped(token.text[1:-1]))
            elif token.kind == "word" and token.text.lower() == "load":
                raise Refused("LOAD is not allowed: this server fetches nothing.")
            scan.count(last, token)
            before, last = last, token
        scan.check_ambiguity()
        return calls

    def _check_target(self, target: Token, prefixes: dict[str, set[str]]) -> None:
        if target.kind == "variable":
            raise Refused(f"SERVICE {target.text} is not allowed: name the endpoint by its IRI. {self._allowed()}")
        if target.kind == "iri":
            iri: str | None = unescaped(target.text[1:-1])
        else:
            prefix, _, local = target.text.partition(":")
            spaces = prefixes.get(prefix, {self.prefixes[prefix]} if prefix in self.prefixes else set())
            iri = next(iter(spaces)) + re.sub(r"\\(.)", r"\1", local) if len(spaces) == 1 else None
        if iri is None or not SCHEME.match(iri) or iri not in self.service_allow:
            shown = target.text if iri is None else f"<{iri}>"
            raise Refused(f"SERVICE may not call {shown}. {self._allowed()}")

    def _allowed(self) -> str:
        allowed = ", ".join(f"<{iri}>" for iri in sorted(self.service_allow))
        return f"Allowed here: {allowed}." if allowed else "No other endpoint may be called from here."


class Scan:
    """Counts what the engine's parser and planner are sensitive to, token by token."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.brackets: list[str] = []
        self.values_depth: int | None = None  # the brackets around the VALUES block that the scan is in
        self.patterns = 0
        self.operators = 0
        self.unclosed = 0
        self.ambiguous = False
        self.hidden = False

    def count(self, last: Token, token: Token) -> None:
        """Take the next token into account; `last` is the one before it.

        :raises Refused: when a bound is exceeded.
        """
        text, inner = token.text, self.brackets[-1] if self.brackets else ""
        if token.kind == "sign":
            if text in "([{":
                self.brackets.append(text)
                self._check("brackets inside each other", len(self.brackets), self.bounds.depth)
            elif text in ")]}" and self.brackets:
                self.brackets.pop()
                if text == "}" and self.values_depth == len(self.brackets):
                    self.values_depth = None
                return
            if self.values_depth is not None:
                return
            if text in OPERATORS:
                self.operators += 1
                self._check("operators", self.operators, self.bounds.operators)
            elif text in "{[" or text in STEPS or (text in PATTERN_SIGNS and inner != "("):
                self._count_pattern()
        elif token.kind == "word":
            if text.lower().endswith("values"):
                self.values_depth = len(self.brackets)
            elif words := OPERATOR_WORDS.intersection(re.split("[.-]", text.lower())):
                self.operators += len(words)
                self._check("operators", self.operators, self.bounds.operators)
        elif token.kind in STRINGS:
            self.note_hidden(token)
            self.unclosed += token.kind == "unclosed"
            self._check("strings that do not end", self.unclosed, UNCLOSED)
        if self.values_depth is not None or inner != "(":
            return
        if token.kind in TERMS and (last.kind in TERMS or last.text == ")"):
            self._count_pattern()  # a member of a collection
        if (
            token.kind == "iri"
            and ("'" in text or "#" in text)
            and not (last.kind == "sign" and last.text not in ")]}>")
        ):
            self.ambiguous = True

    def note_hidden(self, token: Token) -> None:
        """Remember that a string or a comment holds the word SERVICE."""
        self.hidden = self.hidden or "service" in token.text.lower()

    def check_ambiguity(self) -> None:
        """Refuse a query where `<` may be "less than", and what follows then a string or comment that is none.

        :raises Refused: only when such a string or comment has the word SERVICE in it.
        """
        if self.ambiguous and self.hidden:
            raise Refused(
                "The query has the word SERVICE in a string or comment, and a < inside round brackets that may begin "
                "an IRI or mean “less than”. Put a space after < where it is a comparison, else reword the string."
            )

    def _count_pattern(self) -> None:
        self.patterns += 1
        self._check("triple patterns, groups and path steps", self.patterns, self.bounds.patterns)

    @staticmethod
    def _check(what: str, count: int, bound: int) -> None:
        if count > bound:
            raise Refused(
                f"The query has more than {bound} {what}, the limit. Split it; put lists of things into VALUES."
            )


def tokens(text: str) -> Iterator[Token]:
    """Split a query into tokens, white space and comments among them; never fails.

    It takes linear time, but for long strings that do not end ("unclosed").
    """
    for match in TOKEN.finditer(text):
        yield Token(match.lastgroup or "sign", match[0])


def called(before: Token, last: Token) -> Token | None:
    """Return what SERVICE calls where `before last {` is a call, else None."""
    if last.kind not in ("iri", "name", "variable"):
        return None
    if before.kind == "word" and ENDS_IN_SERVICE.search(before.text):
        return last
    prefix, _, local = last.text.partition(":")
    if last.kind == "name" and ENDS_IN_SERVICE.search(prefix) and not NAMES_A_GRAPH.search(before.text):
        return Token("name", f":{local}")  # `SERVICE:x {` is a call of `:x`
    return None


def unescaped(text: str) -> str:
    """Decode \\u0000 and \\U00000000 escapes (SPARQL 1.1, 19.2); those beyond Unicode stay as they are."""

    def decoded(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        return chr(code) if code <= 0x10FFFF else match[0]

    return ESCAPE.sub(decoded, text)


def form(text: str) -> str | None:
    """Return the form of a query, 'select', 'ask', 'construct' or 'describe'; None where no word tells it."""
    words = (token.text.lower() for token in tokens(text) if token.kind == "word")
    return next((word for word in words if word in FORMS), None)
