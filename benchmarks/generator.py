"""Makes articles up: as many as wanted, skewed as real news, with what they say as records or as quads.

    python -m benchmarks.generator 1000 articles.jsonl     # texts, for the loader
    python -m benchmarks.generator 100000 quads/ --quads   # a file of N-Quads per article, without a parser

The same number and seed give the same bytes. The sentences, and how news is skewed, are in `sentences.yaml`; states,
capitals and goods are those of the reference data.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from loader import emit, identity, pipeline
from loader.gazetteer import Entry
from loader.goods import Goods
from loader.merge import TransferDraft
from loader.records import Article, Extraction, Meeting, Period, Statement, Transfer
from loader.slugs import slug
from ontology import reference as reference_data
from ontology import terms
from ontology.reference import Reference

SENTENCES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text("utf-8"))
FILLER = [[part.strip() for part in parts.split("|")] for parts in SENTENCES["filler"]]
FIRST_DAY = date(2015, 1, 1)
DAYS = 3650
FEW = 12  # states that most of the claims are about: real disputes have few parties


@dataclass(frozen=True, slots=True)
class Said:
    """A claim as it stands in a text: the sentence, its kind, who says it, and about what."""

    span: tuple[int, int]
    kind: str
    speaker: str | None
    about: str
    roles: dict[str, Any] = field(default_factory=dict)


class Generator:
    """Articles from a seed."""

    def __init__(self, seed: int = 0, reference: Reference | None = None) -> None:
        self.reference = reference or reference_data.read()
        self._random = random.Random(seed)  # noqa: S311 - nothing secret
        self._before: tuple[dict[str, Any], list[Said]] | None = None

    def articles(self, count: int) -> Iterator[tuple[dict[str, Any], list[Said]]]:
        """Yield each article as the object of its line of .jsonl, with the claims in it."""
        for number in range(count):
            values, said = self._article(number)
            self._before = values, said
            yield values, said

    def extractions(self, count: int) -> Iterator[Extraction]:
        """Yield what a loader that errs never would make of each article."""
        for values, said in self.articles(count):
            yield self._extraction(values, said)

    # ---- texts

    def _article(self, number: int) -> tuple[dict[str, Any], list[Said]]:
        skew, draw = SENTENCES["skew"], self._random
        name = f"{number:06d}"
        publisher = draw.choice(SENTENCES["publishers"])
        day = FIRST_DAY + timedelta(draw.randrange(DAYS))
        if self._before and draw.random() < skew["copies"]:
            values, said = self._before
            more = self._filled(self._filler(), self._slots())
            return values | {"id": name, "publisher": publisher, "text": f"{values['text']}\n\n{more}"}, said
        shares = skew["claims"]
        claims = draw.choices(list(shares), list(shares.values()))[0]
        abroad = claims > 0 or draw.random() < skew["abroad"]
        pairs = [self._slots() for _ in range(max(1, claims // 3))]
        told: list[tuple[str, Any, dict[str, Any]]] = []
        for _ in range(draw.randint(*skew["paragraphs"])):
            named = abroad and draw.random() < 0.3
            told.append((draw.choice(SENTENCES["abroad"]) if named else self._filler(), None, self._slots()))
        for _ in range(claims):
            claim = draw.choice(SENTENCES["claims"])
            told.insert(draw.randint(0, len(told)), (claim["text"], claim, draw.choice(pairs)))
        headline = self._filled(draw.choice(SENTENCES["headlines"]), pairs[0])
        text, said = f"{headline}\n", []
        for template, claim, slots in told:
            sentence = self._filled(template, slots)
            text += "\n" if not claim else ""
            if claim:
                text += "\n"
                span = (len(text), len(text) + len(sentence))
                speaker = slots.get(claim["speaker"]) if claim["speaker"] in slots else None
                said.append(Said(span, claim["kind"], speaker, claim["about"], slots))
            text += sentence + "\n"
        return {
            "id": name, "publisher": publisher, "published": day.isoformat(), "headline": headline, "text": text,
            "rights": "open", "language": "en",
        }, said  # fmt: skip

    def _filler(self) -> str:
        return " ".join(self._random.choice(parts) for parts in FILLER).replace(" ,", ",")

    def _slots(self) -> dict[str, Any]:
        draw, states = self._random, self._states
        few = states[:FEW] if draw.random() < 0.8 else states
        supplier, recipient, other = draw.sample(few, 3)
        name = "".join(draw.choices(SENTENCES["syllables"], k=draw.randint(2, 4))).capitalize()
        return {
            "supplier": supplier, "recipient": recipient, "other": other, "recipient's rival": other,
            "goods": draw.choice(self._goods), "number": f"{draw.randrange(2, 90) * 100:,}",
            "unit": draw.choice(SENTENCES["units"]), "place": draw.choice(self._capitals),
            "day": draw.choice(SENTENCES["days"]), "name": name, "share": draw.randint(2, 19),
        }  # fmt: skip

    def _filled(self, template: str, slots: dict[str, Any]) -> str:
        labels = {key: getattr(value, "label", value) for key, value in slots.items()}
        filled = template.format(**labels)
        return filled[0].upper() + filled[1:]

    @cached_property
    def _states(self) -> list[Entry]:
        states = sorted(self.reference.states.values(), key=lambda one: hashlib.sha256(one.iri.encode()).digest())
        return [Entry(one.iri, one.label, "State", one.iri) for one in states if not one.label.startswith("the ")]

    @cached_property
    def _capitals(self) -> list[Entry]:
        found = sorted({iri for one in self.reference.states.values() for iri in one.capitals})
        return [Entry(iri, self.reference.places[iri].label, "Place") for iri in found]

    @cached_property
    def _goods(self) -> list[Goods]:
        arms = f"{terms.ID}materiel/arms"
        concepts = sorted(self.reference.concepts.values(), key=lambda one: one.iri)
        return [
            Goods(0, 0, 0, one.iri, one.label, one.scope) for one in concepts if one.scope == "arms" and one.iri != arms
        ]

    # ---- records

    def _extraction(self, values: dict[str, Any], said: list[Said]) -> Extraction:
        tail = f"{slug(values['publisher'])}/{slug(values['id'])}"
        text = values["text"]
        article = Article(
            values["id"], f"{terms.ID}article/{tail}", terms.ARTICLE_GRAPHS + tail, "generated.jsonl", text,
            hashlib.sha256(text.encode()).hexdigest(), values["headline"], values["publisher"],
            date.fromisoformat(values["published"]), "given by the generator", rights=values["rights"],
        )  # fmt: skip
        transfers: dict[str, Transfer] = {}
        meetings: dict[str, Meeting] = {}
        statements: dict[str, Statement] = {}
        for one in said:
            about = self._event(one, article, transfers, meetings)
            speaker = one.speaker.iri if isinstance(one.speaker, Entry) else None
            iri = identity.said(article, one.kind, speaker, about, one.span)
            stance = {"Denial": "negative", "NoComment": "none"}.get(one.kind, "positive")
            statements[iri] = Statement(
                iri, one.kind, one.span, speaker, about=about, stance=stance, certainty="certain", realis="done"
            )
        return Extraction(
            article,
            meetings=tuple(sorted(meetings.values(), key=lambda one: one.iri)),
            transfers=tuple(sorted(transfers.values(), key=lambda one: one.iri)),
            statements=tuple(sorted(statements.values(), key=lambda one: (one.evidence, one.kind, one.iri))),
        )

    def _event(self, said: Said, article: Article, transfers: dict[str, Transfer], meetings: dict[str, Meeting]) -> str:
        supplier, recipient = said.roles["supplier"], said.roles["recipient"]
        if said.about == "meeting":
            parties = sorted((supplier, recipient), key=lambda one: one.label)
            day = article.published
            assert day
            place = said.roles["place"].iri
            iri = f"{terms.ID}meeting/summit--{'--'.join(slug(one.label) for one in parties)}--{day.isoformat()}"
            label = f"Summit: {', '.join(one.label for one in parties)} ({day.isoformat()})"
            participants = tuple(sorted(one.iri for one in parties))
            meetings[iri] = Meeting(iri, "Summit", label, participants, place=place, period=Period(day, day))
            return iri
        goods, parties_ = (said.roles["goods"],), (supplier.iri, recipient.iri)
        if said.about == "transfer":
            draft = TransferDraft("ArmsTransfer", supplier.iri, recipient.iri, (), goods, None)
        else:
            draft = TransferDraft("TransferTalks", None, None, parties_, goods, None)
        transfer = identity.transfer(draft, _Names({one.iri: one for one in (supplier, recipient)}))
        transfers[transfer.iri] = transfer
        return transfer.iri


@dataclass(frozen=True)
class _Names:
    entries: dict[str, Entry]


def main() -> None:
    """Write articles, or their quads, as the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("out", type=Path, help="a file of .jsonl; with --quads a folder")
    parser.add_argument("--quads", action="store_true", help="a file of N-Quads per article")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    generator = Generator(given.seed)
    if not given.quads:
        with given.out.open("w", encoding="utf-8") as file:
            for values, _ in generator.articles(given.count):
                file.write(json.dumps(values, ensure_ascii=False) + "\n")
        return
    given.out.mkdir(parents=True, exist_ok=True)
    for extraction in generator.extractions(given.count):
        path = given.out / pipeline.file_name(extraction.article.graph)
        emit.write(extraction, generator.reference, path)


if __name__ == "__main__":
    main()
