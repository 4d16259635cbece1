"""How real a thing is said to be: done, under way, planned or possible; how certain; and whether it is negated."""

from dataclasses import dataclass

from loader import lexicons
from loader.parsing import CLAUSAL, Document, Token
from loader.vocabulary import words

LISTS = {name: words(value) for name, value in lexicons.read("modality").items()}
LINKED = ("aux", "advmod", "neg", "mark", "amod", "det", "preconj", "acomp")
ORDER = ("done", "underWay", "planned", "possible")


@dataclass(frozen=True, slots=True)
class Modality:
    """Realis and certainty as in the data model; wanted: only a wish, an aim or an attempt; conditional: after "if"."""

    realis: str
    certainty: str
    negated: bool = False
    wanted: bool = False
    conditional: bool = False
    opposed: bool = False
    modal: bool = False
    demanded: bool = False


def _weaker(one: str, other: str) -> str:
    return max(one, other, key=ORDER.index)


def of(document: Document, trigger: int, stop: int | None = None) -> Modality:
    """The modality of a trigger within the words of one speaker: the cue's token is where to stop climbing."""
    token = document.tokens[trigger]
    realis, certainty, negated, wanted, conditional = _tense(document, token), "certain", False, False, False
    opposed = modal = demanded = False
    below = token
    for level, one in enumerate([token, *document.ancestors(trigger)]):
        if level and _is_proposed(document, below, one):
            conditional = True
        if one.index == stop or level > 8:
            break
        if below.dep in ("acl", "relcl") and document.children(below.index, "nsubj", "nsubjpass") and level:
            if one.lemma in LISTS["possible"]:
                realis, certainty = "possible", "possible"
            root = document.tokens[document.clause(one.index)]
            if token.tag in ("VB", "VBP", "VBZ") and any(
                c.lower in LISTS["duty"] for c in document.children(root.index, "aux")
            ):
                conditional = True  # "we should be careful about the arms that we provide"
            break
        if level:
            governed = below.dep in ("xcomp", "pcomp", "ccomp", "acl", "prep", "pobj", "dobj", "advcl", "compound")
            if below.dep in ("relcl", "conj") and one.pos != "VERB":
                break
            if below.dep in ("nsubj", "nsubjpass") and one.lemma in LISTS["planned"]:
                realis = _weaker(realis, "planned")
            elif governed and one.lemma in LISTS["opposed"] and below.dep in ("dobj", "pobj", "prep"):
                opposed = True
            elif governed and one.lemma in LISTS["lifted"] and _is_lifted(document, one):
                realis = _weaker(realis, "planned")
            elif governed and one.lemma in LISTS["averted"] and below.dep in ("xcomp", "acl", "pcomp", "prep", "ccomp"):
                stays = bool(document.children(one.index, "neg"))  # "will not stop buying"
                conditional, negated = conditional or not stays, negated != stays
            elif governed and one.pos == "NOUN" and one.lemma in LISTS["ended"] and not _is_lifted(document, one):
                conditional = True  # "called for an end to arms sales"
            elif below.dep in ("dobj", "nsubjpass") and not level - 1 and _is_off(document, one):
                conditional = True  # "suspended the sale", "the sale was put on hold"
            elif governed and one.lemma in LISTS["wished"] and below.dep != "advcl":
                wanted = conditional = True
            elif governed and one.lemma in LISTS["demanded"] and below.dep in ("xcomp", "ccomp"):
                wanted = demanded = True
            elif governed and one.lemma in LISTS["wanted"] and below.dep != "advcl":
                wanted = True
            elif governed and one.lemma in LISTS["planned"] and below.dep != "advcl":
                realis = _weaker(realis, "planned")
            elif governed and one.lemma in LISTS["possible"] | (LISTS["topics"] if one.pos == "NOUN" else frozenset()):
                realis, certainty = "possible", "possible"
            elif governed and one.lemma in LISTS["probable"]:
                certainty = "probable"
        judging = below.dep == "csubj" and one.lemma == "be" and below.tag in ("VBG", "VB")
        if judging and document.children(one.index, "attr", "acomp"):
            conditional = True  # "supplying arms is an option", "giving it jets is dangerous"
        if below.dep == "advcl" and level and below.tag == "VB":
            wanted = True
        for child in document.children(one.index, *LINKED):
            if child.dep in ("neg", "preconj") and _is_focused(document, child):
                continue  # "will not be sent directly"
            if level and below.dep == "conj" and child.dep == "neg" and document.children(below.index, "neg"):
                continue  # "has not and will not sell"
            if level and child.dep == "det" and one.lemma in LISTS["presupposing"]:
                continue  # "no justification for the sales"
            if child.dep == "neg" or (child.dep in ("det", "preconj", "advmod") and child.lower in LISTS["negation"]):
                conditional = conditional or bool(level and below.dep == "ccomp" and _asks(document, below))
                loose = level and below.dep in ("ccomp", "advcl", "parataxis") and one.lemma not in LISTS["raising"]
                judged = below.dep in ("nsubj", "nsubjpass", "csubj") and one.lemma not in LISTS["happening"]
                conditional = conditional or bool(judged and level)  # "the transfer is not acceptable"
                negated = negated if loose or (judged and level) else not negated
            elif child.lower == "to" and child.dep == "aux" and one.dep == "xcomp" and _must(document, one):
                conditional = True  # "we have to arm them"
            elif child.dep == "advmod" and child.lower in ("far", "ever") and document.children(child.index, "neg"):
                negated = not negated  # "have not so far sent"
            elif child.dep == "mark" and child.lower in LISTS["conditional"]:
                conditional = True
            elif (
                child.lower in ("would", "'d")
                and child.dep == "aux"
                and stop is not None
                and (
                    one.index == trigger
                    or _holds(document, trigger, below)
                    or (level == 1 and below.dep in ("nsubj", "nsubjpass") and one.lemma in LISTS["happening"])
                    or (level == 1 and below.dep == "xcomp" and one.lemma in LISTS["aspect"])
                )
            ):
                realis = _weaker(realis, "planned")  # "said that it would": will, told in the past
            elif child.lower in ("would", "'d") and one.lemma in LISTS["averted"] and level:
                continue  # "would not stop buying"
            elif child.dep == "aux" and child.lower in ("can", "could") and level and one.lemma in LISTS["telling"]:
                continue  # "we can confirm new transfers"
            elif child.dep == "amod" and child.lower in LISTS["possible"] and _is_approved(document, one):
                realis = _weaker(realis, "planned")  # "approved potential sales"
            elif child.dep in ("aux", "advmod", "amod") and child.lower in LISTS["possible"]:
                realis, certainty = "possible", "possible"
                modal = modal or child.dep != "amod"
            elif child.dep in ("aux", "advmod", "amod") and child.lower in LISTS["probable"]:
                certainty = "probable"
            elif (child.dep == "aux" and child.lower in ("will", "'ll", "shall")) or (
                child.dep == "amod" and child.lower in LISTS["planned"]
            ):
                realis = _weaker(realis, "planned")
        if not level and _denies_its_parts(document, one):
            negated = not negated
        below = one
    if _is_asked(document, trigger):
        conditional = True
    if any(one.lower in ("whoever", "anyone", "anybody") for one in document.children(trigger, "nsubj")):
        conditional = True
    if negated and any(child.lower == "yet" for child in document.children(token.index, "advmod")):
        conditional = True  # "has not been sent yet"
    if token.dep == "pcomp" and document.tokens[token.head].lower in ("of", "about", "on", "regarding") and negated:
        conditional = True  # "its policy of not sending", "no guidance about sending"
    if token.dep == "relcl" and any(one.lower in LISTS["whatever"] for one in document.children(token.head, "det")):
        conditional = True  # "any weapons that they get"
    if conditional or wanted:
        certainty = "possible" if conditional else certainty
        realis = "possible" if realis != "planned" or conditional else realis
    return Modality(realis, certainty, negated, wanted, conditional, opposed, modal, demanded)


def _holds(document: Document, trigger: int, below: Token) -> bool:
    """Whether a trigger is the object of a verb or stands in it: "would provide $3m in military aid"."""
    if below.dep != "dobj" or document.tokens[trigger].pos in ("VERB", "AUX"):
        return False
    between = [one for one in document.ancestors(trigger) if below.index < one.index < trigger]
    return trigger == below.index or (
        trigger in document.subtree(below.index) and all(one.dep in ("prep", "pobj") for one in between)
    )


def _is_approved(document: Document, noun: Token) -> bool:
    """ "Approved a possible sale": it is decided, whatever the seller calls it."""
    return noun.dep in ("dobj", "nsubjpass") and document.tokens[noun.head].lemma in LISTS["approving"]


def _is_asked(document: Document, trigger: int) -> bool:
    """ "Why can it not send arms?", "will it send arms?": a question, unless only its end is one."""
    sentence = document.sentence(trigger)
    last = [one for one in document.within(sentence)[-3:] if one.text == "?"]
    root = document.tokens[document.clause(trigger)]
    return bool(last) and (root.dep in ("ROOT", "xcomp", "conj") or last[0].head == root.index)


def _must(document: Document, verb: Token) -> bool:
    above = document.tokens[verb.head]
    return above.lemma in LISTS["obliging"] and above.index < verb.index and above.pos in ("VERB", "AUX")


def _is_proposed(document: Document, verb: Token, above: Token) -> bool:
    """ "Suggested that the US give them arms": a bare verb after its subject."""
    bare = verb.dep == "ccomp" and verb.tag in ("VB", "VBP") and above.lemma in LISTS["proposing"]
    subject = document.children(verb.index, "nsubj")
    plural = bool(subject) and subject[0].tag in ("NNS", "NNPS", "PRP")
    return bare and bool(subject) and not plural and not document.children(verb.index, "aux")


def _is_focused(document: Document, negation: Token) -> bool:
    """ "Not only sent", "will not be provided directly": it is, if otherwise."""
    following = document.tokens[negation.index + 1 : negation.index + 4]
    return any(one.lower in LISTS["focus"] for one in following if one.sentence == negation.sentence)


def _is_off(document: Document, verb: Token) -> bool:
    held = (p.lemma for one in document.children(verb.index, "prep") for p in document.children(one.index, "pobj"))
    return verb.lemma in LISTS["called_off"] or (verb.lemma == "put" and bool(set(held) & LISTS["held_up"]))


def _asks(document: Document, verb: Token) -> bool:
    """ "Has not been told which weapons it will get": a question is no claim."""
    return any(document.tokens[index].lower in LISTS["asking"] for index in document.subtree(verb.index))


def _is_lifted(document: Document, token: Token) -> bool:
    """ "Lifted its ban on selling": the way is free."""
    return token.dep in ("dobj", "nsubjpass") and document.tokens[token.head].lemma in LISTS["lifting"]


def _denies_its_parts(document: Document, token: Token) -> bool:
    """ "No weapons were sent", "not a single shell was sold", "has received no weapons"."""
    for subject in document.children(token.index, "nsubj", "nsubjpass"):
        first = document.tokens[min(document.subtree(subject.index))]
        if first.lower in ("no", "not", "neither", "none"):
            return True
    objects = document.children(token.index, "dobj")
    return any(one.lower == "no" for thing in objects for one in document.children(thing.index, "det"))


def _tense(document: Document, token: Token) -> str:
    if token.pos not in ("VERB", "AUX"):
        return "done"
    auxiliaries = {child.lower for child in document.children(token.index, "aux", "auxpass")}
    if token.tag in ("VBD", "VBN") or auxiliaries & LISTS["done"]:
        return "done"
    if token.tag == "VB" and token.dep in CLAUSAL and "to" in auxiliaries:
        above = document.tokens[token.head]
        return _tense(document, above) if above.lemma in LISTS["aspect"] and above.index != token.index else "planned"
    return "underWay"
