"""Which names agree, by the names of the reference data."""

import pytest

from loader.agreement import Names
from ontology import reference


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(reference.read())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Peru", "the Republic of Peru"),
        ("Peru", "Peruvian"),
        ("Kenya", "Nairobi"),
        ("Kenya", "unnamed Kenyan officials"),
        ("Kenya", "Kenya's government"),
        ("Kenya", "the Kenyan military"),
        ("Czech Republic", "Czechia"),
        ("United States", "U.S. officials"),
        ("United States", "Federal government of the United States"),
        ("Vladimir Putin", "Putin"),
        ("Vladimir Putin", "President Putin"),
        ("Volodymyr Zelensky", "Volodymyr Zelenskyy"),
        ("Kim", "Kim Jong Un"),
        ("Kim", "Kim Yo Jong"),
        ("Pentagon", "US Department of Defence"),
        ("Kremlin", "a Kremlin spokesman"),
        ("UN officials", "United Nations"),
        ("Foreign ministry (Kenya)", "Kenya’s Ministry of Foreign Affairs"),
        ("Ministry of External Affairs", "Indian foreign ministry"),
        ("National Intelligence Service (South Korea)", "South Korea's spy agency"),
        ("Kaliningrad Ammunition Works", "the ammunition works of Kaliningrad"),
        ("Lower Danube Arms Company", "Danube Arms"),
        ("Sao Tome Shipping", "São Tomé Shipping"),
        ("unnamed sources", "unnamed sources"),
    ],
)
def test_names_of_one_actor_agree(names: Names, one: str, other: str) -> None:
    assert names.agree(one, other)
    assert names.agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Peru", "Kenya"),
        ("North Korea", "South Korea"),
        ("Russia", "Russian Ministry of Defence"),
        ("Russia", "Kremlin"),
        ("Syria", "Syrian rebels"),
        ("Jordan", "Jordan River Traders"),
        ("Kim Jong Un", "Kim Yo Jong"),
        ("Foreign ministry (Kenya)", "Russian foreign ministry"),
        ("United Nations", "United Nations Security Council"),
        ("Lower Danube Arms Company", "Lower Danube Ferries"),
        ("unnamed sources", "senior officials"),
        ("officials", "officials of the port of Odesa"),
        ("Peru", None),
    ],
)
def test_names_of_two_actors_do_not(names: Names, one: str, other: str | None) -> None:
    assert not names.agree(one, other)
    assert not names.agree(other, one)


def test_no_name_agrees_with_no_name(names: Names) -> None:
    assert names.agree(None, None)


def test_names_are_counted_by_what_they_stand_for(names: Names) -> None:
    assert names.key("Seoul") == names.key("South Korea") != names.key("North Korea")
    assert names.key("Danube Arms") == names.key("the Danube arms") != names.key("Danube Ferries")
    assert names.key(None) != names.key("Danube Arms")
