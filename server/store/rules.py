"""A rule of the ontology: a CONSTRUCT query, run on everything, or around what has changed.

Comments of a rule tell how it may be run around changes (docs/data-model.md):

- `# focus: ?variable path` at the head: what the rule finds hangs on the triples of this variable's node, and of all
  that the property path leads to from there (without a path: of the node alone).
- `# focus` in the body, on a line by itself: here the publisher puts the nodes that the variable may have.
- `# whole` at the end of a line: the line only serves where the rule runs on everything, mostly to join large parts.
- `# around: ?variable …` at the end of the file: the comment lines that follow are the body for these variables. It may
  say in which order to look (`LATERAL`, which is Oxigraph's), so that what very much hangs on is not looked through.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, NamedNode, QuerySolutions, QueryTriples, Store, Triple

from ontology.terms import RDF
from server.store.errors import BadRule

_FOCUS = re.compile(r"^#[ \t]*focus:[ \t]*\?(\w+)[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_HERE = re.compile(r"^[ \t]*#[ \t]*focus[ \t]*$", re.MULTILINE)
_AROUND = re.compile(
    r"^#[ \t]*around:((?:[ \t]*\?\w+)+)[ \t]*\n((?:#.*(?:\n|\Z))+?)(?=#[ \t]*around:|\Z)", re.MULTILINE
)
_UNCOMMENTED = re.compile(r"^# ?", re.MULTILINE)
_WHOLE = re.compile(r"^.*#[ \t]*whole[ \t]*\n", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^<>]*)>", re.IGNORECASE)
_PARTS = re.compile(r"CONSTRUCT\s*\{(.*?)\}\s*WHERE(.*)", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"<([^<>\s]*)>|([\w-]*):([\w-]+)")
_IS_A = re.compile(r"(?<=\s)a(?=\s)")
_SELECT = re.compile(r"SELECT\b[^{]*(?=\{)|VALUES\b[^{]*\{[^{}]*\}", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """A rule by its file's name."""

    name: str
    text: str

    @cached_property
    def focuses(self) -> dict[str, str]:
        """The variables around which it can be run, each with the path on whose nodes it hangs; else empty."""
        found = dict(_FOCUS.findall(self.text))
        return found if _HERE.search(self.text) else {}

    @cached_property
    def makes(self) -> frozenset[str]:
        """The IRIs in its template, the properties that it derives among them."""
        return self._mentioned(self._parts[0])

    @cached_property
    def reads(self) -> frozenset[str] | None:
        """The IRIs in its pattern, the properties that it reads among them; None where it may read any."""
        body = _SELECT.sub(" ", self._parts[1])
        for braces in ("GRAPH", "SERVICE"):
            if re.search(rf"\b{braces}\b", body):
                return None
        return None if _has_any_property(body) else self._mentioned(body)

    def triples(self, store: Store) -> set[Triple]:
        """Run it on everything.

        :raises BadRule: when it does not parse, is no CONSTRUCT, or makes blank nodes.
        """
        return self._run(store, self.text)

    def around(self, store: Store, variable: str, nodes: Collection[NamedNode]) -> set[Triple]:
        """Run it where a variable is one of these nodes.

        :raises BadRule: as `triples` does.
        """
        if not nodes:
            return set()
        values = f"VALUES ?{variable} {{ {' '.join(sorted(map(str, nodes)))} }}"
        return self._run(store, _HERE.sub(lambda _: values, self._bodies.get(variable) or _WHOLE.sub("", self.text)))

    def hanging_on(self, store: Store, variable: str, nodes: Collection[NamedNode]) -> set[NamedNode]:
        """Return the nodes from which the variable's path leads to one of these: what is found at them may change."""
        path = self.focuses[variable]
        if not path or not nodes:
            return set(nodes)
        prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in self._prefixes.items())
        values = " ".join(sorted(map(str, nodes)))
        query = f"{prefixes}SELECT DISTINCT ?node WHERE {{ VALUES ?changed {{ {values} }} ?node {path} ?changed }}"
        try:
            answer = store.query(query)
        except SyntaxError as error:
            raise BadRule(f"the path of ?{variable} in the rule {self.name} is wrong: {error}: correct it") from error
        assert isinstance(answer, QuerySolutions)
        return {found["node"] for found in answer if isinstance(found["node"], NamedNode)}

    @cached_property
    def _bodies(self) -> dict[str, str]:
        """The whole query for the variables that have a body of their own."""
        start = re.search(r"\bWHERE\b", self.text, re.IGNORECASE)
        head = self.text[: start.end()] if start else ""
        return {
            variable: f"{head} {{\n{_UNCOMMENTED.sub('', body)}\n}}"
            for variables, body in _AROUND.findall(self.text)
            for variable in re.findall(r"\w+", variables)
        }

    def _run(self, store: Store, text: str) -> set[Triple]:
        try:
            answer = store.query(text)
        except SyntaxError as error:
            raise BadRule(f"the rule {self.name} is not valid SPARQL: {error}: correct it") from error
        if not isinstance(answer, QueryTriples):
            raise BadRule(f"the rule {self.name} is not a CONSTRUCT query: rewrite it as one")
        triples = set(answer)
        blank = next((t for t in triples if isinstance(t.subject, BlankNode) or isinstance(t.object, BlankNode)), None)
        if blank is not None:
            raise BadRule(f"the rule {self.name} makes blank nodes, which are not published: {blank}")
        return triples

    @cached_property
    def _plain(self) -> str:
        return _COMMENT.sub("", self.text)

    @cached_property
    def _prefixes(self) -> dict[str, str]:
        return dict(_PREFIX.findall(self._plain))

    @cached_property
    def _parts(self) -> tuple[str, str]:
        found = _PARTS.search(self._plain)
        return (found[1], found[2]) if found else (self._plain, self._plain)

    def _mentioned(self, text: str) -> frozenset[str]:
        names = {iri or self._prefixes.get(prefix, "") + local for iri, prefix, local in _NAME.findall(text)}
        return frozenset(names | {RDF.type.value} if _IS_A.search(text) else names)


def _has_any_property(body: str) -> bool:
    """Tell whether a variable may stand in the place of a property: after a subject, or after a semicolon."""
    tokens = re.findall(r"\?\w+|<[^<>\s]*>|\"[^\"]*\"|[\w-]*:[\w-]+|[\w.]+|\S", body)
    for one, two, three in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if two.startswith("?") and _is_term(two) and _is_term(three) and (_is_term(one) or one == ";"):
            return True
    return False


def _is_term(token: str) -> bool:
    return len(token) > 1 and (token[0] in '?<"' or ":" in token)


def stepwise(rules: Collection[Rule]) -> bool:
    """Tell whether the rules can be kept up with changes: none reads what it or a later one makes."""
    return not any(_overlap(rule, later) for number, rule in enumerate(rules) for later in list(rules)[number:])


def _overlap(rule: Rule, later: Rule) -> bool:
    return rule.reads is None or bool(later.makes & rule.reads)
