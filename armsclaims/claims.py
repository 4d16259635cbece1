"""Claims to ask from Python: a release or a SPARQL endpoint, answered as rdflib terms or data frames."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from rdflib import Dataset, Literal
from rdflib.query import Result
from rdflib.term import Identifier

import armsclaims
from armsclaims.api import open_release
from ontology.terms import PREFIXES
from server import saved_query
from server.saved_query import SavedQuery
from server.settings import Settings

if TYPE_CHECKING:
    import pandas
    import polars

TRUNCATED = "Armsclaims-Truncated"
SECONDS = 60.0  # to wait for an endpoint
_JSON = "application/sparql-results+json"


class NoAnswer(Exception):
    """An endpoint did not answer, or gave a part of the answer only; the text says why."""


class Solutions(Sequence[Mapping[str, Identifier]]):
    """The solutions of a SELECT query: mappings from the names of variables to rdflib terms."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Mapping[str, Identifier]]) -> None:
        self.columns = list(columns)
        self._rows = list(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __iter__(self) -> Iterator[Mapping[str, Identifier]]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<{len(self)} solutions of {', '.join(self.columns)}>"

    def to_pandas(self) -> "pandas.DataFrame":
        """Return a pandas data frame: numbers, truth values and days as such, everything else as text.

        :raises ImportError: without the extra `frames`.
        """
        library = _frames("pandas")
        types = {int: "Int64", float: "Float64", bool: "boolean", date: "datetime64[s]", str: "string"}
        frame: pandas.DataFrame = library.DataFrame(
            {name: library.Series(values, dtype=types[type_]) for name, type_, values in self._typed()},
            columns=self.columns,
        )
        return frame

    def to_polars(self) -> "polars.DataFrame":
        """Return a Polars data frame: numbers, truth values and days as such, everything else as text.

        :raises ImportError: without the extra `frames`.
        """
        library = _frames("polars")
        types = {int: library.Int64, float: library.Float64, bool: library.Boolean, date: library.Date}
        frame: polars.DataFrame = library.DataFrame(
            [library.Series(name, values, types.get(type_, library.String)) for name, type_, values in self._typed()]
        )
        return frame

    def _typed(self) -> Iterator[tuple[str, type, list[Any]]]:
        for name in self.columns:
            values = [_plain(row.get(name)) for row in self._rows]
            types = {type(value) for value in values if value is not None}
            if types == {int, float}:
                types, values = {float}, [None if value is None else float(value) for value in values]
            type_ = types.pop() if len(types) == 1 else str
            yield (
                name,
                type_,
                [None if value is None else type_(str(value)) if type_ is str else value for value in values],
            )


class Claims:
    """Claims to ask; `dataset` is a release's rdflib `Dataset`, None for an endpoint."""

    def __init__(self, where: str | Path = "data", release: str | None = None) -> None:
        self.endpoint = str(where) if str(where).startswith(("http://", "https://")) else None
        self.release = release
        self.dataset: Dataset | None = None if self.endpoint else open_release(where, release)

    @property
    def questions(self) -> dict[str, SavedQuery]:
        """The saved queries by their names."""
        return saved_query.read_folder(Settings().queries)

    def query(self, question: str, /, **values: object) -> Solutions:
        """Answer a SELECT query, or a saved query by its name with the values of its parameters.

        :raises ValueError: for a query that is no SELECT.
        :raises server.saved_query.BadParameter: for a value that does not fit.
        :raises NoAnswer: when an endpoint refuses, cuts the answer short or is not there.
        """
        text = self._text(question, values)
        result = self._remote(text) if self.endpoint else self._local(text)
        if result.type != "SELECT" or result.vars is None:
            raise ValueError(f"This answers SELECT queries; for {result.type} use the dataset, or the endpoint itself.")
        columns = [str(variable) for variable in result.vars]
        return Solutions(columns, [_bound(row) for row in result.bindings])

    def _text(self, question: str, values: Mapping[str, object]) -> str:
        known = self.questions
        if question in known:
            found = known[question]
            return found.bound(found.terms({name: _written(value) for name, value in values.items()}))
        if values:
            raise ValueError(f"Only saved queries have parameters; {question!r} is none of {', '.join(known)}.")
        return question

    def _local(self, text: str) -> Result:
        assert self.dataset is not None
        return self.dataset.query(text)

    def _remote(self, text: str) -> Result:
        # In the first line, so that the lines of errors are those of the text.
        declared = "".join(f"PREFIX {prefix}: <{iri}> " for prefix, iri in PREFIXES.items() if f"{prefix}:" in text)
        form = {"query": declared + text} | ({"release": self.release} if self.release else {})
        headers = {"Accept": _JSON, "User-Agent": f"armsclaims/{armsclaims.__version__}"}
        request = Request(f"{self.endpoint}", urlencode(form).encode(), headers)  # noqa: S310 - http or https
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                if answer.headers.get(TRUNCATED, "no") != "no":
                    raise NoAnswer(f"{self.endpoint} cut the answer short: {answer.headers[TRUNCATED]}. Ask for less.")
                return Result.parse(answer, format="json")
        except HTTPError as error:
            raise NoAnswer(f"{self.endpoint} answered {error.code}: {_detail(error)}") from error
        except (URLError, TimeoutError) as error:
            raise NoAnswer(f"{self.endpoint} did not answer: {error}") from error


def open_claims(where: str | Path = "data", release: str | None = None) -> Claims:
    """Open claims to ask: the data folder that `armsclaims load` wrote, or the address of a SPARQL endpoint.

    :param release: the identifier of an older release; the current one if none is given.
    :raises server.store.errors.StoreError: when there is no such release in the folder.
    """
    return Claims(where, release)


def _bound(row: Mapping[Any, Identifier | None]) -> dict[str, Identifier]:
    return {str(name): term for name, term in row.items() if term is not None}


def _plain(term: Identifier | None) -> Any:
    if not isinstance(term, Literal):
        return None if term is None else str(term)
    value = term.toPython()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime) or not isinstance(value, int | float | bool | date):
        return str(term)
    return value


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _detail(error: HTTPError) -> str:
    text = error.read(20_000).decode("utf-8", "replace")
    try:
        problem = json.loads(text)
    except json.JSONDecodeError:
        return text.strip().partition("\n")[0][:500] or error.reason
    return str(problem.get("detail", text)) if isinstance(problem, dict) else text


def _frames(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError as error:
        raise ImportError(f"Data frames need {name}: install armsclaims[frames].") from error
