"""What pages list and count of a release, in SQLite beside its store: built with it, or taken on from its parent.

The engine finds everything about a thing and sorts it before it gives the first rows; a page that shows 30 of 100,000
statements needs them in their order. Everything here follows from the default graph. What changed between two releases
is put right; the rest is the parent's. The file lies among the dumps, so that it goes with them when something is
forgotten; then, and for releases without one, pages ask the engine.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from ontology.terms import AC, ARTICLE_GRAPHS, ID, RDF, RDFS, SCHEMA, STATEMENT_KINDS

FILE = "summaries.sqlite"
VERSION = 1  # of the tables
FEWEST = 300  # articles, below which the engine finds everything at once
LOOK = 50  # quads that are looked at one by one; of a state there are very many, those of the default graph first
BY, ABOUT = 1, 2  # roles of a mention
PARTS = ("evidence", "selector", "extraction", "quantity", "review")  # of statements: too many to list by name
EVENTS = ("Meeting", "Visit", "Summit", "Talks", "ArmsTransfer", "TransferTalks", "Event")
ROLES = (
    *("participant", "host", "party", "supplier", "recipient", "endUser", "place", "expectedPlace", "materiel"),
    "target",
)
_BY = tuple(AC[name] for name in ("speaker", "onBehalfOf", "relayedBy", "citedBy"))
_DEFAULT = DefaultGraph()
_LABELLED = {AC[name]: name for name in ROLES}
_CLASSES = {AC[name]: name for name in EVENTS}
_KINDS = {AC[name]: name for name in STATEMENT_KINDS}

# Days are '' where there is none, and so come first, as unbound values do.
_SCHEMA = f"""
PRAGMA user_version = {VERSION};
CREATE TABLE node (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE);
CREATE TABLE article (id INTEGER PRIMARY KEY, headline TEXT, published TEXT NOT NULL, outlet INTEGER);
CREATE INDEX article_published ON article (published);
CREATE TABLE statement (id INTEGER PRIMARY KEY, article INTEGER NOT NULL, kind TEXT NOT NULL, said TEXT NOT NULL,
  published TEXT NOT NULL, day TEXT NOT NULL, attributed INTEGER NOT NULL, counted INTEGER NOT NULL);
CREATE INDEX statement_article ON statement (article);
CREATE TABLE source (statement INTEGER, source INTEGER, PRIMARY KEY (statement, source)) WITHOUT ROWID;
CREATE TABLE voice (statement INTEGER, actor INTEGER, PRIMARY KEY (statement, actor)) WITHOUT ROWID;
CREATE TABLE mention (thing INTEGER, role INTEGER, day TEXT, statement INTEGER,
  PRIMARY KEY (thing, role, day, statement)) WITHOUT ROWID;
CREATE INDEX mention_statement ON mention (statement);
CREATE TABLE about (event INTEGER, statement INTEGER, PRIMARY KEY (event, statement)) WITHOUT ROWID;
CREATE INDEX about_statement ON about (statement);
CREATE TABLE event (id INTEGER PRIMARY KEY, class TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL);
CREATE TABLE part (thing INTEGER, event INTEGER, role TEXT, PRIMARY KEY (thing, event, role)) WITHOUT ROWID;
CREATE INDEX part_event ON part (event);
CREATE TABLE disputed (one INTEGER, other INTEGER, talks INTEGER, event INTEGER,
  PRIMARY KEY (one, other, talks, event)) WITHOUT ROWID;
CREATE INDEX disputed_event ON disputed (event);
CREATE TABLE thing (id INTEGER PRIMARY KEY, named INTEGER NOT NULL);
CREATE TABLE member (class INTEGER, label TEXT, thing INTEGER, PRIMARY KEY (class, label, thing)) WITHOUT ROWID;
CREATE INDEX member_thing ON member (thing);
CREATE TABLE tally (of TEXT, term TEXT, number INTEGER NOT NULL, PRIMARY KEY (of, term)) WITHOUT ROWID;
"""
_NAMED = (
    f'ASK {{ GRAPH ?graph {{ ?s ?p ?thing }} FILTER(STRSTARTS(STR(?graph), "{ARTICLE_GRAPHS}") && ?p != {RDF.type}) }}'
)
_TALLIES = {
    "class": f"SELECT ?term (COUNT(*) AS ?n) WHERE {{ ?s {RDF.type} ?term }} GROUP BY ?term",
    "property": "SELECT ?term (COUNT(*) AS ?n) WHERE { ?s ?term ?o } GROUP BY ?term",
    "ours": f'SELECT ?term (COUNT(*) AS ?n) WHERE {{ ?s {RDF.type} ?term FILTER(STRSTARTS(STR(?s), "{ID}")) }} '
    "GROUP BY ?term",
}


def publish(
    dumps: Path,
    store: Store,
    articles: int,
    *,
    before: Store | None = None,
    parent: Path | None = None,
    touched: Iterable[Quad] = (),
) -> None:
    """Write the summaries of a release in the making among its dumps, as `write` does; small releases need none.

    :param articles: how many the release has.
    :param parent: the dumps of its parent.
    """
    if articles >= FEWEST:
        dumps.mkdir(exist_ok=True)
        write(dumps / FILE, store, before=before, parent=parent / FILE if parent else None, touched=touched)


def write(
    path: Path,
    store: Store,
    *,
    before: Store | None = None,
    parent: Path | None = None,
    touched: Iterable[Quad] = (),
) -> None:
    """Write the summaries of a store into a new file; from its parent's where they are given.

    :param before: the parent's store.
    :param parent: the parent's summaries.
    :param touched: at least every quad whose place in a named graph or in the default graph the two stores differ in.
    """
    if before is not None and parent is not None and _is_ours(parent):
        shutil.copyfile(parent, path)
        with closing(_opened(path)) as database, database:
            _Summaries(database, store).take_on(before, touched)
        return
    with closing(_opened(path)) as database, database:
        database.executescript(_SCHEMA)
        _Summaries(database, store).fill()


def all_dated(dumps: Path) -> bool | None:
    """Tell whether all articles of a release have a day; None where it has no summaries.

    :param dumps: of the release.
    """
    if not _is_ours(dumps / FILE):
        return None
    with closing(_read_only(dumps / FILE)) as database:
        return database.execute("SELECT 1 FROM article WHERE published = '' LIMIT 1").fetchone() is None


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = OFF")  # the file is written aside and synchronised once, when it is whole
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -65536")
    return database


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with closing(_read_only(path)) as database:
        found: tuple[int] = database.execute("PRAGMA user_version").fetchone()
    return found[0] == VERSION


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


class _Facts:
    """What the default graph of a store says of one thing."""

    def __init__(self, store: Store, thing: NamedNode) -> None:
        self._values: dict[str, list[object]] = {}
        for quad in store.quads_for_pattern(thing, None, None, _DEFAULT):
            self._values.setdefault(quad.predicate.value, []).append(quad.object)

    def iris(self, *properties: NamedNode) -> list[NamedNode]:
        found = (value for one in properties for value in self._values.get(one.value, ()))
        return [value for value in found if isinstance(value, NamedNode)]

    def least(self, one: NamedNode) -> str:
        """The first of its literals, '' where there is none."""
        return min((value.value for value in self._values.get(one.value, ()) if isinstance(value, Literal)), default="")


class _Summaries:
    def __init__(self, database: sqlite3.Connection, store: Store) -> None:
        self.database = database
        self.store = store
        self._ids: dict[str, int] = {}

    def fill(self) -> None:
        """Fill empty tables."""
        for what, query in _TALLIES.items():
            solutions = self.store.query(query)
            assert isinstance(solutions, QuerySolutions)
            rows = [(what, row["term"].value, int(row["n"].value)) for row in solutions]
            self.database.executemany("INSERT INTO tally VALUES (?, ?, ?)", rows)
        for name in EVENTS:
            for event in self._subjects(RDF.type, AC[name]):
                self._put_event(event)
        for article in self._subjects(RDF.type, AC.Article):
            self._put_article(article)
        for statement in dict.fromkeys(self._subjects(AC.reportedIn, None)):
            self._put_statement(statement)
        for thing in dict.fromkeys(self._subjects(RDF.type, None)):
            self._put_thing(thing)

    def take_on(self, before: Store, touched: Iterable[Quad]) -> None:
        """Put right what is the parent's."""
        subjects: dict[NamedNode, None] = {}
        objects: dict[NamedNode, None] = {}
        for triple in dict.fromkeys(quad.triple for quad in touched):
            quad = Quad(triple.subject, triple.predicate, triple.object, _DEFAULT)
            was, now = quad in before, quad in self.store
            if isinstance(triple.object, NamedNode) and triple.predicate != RDF.type:
                objects[triple.object] = None
            if was != now:
                self._tally(triple, 1 if now else -1)
                if isinstance(triple.subject, NamedNode):
                    subjects[triple.subject] = None
        statements: dict[NamedNode, None] = {}
        for subject in subjects:
            types = {*self._types(before, subject), *self._types(self.store, subject)}
            if types & _CLASSES.keys():
                self._put_event(subject)
                statements |= dict.fromkeys(self._subjects(AC.about, subject))
            if AC.Article in types:
                self._put_article(subject)
                statements |= dict.fromkeys(self._subjects(AC.reportedIn, subject))
            if types & _KINDS.keys():
                statements[subject] = None
        for statement in statements:
            self._put_statement(statement)
        for thing in subjects | objects:
            self._put_thing(thing)

    def _subjects(self, predicate: NamedNode, object: NamedNode | None) -> Iterator[NamedNode]:
        for quad in self.store.quads_for_pattern(None, predicate, object, _DEFAULT):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject

    def _types(self, store: Store, thing: NamedNode) -> Iterator[NamedNode]:
        for quad in store.quads_for_pattern(thing, RDF.type, None, _DEFAULT):
            if isinstance(quad.object, NamedNode):
                yield quad.object

    def _tally(self, triple: Triple, number: int) -> None:
        counted = [("property", triple.predicate.value)]
        if triple.predicate == RDF.type and isinstance(triple.object, NamedNode):
            counted.append(("class", triple.object.value))
            if isinstance(triple.subject, NamedNode) and triple.subject.value.startswith(ID):
                counted.append(("ours", triple.object.value))
        for key in counted:
            self.database.execute("INSERT OR IGNORE INTO tally VALUES (?, ?, 0)", key)
            self.database.execute("UPDATE tally SET number = number + ? WHERE of = ? AND term = ?", (number, *key))
            self.database.execute("DELETE FROM tally WHERE of = ? AND term = ? AND number = 0", key)

    def _id(self, thing: NamedNode) -> int:
        known = self._ids.get(thing.value)
        if known is None:
            self.database.execute("INSERT OR IGNORE INTO node (iri) VALUES (?)", (thing.value,))
            found = self.database.execute("SELECT id FROM node WHERE iri = ?", (thing.value,)).fetchone()
            known = self._ids[thing.value] = int(found[0])
        return known

    def _delete(self, number: int, *places: str) -> None:
        for place in places:
            table, _, column = place.partition(".")
            self.database.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))  # noqa: S608 - our own names

    def _insert(self, table: str, *values: object) -> None:
        holders = ", ".join("?" * len(values))
        self.database.execute(f"INSERT OR IGNORE INTO {table} VALUES ({holders})", values)  # noqa: S608

    def _put_event(self, event: NamedNode) -> None:
        number, facts = self._id(event), _Facts(self.store, event)
        self._delete(number, "event.id", "part.event", "disputed.event")
        classes = {_CLASSES[one] for one in facts.iris(RDF.type) if one in _CLASSES}
        if not classes:
            return
        kind = next(name for name in EVENTS if name in classes)
        self._insert("event", number, kind, facts.least(AC.startDate), facts.least(AC.endDate))
        for one, role in _LABELLED.items():
            for thing in facts.iris(one):
                self._insert("part", self._id(thing), number, role)
        if "ArmsTransfer" in classes:
            for supplier in facts.iris(AC.supplier):
                for recipient in facts.iris(AC.recipient):
                    self._insert("disputed", self._id(supplier), self._id(recipient), False, number)
        if "TransferTalks" in classes:
            parties = facts.iris(AC.party, AC.supplier, AC.recipient)
            for one in parties:
                for other in parties:
                    if one.value < other.value:
                        self._insert("disputed", self._id(one), self._id(other), True, number)

    def _put_article(self, article: NamedNode) -> None:
        number, facts = self._id(article), _Facts(self.store, article)
        self._delete(number, "article.id")
        if AC.Article in facts.iris(RDF.type):
            outlets = sorted(facts.iris(SCHEMA.publisher), key=str)
            outlet = self._id(outlets[0]) if outlets else None
            headline = facts.least(SCHEMA.headline) or None
            self._insert("article", number, headline, facts.least(SCHEMA.datePublished), outlet)

    def _put_statement(self, statement: NamedNode) -> None:
        number, facts = self._id(statement), _Facts(self.store, statement)
        self._delete(
            *(number, "statement.id", "source.statement", "voice.statement", "mention.statement", "about.statement")
        )
        articles = facts.iris(AC.reportedIn)
        kind = next((_KINDS[one] for one in facts.iris(RDF.type) if one in _KINDS), "")
        if not articles or not kind:
            return
        article, said = articles[0], facts.least(AC.statedOn)
        of_article = self.store.quads_for_pattern(article, SCHEMA.datePublished, None, _DEFAULT)
        published = min((quad.object.value for quad in of_article if isinstance(quad.object, Literal)), default="")
        day, speakers = said or published, facts.iris(AC.speaker)
        counted = bool(facts.iris(AC.quantity))
        self._insert(
            *("statement", number, self._id(article), kind, said, published, day, bool(speakers), counted),
        )
        behalf = facts.iris(AC.onBehalfOf)
        for source in facts.iris(AC.independentSource) or behalf or speakers or [article]:
            self._insert("source", number, self._id(source))
        for actor in [*speakers, *behalf]:
            self._insert("voice", number, self._id(actor))
        for thing in facts.iris(*_BY):
            self._insert("mention", self._id(thing), BY, day, number)
        for thing in facts.iris(AC.wouldViolate):
            self._insert("mention", self._id(thing), ABOUT, day, number)
        for event in facts.iris(AC.about):
            self._insert("about", self._id(event), number)
            self._insert("mention", self._id(event), ABOUT, day, number)
            self.database.execute(
                "INSERT OR IGNORE INTO mention SELECT thing, ?, ?, ? FROM part WHERE event = ? AND role <> 'target'",
                (ABOUT, day, number, self._id(event)),
            )

    def _put_thing(self, thing: NamedNode) -> None:
        if not thing.value.startswith(ID) or thing.value[len(ID) :].partition("/")[0] in PARTS:
            return
        number = self._id(thing)
        self._delete(number, "thing.id", "member.thing")
        types = list(self._types(self.store, thing))
        if not types:
            return
        labels = self.store.quads_for_pattern(thing, RDFS.label, None, _DEFAULT)
        label = min((quad.object.value for quad in labels if isinstance(quad.object, Literal)), default="")
        self._insert("thing", number, self._is_named(thing))
        for one in types:
            self._insert("member", self._id(one), label, number)

    def _is_named(self, thing: NamedNode) -> bool:
        """Tell whether an article's graph has it as a value."""
        first = list(islice(self.store.quads_for_pattern(None, None, thing, None), LOOK))
        return any(
            isinstance(quad.graph_name, NamedNode)
            and quad.graph_name.value.startswith(ARTICLE_GRAPHS)
            and quad.predicate != RDF.type
            for quad in first
        ) or (len(first) == LOOK and bool(self.store.query(_NAMED.replace("?thing", str(thing)))))
