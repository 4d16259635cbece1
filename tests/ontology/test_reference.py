"""The reference data as the loader sees it, and what a domain expert is told who makes a mistake."""

import pickle
import re
import shutil
from collections import defaultdict
from datetime import date

import pytest

from ontology import terms
from ontology.reference import Reference, ReferenceDataError, read

DOCUMENT = (terms.FOLDER.parent / "docs" / "reference-data.md").read_text(encoding="utf-8")
PERSON = re.search(r"```turtle\n(.*?)```", DOCUMENT, re.DOTALL)[1]  # the example that the documentation gives
HEADER = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in terms.PREFIXES.items())


@pytest.fixture(scope="module")
def reference() -> Reference:
    return read()


@pytest.fixture
def folder(tmp_path):
    """A copy of the reference data that a test may change."""
    return shutil.copytree(terms.REFERENCE_FOLDER, tmp_path / "reference")


def iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return terms.PREFIXES[prefix] + local


def forms(reference, *kinds):
    found = defaultdict(set)
    for name in reference.names():
        if name.kind in kinds:
            found[name.form].add(name.iri)
    return found


class TestEntries:
    def test_a_person(self, reference):
        person = reference.actors[iri("person:choe-son-hui")]
        assert (person.label, person.type, person.of_state) == ("Choe Son Hui", "Person", iri("state:north-korea"))
        assert "Choe Sun Hui" in person.aliases
        assert person.surnames == ("Choe",)
        assert iri("wd:Q30436217") in person.links

    def test_a_body_speaks_for_its_state(self, reference):
        kremlin = reference.actors[iri("body:kremlin")]
        assert (kremlin.type, kremlin.kind, kremlin.speaks_for) == ("GovernmentBody", "presidency", iri("state:russia"))

    def test_only_mouthpieces_among_the_outlets_speak_for_a_state(self, reference):
        assert reference.actors[iri("outlet:korean-central-news-agency")].speaks_for == iri("state:north-korea")
        assert reference.actors[iri("outlet:nhk")].speaks_for is None
        assert reference.actors[iri("outlet:reuters")].of_state == iri("state:united-kingdom")

    def test_a_state_has_names_demonyms_capital_and_codes(self, reference):
        state = reference.states[iri("state:ukraine")]
        assert state.demonyms == ("Ukrainian", "Ukrainians")
        assert (state.alpha2, state.alpha3, state.numeric) == ("UA", "UKR", "804")
        assert [reference.places[place].label for place in state.capitals] == ["Kyiv"]
        assert reference.places[iri("place:kyiv")].aliases == ("Kiev",)

    def test_a_former_state_has_a_last_day(self, reference):
        assert reference.states[iri("state:soviet-union")].until == date(1991, 12, 26)

    def test_a_place_has_coordinates_and_a_state(self, reference):
        place = reference.places[iri("place:vladivostok")]
        assert (place.latitude, place.longitude, place.states) == (43.1056, 131.8735, (iri("state:russia"),))

    def test_a_state_is_a_place_too(self, reference):
        assert reference.territory(iri("state:vietnam")) == reference.places[iri("place:vietnam")]
        assert reference.territory(iri("state:singapore")).label == "Singapore"
        assert all(reference.territory(state) for state, entry in reference.states.items() if not entry.until)

    def test_known_events_tell_visit_from_summit(self, reference):
        visit = reference.events[iri("meeting:kim-jong-un-visit-to-russia-2023")]
        summit = reference.events[iri("meeting:north-korea-russia-summit-2023")]
        assert (visit.type, visit.start, visit.end) == ("Visit", date(2023, 9, 12), date(2023, 9, 17))
        assert (summit.type, summit.start, summit.place) == (
            "Summit",
            date(2023, 9, 13),
            iri("place:vostochny-cosmodrome"),
        )
        assert visit.links
        assert not summit.links  # both owl:sameAs one item would make visit and summit one

    def test_laws(self, reference):
        assert "UNSCR 1718" in reference.laws[iri("law:un-security-council-resolution-1718")].aliases

    def test_everything_survives_pickling_for_other_processes(self, reference):
        assert pickle.loads(pickle.dumps(reference)).by_iri == reference.by_iri


class TestGoods:
    def test_broader_goods_are_found_nearest_first(self, reference):
        assert reference.broader(iri("materiel:155mm-shells")) == tuple(
            iri(f"materiel:{slug}") for slug in ("artillery-shells", "artillery-ammunition", "ammunition", "arms")
        )

    def test_within(self, reference):
        assert reference.is_within(iri("materiel:kn-23"), iri("materiel:missiles"))
        assert reference.is_within(iri("materiel:arms"), iri("materiel:arms"))
        assert not reference.is_within(iri("materiel:missiles"), iri("materiel:kn-23"))

    @pytest.mark.parametrize(
        ("concept", "scope"),
        [
            ("shahed", "arms"),
            ("submarines", "arms"),
            ("nuclear-powered-submarine-technology", "technology"),
            ("reconnaissance-satellites", "technology"),
            ("semiconductors", "dual-use"),
            ("food", "aid"),
            ("mercenaries", "troops"),
            ("nuclear-weapons", "nuclear"),
            ("aid", "aid"),
        ],
    )
    def test_scope_is_the_top_concept(self, reference, concept, scope):
        assert reference.concepts[iri(f"materiel:{concept}")].scope == scope

    def test_the_tops_are_those_of_the_data_model(self, reference):
        tops = {concept.scope for concept in reference.concepts.values()}
        assert tops == {"arms", "technology", "aid", "dual-use", "troops", "nuclear"}


class TestPosts:
    @pytest.mark.parametrize(
        ("title", "of", "day", "holders"),
        [
            ("Defense Minister", "state:russia", "2023-09-05", ["Sergei Shoigu"]),
            ("minister of defence", "state:russia", "2024-06-01", ["Andrei Belousov"]),
            ("defence minister", "body:ministry-of-defence-of-the-russian-federation", "2023-09-05", ["Sergei Shoigu"]),
            ("Defence Minister", "state:south-korea", "2023-10-06", ["Lee Jong-sup"]),
            ("Minister of National Defense", "state:south-korea", "2024-03-01", ["Shin Won-sik"]),
            ("foreign minister", "state:north-korea", "2023-09-12", ["Choe Son Hui"]),
            ("leader", "state:north-korea", "2023-09-12", ["Kim Jong Un"]),
            ("president", "state:united-states", "2023-09-12", ["Joe Biden"]),
            ("president", "state:united-states", "2025-03-01", ["Donald Trump"]),
            ("Prime Minister", "state:russia", "2010-01-01", ["Vladimir Putin"]),
            ("secretary of state", "state:united-states", "2023-09-12", ["Antony Blinken"]),
            ("Kremlin spokesman", "state:russia", "2023-09-11", ["Dmitry Peskov"]),
            ("spokeswoman", "body:ministry-of-foreign-affairs-china", "2024-07-01", ["Lin Jian", "Mao Ning"]),
            ("deputy defence minister", "state:russia", "2023-09-05", []),
            ("minister", "state:russia", "2023-09-05", []),
            ("poet laureate", "state:russia", "2023-09-05", []),
        ],
    )  # fmt: skip
    def test_who_held_a_post_on_a_day(self, reference, title, of, day, holders):
        found = reference.holders(title, iri(of), date.fromisoformat(day))
        assert [reference.actors[post.member].label for post in found] == holders

    def test_without_a_day_everyone_who_ever_held_it(self, reference):
        members = {post.member for post in reference.holders("defence minister", iri("state:russia"))}
        assert members == {iri("person:sergei-shoigu"), iri("person:andrei-belousov")}

    def test_a_post_gives_its_holder_a_voice(self, reference):
        shin, watson = iri("person:shin-won-sik"), iri("person:adrienne-watson")
        ministry = iri("body:ministry-of-national-defense-south-korea")
        assert reference.voice_of(shin, date(2024, 3, 1)) == ministry
        assert reference.voice_of(shin, date(2023, 9, 1)) is None
        assert reference.voice_of(watson, date(2023, 9, 4)) == iri("body:united-states-national-security-council")
        assert reference.voice_of(iri("person:ramon-pacheco-pardo")) is None

    def test_posts_of_a_person(self, reference):
        posts = reference.posts(iri("person:sergei-shoigu"))
        assert {post.title for post in posts} == {"Minister of Defence", "Secretary of the Security Council"}

    def test_asking_for_an_unknown_title_does_not_make_it_one(self, reference):
        assert reference.holders("poet laureate", iri("state:russia")) == ()
        assert not reference.is_title("poet laureate")
        assert reference.is_title("Minister of Foreign Affairs")

    def test_the_state_of_an_actor(self, reference):
        assert reference.state_of(iri("outlet:korean-central-news-agency")) == iri("state:north-korea")
        assert reference.state_of(iri("state:iran")) == iri("state:iran")
        assert reference.state_of(iri("organization:houthis")) is None
        assert reference.state_of(iri("person:nobody-of-that-name")) is None


class TestBodies:
    @pytest.mark.parametrize(
        ("state", "words", "expected"),
        [
            ("russia", "Defence Ministry", "body:ministry-of-defence-of-the-russian-federation"),
            ("russia", "ministry of defense", "body:ministry-of-defence-of-the-russian-federation"),
            ("south-korea", "Ministry of National Defense", "body:ministry-of-national-defense-south-korea"),
            ("south-korea", "intelligence agency", "body:national-intelligence-service-south-korea"),
            ("south-korea", "military", "body:south-korean-military"),
            ("united-states", "Treasury", "body:united-states-department-of-the-treasury"),
            ("united-states", "government", "body:federal-government-of-the-united-states"),
            ("vietnam", "government", "state:vietnam"),
        ],
    )
    def test_a_listed_body_is_found_by_its_kind(self, reference, state, words, expected):
        assert reference.body(iri(f"state:{state}"), words).iri == iri(expected)

    def test_a_body_that_is_not_listed_is_made_up_from_state_and_kind(self, reference):
        body = reference.body(iri("state:peru"), "ministry of defence")
        assert (body.iri, body.label) == (iri("body:defence-ministry-peru"), "Defence ministry (Peru)")
        assert (body.type, body.of_state, body.speaks_for) == ("GovernmentBody", iri("state:peru"), iri("state:peru"))
        assert body.iri not in reference.by_iri

    def test_words_for_no_kind_of_body(self, reference):
        assert reference.body(iri("state:peru"), "football team") is None

    def test_each_state_has_one_body_of_a_kind(self, reference):
        listed = defaultdict(list)
        for body in reference.actors.values():
            if body.kind:
                listed[body.of_state, body.kind].append(body.label)
        assert [labels for labels in listed.values() if len(labels) > 1] == []


class TestNames:
    def test_kinds_of_name(self, reference):
        found = {(name.form, name.kind) for name in reference.names() if name.iri == iri("state:russia")}
        assert found == {
            ("Russia", "name"),
            ("Russian Federation", "alias"),
            ("Russian", "demonym"),
            ("Russians", "demonym"),
            ("Moscow", "capital"),
        }

    def test_a_capital_names_its_city_and_its_state(self, reference):
        found = {(name.iri, name.kind) for name in reference.names() if name.form == "Kiev"}
        assert found == {(iri("place:kyiv"), "alias"), (iri("state:ukraine"), "capital")}

    def test_a_city_named_like_its_state_is_left_to_the_state(self, reference):
        assert {name.iri for name in reference.names() if name.form in ("Singapore", "Luxembourg")} == {
            iri("state:singapore"),
            iri("state:luxembourg"),
        }

    def test_a_name_means_one_thing_unless_intended(self, reference):
        shared = {form: iris for form, iris in forms(reference, "name", "alias").items() if len(iris) > 1}
        assert set(shared) == {
            "EEF",  # the editions of one forum are told apart by their days
            "Eastern Economic Forum",
            "G20 leaders' summit",
            "G20 summit",
            "Group of 20 summit",
            "NATO summit",
        }

    def test_demonyms_of_two_states_are_the_intended_ones(self, reference):
        shared = {form for form, iris in forms(reference, "demonym").items() if len(iris) > 1}
        assert shared == {"Congolese", "Dominican", "Dominicans"}

    def test_surnames_may_be_those_of_several(self, reference):
        surnames = forms(reference, "surname")
        assert surnames["Putin"] == {iri("person:vladimir-putin")}
        assert {iri("person:kim-jong-un"), iri("person:kim-yo-jong"), iri("person:kim-yong-hyun")} <= surnames["Kim"]

    def test_no_name_is_a_description(self, reference):
        described = {"the leader", "he", "the country", "the nation", "sources"}
        assert not described & {name.form.lower() for name in reference.names()}

    def test_every_name_is_printable_and_trimmed(self, reference):
        assert [name for name in reference.names() if name.form != " ".join(name.form.split()) or not name.form] == []


class TestAdding:
    def test_five_lines_of_turtle_add_a_person(self, folder):
        assert len(PERSON.splitlines()) == 5
        file = folder / "people.ttl"
        file.write_text(file.read_text(encoding="utf-8") + PERSON, encoding="utf-8")
        reference = read(folder)
        assert ("Musalia Mudavadi", "name") in {(name.form, name.kind) for name in reference.names()}
        (post,) = reference.holders("prime cabinet secretary", iri("state:kenya"), date(2024, 1, 1))
        assert reference.actors[post.member].label == "Musalia Mudavadi"
        assert reference.voice_of(post.member) == iri("state:kenya")

    def test_so_does_a_file_of_their_own(self, folder):
        (folder / "kenya.ttl").write_text(HEADER + PERSON, encoding="utf-8")
        assert read(folder).actors[iri("person:musalia-mudavadi")].surnames == ("Mudavadi",)

    def test_a_file_may_add_to_a_person_of_another(self, folder):
        (folder / "more.ttl").write_text(HEADER + 'person:wang-yi skos:altLabel "Minister Wang"@en .', encoding="utf-8")
        assert read(folder).actors[iri("person:wang-yi")].aliases == ("Minister Wang",)

    def test_the_digest_changes_with_the_files_and_only_with_them(self, folder):
        before = read(folder).digest
        assert before == read().digest
        (folder / "kenya.ttl").write_text(HEADER + PERSON, encoding="utf-8")
        assert read(folder).digest != before

    def test_unchanged_files_are_parsed_once(self, folder):
        assert read(folder) is read(folder)


class TestMistakes:
    @pytest.mark.parametrize(
        ("turtle", "told"),
        [
            ("person:a a ac:Person", "new.ttl: not valid Turtle"),
            ("person:a a ac:Persn .", r"new.ttl: <.*person/a> is a ac:Persn: make it one of ac:Person"),
            ("person:a a ac:Person .", r"new.ttl: <.*person/a> has no label: add rdfs:label"),
            ('person:a rdfs:label "A"@en .', r"new.ttl: <.*person/a> has no class"),
            (
                'person:a a ac:Person ; rdfs:label "A"@en, "B"@en .',
                r"has 2 values of rdfs:label \(A, B\): keep one",
            ),
            (
                'person:a a ac:Person ; rdfs:label "A"@en ; ac:ofSatte state:kenya .',
                r"has the unknown property ac:ofSatte: known are ac:ofState",
            ),
            (
                'person:a a ac:Person ; rdfs:label "A"@en ; ac:ofState state:kenia .',
                r"names state:kenia, which no file describes: add it or correct the name",
            ),
            (
                'person:a a ac:Person ; rdfs:label "A"@en ; ac:ofState "Kenya"@en .',
                r'has ac:ofState "Kenya": write a resource there',
            ),
            (
                'person:a a ac:Person ; rdfs:label "A"@en ; ac:ofState place:nairobi .',
                r"has ac:ofState place:nairobi, which is a Place: name another",
            ),
            (
                'membership:a a org:Membership ; rdfs:label "A"@en ; org:member person:nobody ; '
                'org:organization state:kenya ; ac:title "Minister"@en .',
                r"new.ttl: <.*membership/a> names person:nobody, which no file describes",
            ),
            (
                'membership:a a org:Membership ; rdfs:label "A"@en ; org:member person:wang-yi ; ac:title "B"@en .',
                r"needs org:member, org:organization and ac:title: add what is missing",
            ),
            (
                'membership:a a org:Membership ; rdfs:label "A"@en ; org:member person:wang-yi ; '
                'org:organization state:china ; ac:title "Minister"@en ; ac:validFrom "May 2024" .',
                r'has ac:validFrom "May 2024": write a day, such as',
            ),
            (
                'membership:a a org:Membership ; rdfs:label "A"@en ; org:member person:wang-yi ; '
                'org:organization state:china ; ac:title "Minister"@en ; '
                'ac:validFrom "2024-05-02"^^xsd:date ; ac:validUntil "2024-05-01"^^xsd:date .',
                r"ends on 2024-05-01, before it begins on 2024-05-02",
            ),
            (
                'place:a a ac:Place ; rdfs:label "A"@en ; geo:lat "north" .',
                r'has geo:lat "north": write a number',
            ),
            (
                'materiel:a a ac:Materiel ; rdfs:label "A"@en ; skos:broader materiel:b .'
                'materiel:b a ac:Materiel ; rdfs:label "B"@en ; skos:broader materiel:a .',
                r"is below itself by skos:broader",
            ),
            (
                'person:a a ac:Person ; rdfs:label "A"@en ; ac:ofState [ a ac:State ] .',
                r"new.ttl: .*give it an IRI, no blank node",
            ),
        ],
    )
    def test_a_mistake_is_told_with_file_resource_and_remedy(self, folder, turtle, told):
        (folder / "new.ttl").write_text(HEADER + turtle, encoding="utf-8")
        with pytest.raises(ReferenceDataError, match=told):
            read(folder)

    def test_a_folder_without_turtle(self, tmp_path):
        with pytest.raises(ReferenceDataError, match=r"no \.ttl file there"):
            read(tmp_path)
