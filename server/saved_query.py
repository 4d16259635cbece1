"""A saved query: a .rq file whose header says its question and its typed parameters (docs/saved-queries.md).

A parameter is bound where the text introduces it by `VALUES ?name { UNDEF }`: the UNDEF gives way to the serialised
term. That works on every SPARQL 1.1 server; pyoxigraph's own substitutions refuse a variable outside the projection
and fold `BOUND(?name)` to false before they substitute.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from ontology.terms import PREFIXES, XSD
from server.store import guard
from server.store.engine import Query, QueryError, Term
from server.store.prepared import COMPARISONS, Condition, Whole

# What a view draws: the columns for each part, and whether the part is needed.
CHARTS: dict[str, dict[str, bool]] = {
    "table": {},
    "bar": {"label": True, "values": True, "group": False},
    "timeline": {"day": True, "label": True, "until": False, "lane": False, "kind": False, "weight": False},
    "map": {"latitude": True, "longitude": True, "label": True, "kind": False},
    "network": {"edges": True, "kind": False, "weight": False},
}
VIEWS = tuple(CHARTS)
TYPES = ("iri", "string", "integer", "decimal", "date", "boolean")
LONGEST_VALUE = 2000
MUTUAL = "--"  # between the two columns of an edge that has no direction
RESERVED = ("format", "timeout", "release", "page")  # parameters of every request

_HEADER = "#+"
_PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in PREFIXES.items())
_PREFIXED = re.compile(r"([a-z][a-z0-9]*):([A-Za-z0-9][\w./-]*)", re.ASCII)
_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_VARIABLE = re.compile(r"[A-Za-z]\w*", re.ASCII)
_ROWS = re.compile(r"(?P<columns>\w+( or \w+)*)(?: (?P<comparison>=|!=|>=|<=)|: (?P<pattern>\S.*))?", re.ASCII)
_INTRODUCTION = re.compile(r"(?P<before>\b(?i:VALUES)\s+[?$](?P<name>\w+)\s*\{\s*)(?i:UNDEF)(?P<after>\s*\})", re.ASCII)


class BadSavedQuery(ValueError):
    """A saved query that cannot be used; the text begins with its file and line."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")


class BadParameter(QueryError):
    """A value that does not fit its parameter; `parameter` is the parameter's name."""

    status = 400
    title = "A parameter of the query is not valid"

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"The parameter “{parameter}” {message}.")
        self.parameter = parameter


@dataclass(frozen=True)
class Parameter:
    """One parameter: its type, how it is asked for, and what it is chosen from."""

    name: str
    label: str
    type: str
    optional: bool = False
    default: str = ""
    class_: str | None = None
    description: str = ""
    choices: tuple[str, ...] = ()  # the only values that there are
    choices_query: str = ""  # a SELECT whose ?value (and ?label) the form offers
    columns: tuple[str, ...] = ()  # by which it only chooses among the rows that there are without it
    comparison: str = "="
    pattern: str = ""  # that the value of the column must match, where it need not be the parameter's
    begin: str = ""  # a pattern that says where an engine begins when there is a value; it changes no answer

    def term(self, text: str) -> Term | None:
        """Return the text as a term of the parameter's type; None where an optional one is left empty.

        :raises BadParameter: when it does not fit.
        """
        text = text.strip()
        if not text:
            if self.optional:
                return None
            raise BadParameter(self.name, f"needs a value: {_WANTED[self.type]}")
        if len(text) > LONGEST_VALUE:
            raise BadParameter(self.name, f"is longer than {LONGEST_VALUE} characters")
        if self.choices and text not in self.choices:
            raise BadParameter(self.name, f"must be one of: {', '.join(self.choices)}")
        try:
            return _typed(self.type, text)
        except ValueError:
            shown = text if len(text) <= 80 else text[:79] + "…"
            raise BadParameter(self.name, f"must be {_WANTED[self.type]}, not “{shown}”") from None


@dataclass(frozen=True)
class SavedQuery:
    """A saved query as its file has it; `text` is SPARQL, without the header."""

    name: str
    title: str
    question: str
    group: str
    view: str
    text: str
    file: Path
    form: str = "select"  # or "ask"
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    needs_service: str | None = None
    chart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    overview: int | None = None  # its place on the overview; the first stands on the front page too

    def terms(self, values: Mapping[str, str]) -> dict[str, Term]:
        """Return the terms of the parameters that have a value; a parameter that is not named takes its default.

        :raises BadParameter: for the first value that does not fit, and for a value of no parameter.
        """
        for name in values:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise BadParameter(name, f"is not one of this query's ({known})")
        terms = {name: p.term(values.get(name, p.default)) for name, p in self.parameters.items()}
        return {name: term for name, term in terms.items() if term is not None}

    def defaults(self) -> dict[str, Term]:
        """Return the terms of the parameters that have a default, as far as they do."""
        return {name: term for name, p in self.parameters.items() if p.default and (term := p.term(p.default))}

    def query(self, terms: Mapping[str, Term], **asked: Any) -> Query:
        """Return what to ask an engine: the text with the terms, and the whole of which its rows are some.

        :param asked: limits and release, as `Query` has them.
        """
        if self.form != "select" or self.needs_service:
            return Query(self.bound(terms), **asked)
        choosing = {name: term for name, term in terms.items() if self.parameters[name].columns}
        rest = {name: term for name, term in terms.items() if name not in choosing}
        conditions = [
            Condition(p.columns, p.comparison, str(term), name, p.pattern)
            for name, term in choosing.items()
            for p in [self.parameters[name]]
        ]
        columns = dict.fromkeys(column for p in self.parameters.values() for column in p.columns)
        whole = Whole(self.bound(rest), tuple(columns))
        return Query(self.bound(terms), whole=whole, conditions=conditions, **asked)

    def bound(self, terms: Mapping[str, Term]) -> str:
        """Return the text with the terms in the places that introduce their parameters.

        A parameter without a value is not introduced at all: Virtuoso goes wrong on UNDEF.
        """

        def introduce(found: re.Match[str]) -> str:
            term = terms.get(found["name"])
            if term is None:
                return ""
            begin = self.parameters[found["name"]].begin
            return f"{found['before']}{term}{found['after']}" + (f" {begin}" if begin else "")

        # One pass: a value that looks like another parameter's introduction is not looked at again.
        return _INTRODUCTION.sub(introduce, self.text)


def read_folder(folder: Path) -> dict[str, SavedQuery]:
    """Return the saved queries of a folder by name, in the order of their groups and titles.

    :raises BadSavedQuery: for the first bad one.
    """
    queries = [read(file) for file in sorted(folder.glob("*.rq"))]
    return {query.name: query for query in sorted(queries, key=lambda q: (q.group, q.title))}


def by_group(queries: Iterable[SavedQuery]) -> dict[str, list[SavedQuery]]:
    """Return saved queries by their groups, in the order in which they come."""
    groups: dict[str, list[SavedQuery]] = {}
    for query in queries:
        groups.setdefault(query.group, []).append(query)
    return groups


def read(file: Path) -> SavedQuery:
    """Read one file.

    :raises BadSavedQuery: when its header or its text is wrong.
    """
    if not _NAME.fullmatch(file.stem):
        raise BadSavedQuery(file, 1, "the file's name may have small letters, digits and hyphens only")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BadSavedQuery(file, 1, f"the file is not UTF-8: {error.reason}") from None
    length = next((n for n, line in enumerate(lines) if not line.startswith(_HEADER)), len(lines))
    header = _header(file, [line[len(_HEADER) :].removeprefix(" ") for line in lines[:length]])
    parameters = {
        name: _parameter(file, _line(lines, name), name, fields) for name, fields in header["parameters"].items()
    }
    query = SavedQuery(
        name=file.stem,
        title=header["title"],
        question=header["question"],
        group=header["group"],
        view=header["view"],
        text="\n".join(lines[length:]).strip() + "\n",
        file=file,
        form=_form(file, length + 1, "\n".join(lines[length:])),
        parameters=parameters,
        needs_service=header["needs-service"],
        chart=_chart(file, _line(lines, "chart"), header["view"], header["chart"]),
        overview=_overview(file, _line(lines, "overview"), header),
    )
    _check_text(query, lines, length)
    return query


def _header(file: Path, lines: list[str]) -> dict[str, Any]:
    if not lines:
        raise BadSavedQuery(file, 1, f"the header is missing: lines that begin with “{_HEADER} ” with at least a title")
    try:
        header = yaml.safe_load("\n".join(lines))
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        raise BadSavedQuery(file, mark.line + 1 if mark else 1, f"the header is not valid YAML: {error}") from None
    if not isinstance(header, dict):
        raise BadSavedQuery(file, 1, "the header must be a YAML mapping such as “title: Who denies?”")
    known = {"title", "question", "group", "view", "parameters", "needs-service", "chart", "overview"}
    for key in header:
        if key not in known:
            raise BadSavedQuery(
                file, _line(lines, str(key)), f"unknown key “{key}”; known are {', '.join(sorted(known))}"
            )
    for key in ("title", "question", "group"):
        if not isinstance(header.get(key), str) or not header[key].strip():
            raise BadSavedQuery(file, _line(lines, key), f"“{key}” is missing")
    view = header.setdefault("view", "table")
    if view not in VIEWS:
        raise BadSavedQuery(file, _line(lines, "view"), f"view is “{view}”, but must be one of {', '.join(VIEWS)}")
    if header.get("parameters") is None:
        header["parameters"] = {}
    if not isinstance(header["parameters"], dict):
        raise BadSavedQuery(file, _line(lines, "parameters"), "“parameters” must map each name to its fields")
    header.setdefault("needs-service")
    header.setdefault("chart")
    return header


def _chart(file: Path, line: int, view: str, fields: object) -> dict[str, tuple[str, ...]]:
    """Return the columns for each part of a view; an edge of a network is two or three names in one text."""
    if fields is None:
        fields = {}
    parts = CHARTS[view]
    if not isinstance(fields, dict):
        raise BadSavedQuery(file, line, f"“chart” must map parts to columns; the view “{view}” has {', '.join(parts)}")
    for part in fields:
        if part not in parts:
            raise BadSavedQuery(
                file, line, f"the view “{view}” has no “{part}”; it has {', '.join(parts) or 'nothing to choose'}"
            )
    for part, needed in parts.items():
        if needed and not fields.get(part):
            raise BadSavedQuery(
                file, line, f"the view “{view}” needs “{part}” under “chart”: the columns to take it from"
            )
    chart = {
        part: tuple(map(str, names)) if isinstance(names, list) else (str(names),) for part, names in fields.items()
    }
    if any(len(columns(edge)) not in (2, 3) for edge in chart.get("edges", ())):
        raise BadSavedQuery(
            file, line, "an edge names two columns, or three with its label: “supplier recipient goods”"
        )
    return chart


def columns(names: str) -> list[str]:
    """Return the columns that an edge or another part of a chart names."""
    return [name for name in names.split() if name != MUTUAL]


def _overview(file: Path, line: int, header: Mapping[str, Any]) -> int | None:
    place = header.get("overview")
    if place is None:
        return None
    if not isinstance(place, int) or isinstance(place, bool):
        raise BadSavedQuery(file, line, "“overview” is its place on the overview: 1, 2, 3 …")
    if header["view"] == "table" or header["needs-service"]:
        raise BadSavedQuery(file, line, "the overview shows what is drawn (“view”) and asks no other server")
    return place


def _parameter(file: Path, line: int, name: object, fields: object) -> Parameter:
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise BadSavedQuery(file, line, f"“{name}” is not a name of a variable: letters, digits and _")
    if name in RESERVED:
        raise BadSavedQuery(file, line, f"“{name}” means something in every request: choose another name")
    if not isinstance(fields, dict):
        raise BadSavedQuery(file, line, f"parameter “{name}” needs fields such as “type: iri”")
    unknown = set(fields) - {"label", "type", "optional", "default", "class", "choices", "description", "rows", "begin"}
    if unknown:
        raise BadSavedQuery(file, line, f"parameter “{name}” has the unknown field “{sorted(map(str, unknown))[0]}”")
    if fields.get("type") not in TYPES:
        raise BadSavedQuery(file, line, f"parameter “{name}” needs a type: one of {', '.join(TYPES)}")
    default = fields.get("default")
    class_, choices = fields.get("class"), fields.get("choices")
    if class_ is not None and choices is not None:
        raise BadSavedQuery(file, line, f"parameter “{name}” has “class” and “choices”: choose one")
    parameter = Parameter(
        name=name,
        label=str(fields.get("label") or name),
        type=fields["type"],
        optional=fields.get("optional") is True,
        default="" if default is None else str(default).lower() if isinstance(default, bool) else str(default),
        description=str(fields.get("description") or ""),
        choices=tuple(map(str, choices)) if isinstance(choices, list) else (),
        choices_query=_PROLOGUE + choices if isinstance(choices, str) else "",
        begin=str(fields.get("begin") or ""),
    )
    try:
        for choice in parameter.choices:
            parameter.term(choice)
        if parameter.default:
            parameter.term(parameter.default)
        if class_ is not None:
            parameter = replace(parameter, class_=_iri(str(class_)).value)
    except (BadParameter, ValueError) as error:
        raise BadSavedQuery(file, line, f"parameter “{name}”: {error}") from None
    _check_choices(file, line, parameter, choices)
    return _choosing(file, line, parameter, fields["rows"]) if "rows" in fields else parameter


def _choosing(file: Path, line: int, parameter: Parameter, rows: object) -> Parameter:
    """Return the parameter with the columns by which it chooses rows: “speaker”, “source or target”, “day >=” …"""
    told = _ROWS.fullmatch(rows) if isinstance(rows, str) else None
    if told is None:
        raise BadSavedQuery(
            file,
            line,
            f"“rows” of “{parameter.name}” is a column, several with “or” between, a column and one of "
            f"{', '.join(COMPARISONS)}, or “column: pattern”",
        )
    if parameter.type not in ("iri", "string", "date"):
        raise BadSavedQuery(file, line, f"“rows” of “{parameter.name}” is for the types iri, string and date")
    names = tuple(told["columns"].split(" or "))
    return replace(parameter, columns=names, comparison=told["comparison"] or "=", pattern=told["pattern"] or "")


def _check_choices(file: Path, line: int, parameter: Parameter, choices: object) -> None:
    if choices is not None and not parameter.choices and not parameter.choices_query:
        raise BadSavedQuery(file, line, f"“choices” of “{parameter.name}” is a list of values or a SELECT")
    if parameter.choices_query:
        try:
            result = Store().query(parameter.choices_query)
        except SyntaxError as error:
            raise BadSavedQuery(file, line, f"“choices” of “{parameter.name}” is no SPARQL: {error}") from None
        if not isinstance(result, QuerySolutions) or "value" not in {v.value for v in result.variables}:
            raise BadSavedQuery(file, line, f"“choices” of “{parameter.name}” selects no ?value")


def _form(file: Path, line: int, text: str) -> str:
    form = guard.form(text)
    if form in ("construct", "describe"):  # its answer would be a graph, and in formats of graphs it describes itself
        raise BadSavedQuery(file, line, f"a saved query is a SELECT or an ASK, not a {form.upper()}")
    return form or "select"


def _check_text(query: SavedQuery, lines: list[str], length: int) -> None:
    introduced = {found["name"] for found in _INTRODUCTION.finditer(query.text)}
    for name in query.parameters:
        if name not in introduced:
            raise BadSavedQuery(
                query.file,
                _line(lines, name),
                f"the query does not introduce “{name}”: write VALUES ?{name} {{ UNDEF }} where it is used",
            )
    if query.needs_service:
        return  # evaluating it, even on an empty store, would call the service
    try:
        result = Store().query(query.text)
    except SyntaxError as error:
        found = _POSITION.match(str(error))
        blank = next((n for n, line in enumerate(lines[length:]) if line.strip()), 0)
        line, what = (int(found[1]), f"column {found[2]}: {found[3]}") if found else (1, str(error))
        raise BadSavedQuery(query.file, length + blank + line, what) from None
    selected = {variable.value for variable in result.variables} if isinstance(result, QuerySolutions) else set()
    for parameter in query.parameters.values():
        for column in parameter.columns:
            if column not in selected:
                line = _line(lines, parameter.name)
                raise BadSavedQuery(query.file, line, f"“rows” of “{parameter.name}”: there is no column “{column}”")
    for column in (name for names in query.chart.values() for text in names for name in columns(text)):
        if column not in selected:
            raise BadSavedQuery(query.file, _line(lines, "chart"), f"the result has no column “{column}”")


def _line(lines: list[str], key: str) -> int:
    """Return the number of the header's line that names a key; 1 where none does."""
    pattern = re.compile(rf"^(#\+)?\s*{re.escape(str(key))}\s*:")
    return next((n for n, line in enumerate(lines, 1) if pattern.match(line)), 1)


def _typed(type_: str, text: str) -> Term:
    match type_:
        case "iri":
            return _iri(text)
        case "integer" if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
            return Literal(text, datatype=XSD.integer)
        case "decimal" if re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?", text, re.ASCII):
            return Literal(text, datatype=XSD.decimal)
        case "date" if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return Literal(date.fromisoformat(text).isoformat(), datatype=XSD.date)
        case "boolean" if text in ("true", "false"):
            return Literal(text, datatype=XSD.boolean)
        case "string":
            return Literal(text)
    raise ValueError(text)


def _iri(text: str) -> NamedNode:
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed and prefixed[1] in PREFIXES:
        return NamedNode(PREFIXES[prefixed[1]] + prefixed[2])
    return NamedNode(text.removeprefix("<").removesuffix(">"))


_WANTED = {
    "iri": "an IRI or a prefixed name such as state:russia",
    "string": "text",
    "integer": "a whole number",
    "decimal": "a number such as 7000 or 0.5",
    "date": "a date such as 2023-09-13",
    "boolean": "true or false",
}
