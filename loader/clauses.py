"""Who does what in a clause: subjects, agents and objects, by the parse where it can be trusted, else by nearness."""

from loader import lexicons
from loader.linking import Linker
from loader.parsing import Document, Token
from loader.vocabulary import words

OBJECT_CONTROL = words(lexicons.read("topics/arms")["object_control"])
CARRIERS = ("conj", "xcomp", "advcl", "pcomp", "prep", "ccomp", "dep", "acomp")
NEAR = 12
PARTICIPLES = ("acl", "relcl", "advcl", "amod", "acomp", "oprd", "xcomp")


def is_passive(document: Document, verb: Token) -> bool:
    """Whether a verb is in the passive, participles that follow their noun included ("weapons sent by")."""
    if document.children(verb.index, "nsubjpass", "auxpass") or (verb.tag == "VBN" and _has_agent(document, verb)):
        return True
    active = document.children(verb.index, "nsubj", "aux")
    return verb.tag == "VBN" and verb.dep in PARTICIPLES and not active


def _has_agent(document: Document, verb: Token) -> bool:
    return bool(document.children(verb.index, "agent")) and not document.children(verb.index, "dobj")


def objects(document: Document, verb: Token) -> list[Token]:
    """The objects of a verb, its own or those that it shares with the verb after it ("arming and training them")."""
    own = document.children(verb.index, "dobj", "dative", "iobj")
    if own:
        return own
    return [one for other in document.children(verb.index, "conj") for one in document.children(other.index, "dobj")]


def agents(document: Document, verb: Token) -> list[Token]:
    """The nouns after "by"."""
    found = [inner for one in document.children(verb.index, "agent") for inner in document.children(one.index, "pobj")]
    if not found:
        by = (one for one in document.children(verb.index, "prep") if one.lower == "by")
        found = [inner for one in by for inner in document.children(one.index, "pobj")]
    for other in document.children(verb.index, "conj") if not found else ():
        found = found or agents(document, other)
    return found


def subject(document: Document, linker: Linker, verb: Token) -> Token | None:
    """The subject of a verb, its own or that of the verb it hangs on; else the nearest name before it."""
    one = verb
    for _ in range(6):
        own = document.children(one.index, "nsubj", "nsubjpass", "csubj")
        if not own:  # "X has, according to Y, sent"
            own = [two for aux in document.children(one.index, "aux") for two in document.children(aux.index, "nsubj")]
        if own:
            return own[0]
        above = document.tokens[one.head]
        told = [other for other in document.children(above.index, "ccomp") if other.index < above.index < one.index]
        if one.dep == "advcl" and one.tag == "VBG" and told:
            one = told[0]  # "A has come closer, B said, sending it shells": A sends
            continue
        if one.dep == "xcomp" and above.lemma in OBJECT_CONTROL:
            return next(iter(document.children(above.index, "dobj", "nsubjpass")), None)
        if one.dep in ("acl", "relcl"):
            return document.tokens[one.head]
        if one.head == one.index or one.dep not in CARRIERS:
            break
        if one.dep == "prep" and above.lemma in OBJECT_CONTROL:
            return next(iter(document.children(above.index, "dobj", "nsubjpass")), None)
        one = document.tokens[one.head]
    if one.pos in ("NOUN", "PROPN") and one.index < verb.index:
        return one
    return nearest_name(document, linker, verb)


def nearest_name(document: Document, linker: Linker, verb: Token) -> Token | None:
    """The nearest phrase before a verb that means an actor; else one right after it ("said X")."""
    first = document.sentence(verb.index).first
    for index in range(verb.index - 1, max(first - 1, verb.index - NEAR), -1):
        one = document.tokens[index]
        if one.pos in ("VERB", "AUX") and one.dep not in ("acl", "amod", "aux", "auxpass"):
            break
        if linker.resolve(index) and one.dep not in ("poss", "compound", "amod"):
            return one
    for child in document.children(verb.index):
        if 0 < child.index - verb.index < 4 and linker.resolve(child.index):
            return child
    return None


def name_before(document: Document, linker: Linker, index: int) -> Token | None:
    """The nearest phrase before a token that means an actor: who a gerund is about ("accused X of sending")."""
    first = document.sentence(index).first
    for at in range(index - 1, first - 1, -1):
        one = document.tokens[at]
        if linker.resolve(at) and one.dep not in ("poss", "compound", "amod"):
            return one
    return None


def is_dash(document: Document, token: Token) -> bool:
    """Whether a token is a dash between clauses, not a hyphen inside a word."""
    before = document.text[max(0, token.start - 1) : token.start]
    return token.text in ("-", "--", "\u2013", "\u2014") and before.isspace()
