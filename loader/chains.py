"""Through whom words reach the article: outlets that quote sources, and several outlets credited together."""

from collections.abc import Iterable
from dataclasses import replace

from loader import lexicons
from loader.linking import Linker
from loader.parsing import Document
from loader.phrases import Attribution
from loader.takeup import Claim
from loader.vocabulary import words

LISTS = {name: words(value) for name, value in lexicons.read("chains").items()}


def chained(found: Iterable[Attribution], document: Document, linker: Linker) -> tuple[Attribution, ...]:
    """The attributions, with the sources that media quote as speakers and every outlet that is credited."""
    attributions = tuple(found)
    quoting = {one.cue: quoted for one in attributions if (quoted := _quoted(one, document, linker))}
    chains: list[Attribution] = []
    for said in attributions:
        above = _reported_in(said, document)
        if above in quoting:
            said = replace(quoting[above], cue=said.cue, act=said.act, content=said.content, negated=said.negated)
        elif said.cue in quoting:
            if any(_reported_in(one, document) == said.cue for one in attributions):
                continue  # told by "as saying"
            said = quoting[said.cue]
        chains.append(_all_credited(said, document, linker))
    return tuple(chains)


def _reported_in(said: Attribution, document: Document) -> int | None:
    """The verb of "quoted X as saying", if that is what the cue stands in."""
    cue = document.tokens[said.cue]
    above = document.tokens[cue.head]
    return above.head if cue.tag == "VBG" and above.lower == "as" else None


def credited(claims: Iterable[Claim], linker: Linker) -> tuple[Claim, ...]:
    """The claims, with an outlet that speaks itself as the one that is cited."""
    return tuple(
        replace(claim, cited_by=claim.speaker)
        if claim.cited_by and claim.speaker and linker.entries[claim.speaker].type == "MediaOutlet"
        else claim
        for claim in claims
    )


def _quoted(said: Attribution, document: Document, linker: Linker) -> Attribution | None:
    """ "Media in X quoted officials as saying": the officials say it, and the media are cited."""
    cue = document.tokens[said.cue]
    if cue.lemma not in LISTS["quoting"] or cue.pos != "VERB" or not document.children(cue.index, "nsubj"):
        return None
    media = [one for noun in document.children(cue.index, "nsubj") for one in linker.all(noun.index)]
    sources = [one for noun in document.children(cue.index, "dobj") for one in linker.all(noun.index)]
    if not media or not sources:
        return None
    for source in sources:
        entry = linker.entries[source]
        official = LISTS["official"].intersection(entry.label.lower().split())
        if entry.type == "AnonymousSource" and entry.state is None and official:  # the government of the media's state
            linker.entries[source] = replace(entry, state=linker.state_of(media[0]))
    return replace(said, speakers=tuple(sources), cited_by=media[0])


def _all_credited(said: Attribution, document: Document, linker: Linker) -> Attribution:
    """ "According to reports by A and by B": both, however the parser hangs them."""
    if document.tokens[said.cue].lower != "according" or said.cited_by is None:
        return said
    last = document.sentences[said.sentence].last
    phrase = document.subtree(said.cue) - said.content
    outlets = [
        linker.at[index].entry.iri
        for index in sorted(phrase)
        if said.cue < index < last and index in linker.at and linker.at[index].entry.type == "MediaOutlet"
    ]
    return replace(said, speakers=tuple(dict.fromkeys((*said.speakers, *outlets))))
