"""Pages of events tell which article gives what, where articles differ too."""

import re

from harness import VISIT, Story, day, english, publish

from ontology.terms import AC, RDF, RDFS
from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine


def story(name: str, first: str, last: str, basis: str, precision: str) -> Story:
    told = Story(name, f"Headline of {name}", "2024-02-01", "They will meet.")
    told.add(
        VISIT,
        (RDF.type, AC.Visit),
        (RDFS.label, english("Visit to Reykjavik")),
        (AC.startDate, day(first)),
        (AC.endDate, day(last)),
        (AC.dateBasis, AC[basis]),
        (AC.datePrecision, AC[precision]),
    )
    told.says("meet", "Report", "They will meet.", (AC.about, VISIT))
    return told


def test_each_period_names_the_articles_that_give_it(tmp_path):
    told = [
        story("one", "2024-02-10", "2024-02-10", "DateStated", "PrecisionDay"),
        story("two", "2024-02-01", "2024-02-29", "DateDerived", "PrecisionMonth"),
        story("three", "2024-02-10", "2024-02-10", "DateStated", "PrecisionDay"),
    ]
    publish(tmp_path, told)
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        client = create_app(Settings(data=tmp_path, queries=tmp_path), engine).test_client()
        page = client.get("/page/meeting/visit-reykjavik", headers={"Accept": "text/html"}).text
        state = client.get("/page/state/iceland", headers={"Accept": "text/html"}).text
    told = re.search(r'<h2 id="attributes">.*?</dl>', page, re.DOTALL)[0]
    periods = re.findall(r"<li>(.*?)</li>", told[told.index("when") :])
    assert [re.sub(r"<[^>]+>", " ", period).split("  ") for period in periods] == [
        [" 2024-02-01 to 2024-02-29 (month, worked out from the article’s date)", " Headline of two", ""],
        [" 2024-02-10 (stated)", " Headline of one ;", "Headline of three", ""],
    ]
    assert "date precision" not in page
    assert 'id="attributes"' not in state
