"""A quick look at whether a graph conforms to SHACL shapes: the validator is only asked where one may be broken.

The shapes are read once and become functions over two layers of triples: those of one article, and below them those
of the ontology and the reference data. Nothing is reported but yes or no. Whoever wants to know what is wrong asks
pyshacl, and so does whoever has shapes with parts of SHACL that are not known here.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache, partial

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from rdflib.collection import Collection as RdfList
from rdflib.namespace import RDF, SH

from ontology import terms

Term = object  # NamedNode, BlankNode or Literal
Check = Callable[["Layers", Term], bool]  # whether a focus node conforms to a shape
Path = Callable[["Layers", Term], Collection[Term]]  # where a path leads to
Constraint = Callable[["Layers", Term, Collection[Term]], bool]  # data, focus node, value nodes

IS_A = terms.RDF.type
_NONE: frozenset[Term] = frozenset()
_SILENT = {SH.message, SH.severity, SH.name, SH.description, SH.order, SH.group, SH.deactivated, SH.path, RDF.type}
_SILENT |= {SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode, rdflib.RDFS.label}
_SILENT |= {rdflib.RDFS.comment, SH.ignoredProperties, SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.flags}


class Unknown(Exception):
    """A shape says something that is not understood here."""


class Triples:
    """Triples by subject and by object."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.out: defaultdict[Term, defaultdict[Term, set[Term]]] = defaultdict(lambda: defaultdict(set))
        self.back: defaultdict[Term, defaultdict[Term, set[Term]]] = defaultdict(lambda: defaultdict(set))
        for quad in quads:
            self.out[quad.subject][quad.predicate].add(quad.object)
            self.back[quad.object][quad.predicate].add(quad.subject)


class Layers:
    """An article's triples over those of the foundation."""

    def __init__(self, upper: Triples, lower: Triples) -> None:
        self.upper = upper
        self.lower = lower

    def objects(self, subject: Term, predicate: Term) -> Collection[Term]:
        """Return what stands at the other end of a property."""
        return _both(self.upper.out, self.lower.out, subject, predicate)

    def subjects(self, predicate: Term, value: Term) -> Collection[Term]:
        """Return what a property leads from."""
        return _both(self.upper.back, self.lower.back, value, predicate)

    def properties(self, subject: Term) -> set[Term]:
        """Return the properties that a node has."""
        return {*self.upper.out.get(subject, _NONE), *self.lower.out.get(subject, _NONE)}


def _both(
    upper: defaultdict[Term, defaultdict[Term, set[Term]]],
    lower: defaultdict[Term, defaultdict[Term, set[Term]]],
    node: Term,
    predicate: Term,
) -> Collection[Term]:
    here, below = upper.get(node), lower.get(node)
    above = here.get(predicate, _NONE) if here else _NONE
    under = below.get(predicate, _NONE) if below else _NONE
    return above | under if above and under else above or under


class Conformance:
    """Tells of articles, one by one, whether they conform; the shapes are compiled once."""

    def __init__(self, shapes: rdflib.Graph, foundation: Iterable[Quad]) -> None:
        """Compile the shapes.

        :raises Unknown: when a shape has a part that is not understood here.
        """
        self.lower = Triples(foundation)
        self._classes = _Classes(self.lower)
        compiler = _Compiler(shapes, self._classes)
        self._by_class: defaultdict[Term, list[Check]] = defaultdict(list)
        self._by_property: defaultdict[Term, list[Check]] = defaultdict(list)
        self._by_inverse: defaultdict[Term, list[Check]] = defaultdict(list)
        for shape in compiler.targeted():
            check = compiler.shape(shape)
            for target in shapes.objects(shape, SH.targetClass):
                self._by_class[_ours(target)].append(check)
            for target in shapes.objects(shape, SH.targetSubjectsOf):
                self._by_property[_ours(target)].append(check)
            for target in shapes.objects(shape, SH.targetObjectsOf):
                self._by_inverse[_ours(target)].append(check)

    def conforms(self, article: Collection[Quad]) -> bool:
        """Tell whether all nodes that an article describes conform while its triples are added to the foundation."""
        for quad in article:
            if isinstance(quad.object, Literal) and _is_ill_typed(quad.object):
                return False
            if quad.predicate == terms.RDFS.subClassOf or isinstance(quad.subject, BlankNode):
                return False  # the classes are read once; blank nodes are nobody's focus by name: let the validator see
        upper = Triples(article)
        data = Layers(upper, self.lower)
        return all(check(data, node) for node in upper.out for check in self._checks(data, node))

    def _checks(self, data: Layers, node: Term) -> Iterator[Check]:
        found: dict[Check, None] = {}
        for kind in data.objects(node, IS_A):
            for broader in self._classes.above(kind):
                found.update(dict.fromkeys(self._by_class.get(broader, ())))
        for predicate in data.properties(node):
            found.update(dict.fromkeys(self._by_property.get(predicate, ())))
        for predicate, checks in self._by_inverse.items():
            if data.subjects(predicate, node):
                found.update(dict.fromkeys(checks))
        return iter(found)


class _Classes:
    """Which classes are above a class."""

    def __init__(self, foundation: Triples) -> None:
        self._foundation = foundation
        self._known: dict[Term, frozenset[Term]] = {}

    def above(self, kind: Term) -> frozenset[Term]:
        """Return the class and all classes above it."""
        if kind not in self._known:
            found, frontier = {kind}, [kind]
            while frontier:
                node = self._foundation.out.get(frontier.pop())
                for broader in (node.get(terms.RDFS.subClassOf, _NONE) if node else _NONE) - found:
                    found.add(broader)
                    frontier.append(broader)
            self._known[kind] = frozenset(found)
        return self._known[kind]


class _Compiler:
    """Turns shapes into functions."""

    def __init__(self, shapes: rdflib.Graph, classes: _Classes) -> None:
        self.graph = shapes
        self.classes = classes
        self._makers: dict[rdflib.term.Node, Callable[[rdflib.term.Node, rdflib.term.Node], Constraint]] = {
            SH["class"]: lambda v, _: partial(self._class, _ours(v)),
            SH.datatype: lambda v, _: partial(_datatype, _ours(v)),
            SH.nodeKind: lambda v, _: partial(_node_kind, _KINDS[v]),
            SH.minCount: lambda v, _: partial(_min_count, int(str(v))),
            SH.maxCount: lambda v, _: partial(_max_count, int(str(v))),
            SH.minLength: lambda v, _: partial(_min_length, int(str(v))),
            SH.maxLength: lambda v, _: partial(_max_length, int(str(v))),
            SH.minInclusive: lambda v, _: partial(_compared, _at_least, _number(v)),
            SH.maxInclusive: lambda v, _: partial(_compared, _at_most, _number(v)),
            SH.pattern: lambda v, s: partial(_pattern, self._regex(v, s)),
            SH.languageIn: lambda v, _: partial(_language_in, [str(one).lower() for one in self._list(v)]),
            SH.uniqueLang: lambda v, _: _unique_lang if str(v) == "true" else _anything,
            SH.equals: lambda v, _: partial(_equals, _ours(v)),
            SH.disjoint: lambda v, _: partial(_disjoint, _ours(v)),
            SH.lessThan: lambda v, _: partial(_less_than, _ours(v), False),
            SH.lessThanOrEquals: lambda v, _: partial(_less_than, _ours(v), True),
            SH["in"]: lambda v, _: partial(_in, frozenset(map(_ours, self._list(v)))),
            SH.hasValue: lambda v, _: partial(_has_value, _ours(v)),
            SH.closed: self._closed,
            SH.property: lambda v, _: partial(_all, self.shape(v)),
            SH.node: lambda v, _: partial(_all, self.shape(v)),
            SH["not"]: lambda v, _: partial(_none, self.shape(v)),
            SH["or"]: lambda v, _: partial(_one_or_more, [self.shape(one) for one in self._list(v)]),
            SH["and"]: lambda v, _: partial(_every, [self.shape(one) for one in self._list(v)]),
            SH.xone: lambda v, _: partial(_exactly_one, [self.shape(one) for one in self._list(v)]),
            SH.qualifiedValueShape: self._qualified,
        }

    def targeted(self) -> list[rdflib.term.Node]:
        """Return the shapes with targets.

        :raises Unknown: when one has targets of another kind than class and property.
        """
        known = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
        if any(True for kind in (SH.targetNode, SH.target, SH.js, SH.sparql) for _ in self.graph.subject_objects(kind)):
            raise Unknown("a target that is neither class nor property")
        if (None, RDF.type, rdflib.RDFS.Class) in self.graph or (None, RDF.type, rdflib.OWL.Class) in self.graph:
            raise Unknown("a shape that is a class")
        return sorted({shape for kind in known for shape in self.graph.subjects(kind)}, key=str)

    def shape(self, shape: rdflib.term.Node) -> Check:
        """Return the function that tells whether a node conforms to a shape.

        :raises Unknown: when it has a part that is not understood here.
        """
        if self.graph.value(shape, SH.deactivated) is not None:
            raise Unknown("a shape that may be out of use")
        constraints: list[Constraint] = []
        for predicate, value in self.graph.predicate_objects(shape):
            if predicate in self._makers:
                constraints.append(self._makers[predicate](value, shape))
            elif predicate not in _SILENT:
                raise Unknown(str(predicate))
        path = self.graph.value(shape, SH.path)
        return partial(_check, self._path(path) if path is not None else _itself, constraints)

    def _path(self, path: rdflib.term.Node) -> Path:
        if isinstance(path, rdflib.URIRef):
            return partial(_step, _ours(path))
        inverse = self.graph.value(path, SH.inversePath)
        if isinstance(inverse, rdflib.URIRef):
            return partial(_back, _ours(inverse))
        if self.graph.value(path, RDF.first) is None:
            raise Unknown("a path of another kind than sequence and inverse")
        return partial(_sequence, [self._path(step) for step in self._list(path)])

    def _list(self, head: rdflib.term.Node) -> list[rdflib.term.Node]:
        return list(RdfList(self.graph, head))

    def _regex(self, pattern: rdflib.term.Node, shape: rdflib.term.Node) -> re.Pattern[str]:
        if self.graph.value(shape, SH.flags) is not None:
            raise Unknown("a pattern with flags")
        return re.compile(str(pattern))

    def _class(self, kind: Term, data: Layers, _: Term, values: Collection[Term]) -> bool:
        return all(any(kind in self.classes.above(one) for one in data.objects(value, IS_A)) for value in values)

    def _closed(self, value: rdflib.term.Node, shape: rdflib.term.Node) -> Constraint:
        if str(value) != "true":
            return _anything
        ignored = self.graph.value(shape, SH.ignoredProperties)
        allowed = set(map(_ours, self._list(ignored))) if ignored is not None else set()
        for part in self.graph.objects(shape, SH.property):
            path = self.graph.value(part, SH.path)
            if isinstance(path, rdflib.URIRef):
                allowed.add(_ours(path))
        return partial(_closed, allowed)

    def _qualified(self, value: rdflib.term.Node, shape: rdflib.term.Node) -> Constraint:
        if self.graph.value(shape, SH.qualifiedValueShapesDisjoint) is not None:
            raise Unknown("disjoint qualified shapes")
        least, most = (self.graph.value(shape, one) for one in (SH.qualifiedMinCount, SH.qualifiedMaxCount))
        return partial(
            _qualified,
            self.shape(value),
            0 if least is None else int(str(least)),
            None if most is None else int(str(most)),
        )


_KINDS: dict[rdflib.term.Node, tuple[type, ...]] = {
    SH.IRI: (NamedNode,),
    SH.BlankNode: (BlankNode,),
    SH.Literal: (Literal,),
    SH.BlankNodeOrIRI: (BlankNode, NamedNode),
    SH.BlankNodeOrLiteral: (BlankNode, Literal),
    SH.IRIOrLiteral: (NamedNode, Literal),
}


def _check(path: Path, constraints: list[Constraint], data: Layers, node: Term) -> bool:
    values = path(data, node)
    return all(constraint(data, node, values) for constraint in constraints)


def _itself(_: Layers, node: Term) -> Collection[Term]:
    return (node,)


def _step(predicate: Term, data: Layers, node: Term) -> Collection[Term]:
    return data.objects(node, predicate)


def _back(predicate: Term, data: Layers, node: Term) -> Collection[Term]:
    return data.subjects(predicate, node)


def _sequence(steps: list[Path], data: Layers, node: Term) -> Collection[Term]:
    nodes: Collection[Term] = (node,)
    for step in steps:
        nodes = {end for one in nodes for end in step(data, one)}
    return nodes


def _anything(_data: Layers, _node: Term, _values: Collection[Term]) -> bool:
    return True


def _datatype(datatype: Term, _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(isinstance(value, Literal) and value.datatype == datatype for value in values)


def _node_kind(kinds: tuple[type, ...], _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(isinstance(value, kinds) for value in values)


def _min_count(count: int, _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return len(values) >= count


def _max_count(count: int, _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return len(values) <= count


def _min_length(length: int, _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(not isinstance(value, BlankNode) and len(_text(value)) >= length for value in values)


def _max_length(length: int, _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(not isinstance(value, BlankNode) and len(_text(value)) <= length for value in values)


def _pattern(pattern: re.Pattern[str], _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(not isinstance(value, BlankNode) and pattern.search(_text(value)) is not None for value in values)


def _language_in(languages: list[str], _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(isinstance(value, Literal) and (value.language or "").lower() in languages for value in values)


def _unique_lang(_data: Layers, _node: Term, values: Collection[Term]) -> bool:
    tags = [value.language.lower() for value in values if isinstance(value, Literal) and value.language]
    return len(tags) == len(set(tags))


def _equals(predicate: Term, data: Layers, node: Term, values: Collection[Term]) -> bool:
    return set(values) == set(data.objects(node, predicate))


def _disjoint(predicate: Term, data: Layers, node: Term, values: Collection[Term]) -> bool:
    return not set(values).intersection(data.objects(node, predicate))


def _less_than(predicate: Term, or_equal: bool, data: Layers, node: Term, values: Collection[Term]) -> bool:
    return all(_ordered(one, other, or_equal) for one in values for other in data.objects(node, predicate))


def _ordered(one: Term, other: Term, or_equal: bool) -> bool:
    if not isinstance(one, Literal) or not isinstance(other, Literal) or one.datatype != other.datatype:
        return False
    small, large = _value(one), _value(other)
    if small is None or type(small) is not type(large):
        return False
    return bool(small <= large if or_equal else small < large)  # type: ignore[operator]


def _compared(
    holds: Callable[[float, float], bool], bound: float, _data: Layers, _node: Term, values: Collection[Term]
) -> bool:
    for value in values:
        number = _value(value) if isinstance(value, Literal) else None
        if isinstance(number, bool) or not hasattr(number, "__float__") or not holds(float(number), bound):
            return False
    return True


def _at_least(one: float, other: float) -> bool:
    return one >= other


def _at_most(one: float, other: float) -> bool:
    return one <= other


def _in(allowed: frozenset[Term], _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(value in allowed for value in values)


def _has_value(wanted: Term, _data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return wanted in values


def _closed(allowed: set[Term], data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(data.properties(value) <= allowed for value in values)


def _all(check: Check, data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(check(data, value) for value in values)


def _none(check: Check, data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return not any(check(data, value) for value in values)


def _one_or_more(checks: list[Check], data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(any(check(data, value) for check in checks) for value in values)


def _every(checks: list[Check], data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(check(data, value) for check in checks for value in values)


def _exactly_one(checks: list[Check], data: Layers, _node: Term, values: Collection[Term]) -> bool:
    return all(sum(check(data, value) for check in checks) == 1 for value in values)


def _qualified(check: Check, least: int, most: int | None, data: Layers, _node: Term, values: Collection[Term]) -> bool:
    count = sum(check(data, value) for value in values)
    return least <= count and (most is None or count <= most)


def _text(term: Term) -> str:
    assert isinstance(term, NamedNode | Literal)
    return term.value


@lru_cache(10_000)
def _value(literal: Literal) -> object:
    return rdflib.Literal(literal.value, datatype=rdflib.URIRef(literal.datatype.value)).value


@lru_cache(10_000)
def _is_typed_ill(value: str, datatype: str) -> bool:
    return bool(rdflib.Literal(value, datatype=rdflib.URIRef(datatype)).ill_typed)


def _is_ill_typed(literal: Literal) -> bool:
    datatype = literal.datatype
    if literal.language or datatype == terms.XSD.string:
        return False
    return _is_typed_ill(literal.value, datatype.value)


def _number(term: rdflib.term.Node) -> float:
    assert isinstance(term, rdflib.Literal)
    try:
        return float(term.toPython())
    except (TypeError, ValueError):
        raise Unknown("a bound that is no number") from None


def _ours(term: rdflib.term.Node) -> Term:
    if isinstance(term, rdflib.URIRef):
        return NamedNode(str(term))
    if isinstance(term, rdflib.Literal):
        if term.language:
            return Literal(str(term), language=term.language)
        return Literal(str(term), datatype=NamedNode(str(term.datatype))) if term.datatype else Literal(str(term))
    raise Unknown("a blank node in the place of a term")
