"""Sources: every form of input, where metadata come from, and everything that is set aside, with its reason."""

import builtins
import hashlib
import json
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader import language, slugs, sources
from loader.metadata import BadMetadata
from loader.records import Article, SetAside
from loader.sources import Options

PROSE = (
    "The government of Freedonia has sent cannons to Sylvania, its ministry of defence said on Monday. "
    "It was the third delivery of the year, and more of them are to follow before the winter.\n"
)


def only(path: Path, options: Options | None = None) -> Article:
    (result,) = sources.read(path, options)
    assert isinstance(result, Article), result
    return result


def reason(path: Path, options: Options | None = None) -> str:
    (result,) = sources.read(path, options)
    assert isinstance(result, SetAside), result
    assert result.path == str(path)
    assert "\n" not in result.reason
    return result.reason


def file(folder: Path, name: str, content: str | bytes = PROSE) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ---- forms


def test_plain_text(tmp_path: Path) -> None:
    article = only(file(tmp_path, "Cannons_1.txt"))
    assert article == Article(
        id="Cannons_1",
        iri="https://w3id.org/armsclaims/id/article/cannons-1",
        graph="https://w3id.org/armsclaims/graph/article/cannons-1",
        path=str(tmp_path / "Cannons_1.txt"),
        text=PROSE,
        sha256=hashlib.sha256(PROSE.encode()).hexdigest(),
    )


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    article = only(
        file(tmp_path, "a.txt", b"\xef\xbb\xbf" + (PROSE * 2).replace("\n", "\r\n").encode() + b"The end.\rSo it was.")
    )
    assert article.text == PROSE * 2 + "The end.\nSo it was."
    assert article.sha256 == hashlib.sha256(article.text.encode()).hexdigest()


def test_markdown_with_front_matter(tmp_path: Path) -> None:
    front = (
        "---\nid: x-1\nheadline: Cannons for Sylvania\npublisher: The Gazette\npublished: 2023-09-10\n"
        "published_how: guessed\noriginal: x.txt\noriginal_sha256: abc\nrights: open\ncredit: AP\n"
        "url: https://gazette.example/1\nlanguage: en\n---\n"
    )
    article = only(file(tmp_path, "file.md", front + PROSE))
    assert (article.id, article.iri.rsplit("/id/", 1)[1]) == ("x-1", "article/the-gazette/x-1")
    assert article.graph == "https://w3id.org/armsclaims/graph/article/the-gazette/x-1"
    assert (article.headline, article.publisher, article.published) == (
        "Cannons for Sylvania", "The Gazette", date(2023, 9, 10),
    )  # fmt: skip
    assert (article.published_how, article.rights, article.credit) == ("guessed", "open", "AP")
    assert (article.original, article.original_sha256, article.url) == ("x.txt", "abc", "https://gazette.example/1")
    assert article.text == front + PROSE
    assert article.body == (len(front), len(front + PROSE))


def test_markdown_without_front_matter_has_its_heading_as_headline(tmp_path: Path) -> None:
    article = only(file(tmp_path, "a.md", f"# Cannons for “Sylvania”\n\n{PROSE}"))
    assert (article.headline, article.body) == ("Cannons for “Sylvania”", None)
    assert only(file(tmp_path, "b.md", f"---\n\n{PROSE}")).body is None


def test_html(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    page = f"""<html lang="en"><head><title>Cannons for Sylvania</title>
        <meta property="og:site_name" content="The Gazette">
        <meta property="article:published_time" content="2023-09-10T10:00:00Z"></head>
        <body><nav><a href="/">Home</a></nav><article><h1>Cannons for Sylvania</h1>
        <p>{PROSE}</p><p>{PROSE.replace("cannons", "shells")}</p></article><footer>© 2023 X</footer></body></html>"""
    article = only(file(tmp_path, "page.html", page))
    assert PROSE.strip() in article.text
    assert "<p>" not in article.text
    assert "Home" not in article.text
    assert (article.headline, article.publisher, article.published) == (
        "Cannons for Sylvania", "The Gazette", date(2023, 9, 10),
    )  # fmt: skip
    assert article.published_how == "the page's own metadata"
    assert article.sha256 == hashlib.sha256(article.text.encode()).hexdigest()
    given_by_user = only(tmp_path / "page.html", Options(publisher="Other", published=date(2023, 9, 9)))
    assert (given_by_user.publisher, given_by_user.published) == ("Other", date(2023, 9, 9))


def test_html_without_the_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: object) -> object:
        if name == "trafilatura":
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", missing)
    assert reason(file(tmp_path, "a.html", "<p>x</p>")) == "is HTML, which needs more: pip install 'armsclaims[load]'"


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        {"id": "one", "text": PROSE, "headline": "H", "publisher": "The Gazette", "published": "2023-09-10",
         "url": "https://gazette.example/1"},
        {"id": "two", "text": "\ufeff" + PROSE + "\r\nMore of the same was said."},
    ]  # fmt: skip
    path = file(tmp_path, "many.jsonl", "\n\n".join(map(json.dumps, lines)))
    one, two = sources.read(path)
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert (one.iri.rsplit("/id/", 1)[1], one.path) == ("article/the-gazette/one", f"{path}:1")
    assert (one.headline, one.published, one.url) == ("H", date(2023, 9, 10), "https://gazette.example/1")
    # The text of a line is taken as it is: offsets of whoever wrote it stay true.
    assert (two.text, two.path) == (lines[1]["text"], f"{path}:3")


def test_a_bad_line_does_not_keep_the_others(tmp_path: Path) -> None:
    bad = [
        "{",
        '{"id": "a"}',
        '{"id": 1, "text": "x"}',
        "[]",
        '{"id": "b", "text": "\\ud800 x"}',
        '{"id": " ", "text": "x"}',
    ]
    path = file(tmp_path, "many.jsonl", "\n".join([*bad, json.dumps({"id": "good", "text": PROSE})]))
    results = list(sources.read(path))
    assert [type(result) for result in results] == [SetAside] * 6 + [Article]
    reasons = [result.reason for result in results if isinstance(result, SetAside)]
    assert reasons[0].startswith("is not a JSON object: Expecting property name")
    assert reasons[1] == reasons[2] == reasons[3] == 'needs to be a JSON object with the texts "id" and "text"'
    assert "surrogate" in reasons[4]
    assert reasons[5] == 'has an empty "id"; give it one'
    assert [result.path for result in results] == [f"{path}:{number}" for number in range(1, 8)]


# ---- metadata


def test_front_matter_comes_before_the_file_beside_it_before_options_before_the_text(tmp_path: Path) -> None:
    text = f"Cannons for a small neighbour\n\nSeptember 12, 2023\n\n{PROSE}\nCredit: AP\n\n© 2021 Page Media\n"
    path = file(tmp_path, "a.md", f"---\nheadline: Front\n---\n{text}")
    options = Options(published=date(2023, 9, 1), publisher="Options")
    bare = only(path)
    assert (bare.headline, bare.publisher, bare.published, bare.credit) == (
        "Front", "Page Media", date(2023, 9, 12), "AP",
    )  # fmt: skip
    assert bare.published_how == "a line of the text"
    told = only(path, options)
    assert (told.publisher, told.published, told.published_how) == (
        "Options", date(2023, 9, 1), "given by the options",
    )  # fmt: skip
    file(
        tmp_path,
        "a.meta.json",
        json.dumps({"title": "Beside", "publisher": None, "published": "2023-09-02", "credit": "X"}),
    )
    told = only(path, options)
    assert (told.headline, told.publisher, told.published, told.credit) == (
        "Front", "Options", date(2023, 9, 2), "X",
    )  # fmt: skip
    assert told.published_how == "given by a.meta.json"


def test_how_a_day_is_known_belongs_to_the_layer_of_the_day(tmp_path: Path) -> None:
    path = file(tmp_path, "a.md", f"---\npublished: 2023-09-10\n---\n{PROSE}")
    file(tmp_path, "a.meta.json", json.dumps({"published": "2020-01-01", "published_how": "of another day"}))
    assert only(path).published_how == "given by the front matter"


def test_a_banner_is_believed_last_and_says_so(tmp_path: Path) -> None:
    article = only(file(tmp_path, "a.txt", f"June 22, 2024\n\nCannons for a small neighbour\n\n{PROSE}"))
    assert article.published == date(2024, 6, 22)
    assert article.published_how == "a banner of the page, which may not be the article's day"


def test_keys_of_the_file_beside_it(tmp_path: Path) -> None:
    path = file(tmp_path, "02.txt")
    file(tmp_path, "02.meta.json", json.dumps(
        {"id": "02", "title": "T", "publisher": "The Gazette", "published": "2023-09-13", "address": "https://e.example/x",
         "excerpt": "full"}
    ))  # fmt: skip
    article = only(path)
    assert (article.headline, article.url, article.iri.rsplit("/id/", 1)[1]) == (
        "T", "https://e.example/x", "article/the-gazette/02",
    )  # fmt: skip


# ---- set aside


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n\t\n", "is empty"),
        ("a.txt", b"\xef\xbb\xbf \n", "is empty"),
        ("a.txt", b"caf\xe9 " + PROSE.encode(), "is not UTF-8 (byte 3); save it as UTF-8"),
        ("a.txt", b"abc\0def", "is binary, not text; save it as UTF-8 text"),
        (
            "a.pdf",
            b"%PDF",
            "is none of .txt, .md, .markdown, .html, .htm, .jsonl, .parquet; convert it to one of them",
        ),
        ("a.md", b"---\nid: x\n---\n \n", "has front matter but no text"),
        ("a.md", b"---\n- a\n- b\n---\ntext", "front matter must be lines of the form 'key: value'"),
        ("a.md", b"---\nid: x\ntext goes on", "front matter has no end; put a line '---' after its last key"),
        ("a.md", b"---\nid: x\nurl: [\n---\ntext", "front matter, line 4: expected the node content, but found"),
        ("a.md", b"---\npublished: 2023-13-45\n---\ntext", "front matter: month must be in 1..12; correct the YAML"),
        ("a.md", b"---\npublished: soon\n---\ntext", "the front matter: published: 'soon' is not a day; write it as"),
        (
            "a.md",
            b"---\npublished: 9\n---\ntext",
            "the front matter: published: 9 is not a day; write it as YYYY-MM-DD",
        ),
        (
            "a.md",
            b"---\npublished: 2999-01-01\n---\ntext",
            "the front matter: published: 2999-01-01 lies in the future",
        ),
        ("a.md", b"---\nheadline: [a]\n---\ntext", "the front matter: headline must be a text, not ['a']"),
        ("a.md", b"---\nurl: javascript:alert(1)\n---\ntext", "url: 'javascript:alert(1)' must begin with http://"),
        ("a.md", b"---\nurl: 'http://a b'\n---\ntext", "url: 'http://a b' is not a valid address"),
        ("a.md", b"---\nlanguage: de\n---\ntext", "is not in English (language: de); only English is read"),
        ("a.jsonl", b"\n \n", "is empty"),
    ],
)
def test_set_aside(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    assert reason(file(tmp_path, name, content)).startswith(expected)


def test_a_broken_file_beside_it_sets_the_article_aside(tmp_path: Path) -> None:
    path = file(tmp_path, "a.txt")
    file(tmp_path, "a.meta.json", "{")
    assert reason(path).startswith("a.meta.json is not JSON: Expecting property name")
    file(tmp_path, "a.meta.json", "[]")
    assert reason(path) == "a.meta.json must be one JSON object"


def test_missing_files_and_empty_folders(tmp_path: Path) -> None:
    assert reason(tmp_path / "nowhere.txt") == "does not exist; check the path"
    os.mkfifo(tmp_path / "pipe.txt")
    assert reason(tmp_path / "pipe.txt").startswith("is no file but a pipe")
    (tmp_path / "pipe.txt").unlink()
    (found,) = sources.discover([tmp_path])
    assert reason(found).startswith("holds no articles; it needs files that end in .txt")


def test_too_large(tmp_path: Path) -> None:
    path = file(tmp_path, "a.txt", PROSE)
    assert reason(path, Options(max_bytes=100)) == f"has {len(PROSE)} bytes, more than the 100 allowed; split it"
    lines = file(tmp_path, "a.jsonl", json.dumps({"id": "a", "text": PROSE}) + "\n{}\n")
    (result,) = sources.read(lines, Options(max_bytes=100))
    assert isinstance(result, SetAside)
    assert result.reason == "is longer than 100 bytes, and so the rest of the file is not read; split it"


def test_options_of_the_command_line() -> None:
    assert Options.given("2023-09-10", "P", "open") == Options(date(2023, 9, 10), "P", "open")
    assert Options.given() == Options()
    with pytest.raises(BadMetadata, match="--published: 'x' is not a day; write it as YYYY-MM-DD"):
        Options.given(published="x")


@pytest.mark.parametrize(
    "text",
    [
        "Die Regierung von Freedonien hat Kanonen nach Sylvanien geschickt, wie das Ministerium am Montag mitteilte. "
        "Es war die dritte Lieferung in diesem Jahr, und weitere sollen noch vor dem Winter folgen.",
        "Le gouvernement de Freedonie a envoyé des canons en Sylvanie, a déclaré lundi son ministère de la défense. "
        "C'était la troisième livraison de l'année, et d'autres doivent suivre avant l'hiver.",
        "El gobierno de Freedonia ha enviado cañones a Sylvania, dijo el lunes su ministerio de defensa. "
        "Fue la tercera entrega del año, y otras más han de seguir antes del invierno.",
        "De regering van Freedonia heeft kanonnen naar Sylvanië gestuurd, zei haar ministerie van defensie maandag. "
        "Het was de derde levering van het jaar, en er zullen er meer volgen voor de winter.",
        "Правительство Фридонии отправило пушки в Сильванию, сообщило в понедельник министерство обороны.",
        "프리도니아 정부가 실바니아에 대포를 보냈다고 국방부가 월요일에 밝혔다.",
    ],
)
def test_other_languages_are_set_aside(tmp_path: Path, text: str) -> None:
    assert not language.is_english(text)
    assert reason(file(tmp_path, "a.txt", text)).startswith("is not in English")


def test_a_short_text_full_of_names_is_english() -> None:
    assert language.is_english(
        "Freedonia has delivered more than 9,000 containers of cannons to Sylvania, Defense Minister Ada Lentor told "
        "reporters on Saturday. President Otto Mivalsen and Prime Minister Ina Dulgan met in Port Blue, Ruritania."
    )


def test_articles_at_hand_are_english(shared: Path) -> None:
    paths = [*(shared / "seeds").glob("*.txt"), *(shared / "articles").glob("*.txt")]
    assert all(language.is_english(path.read_text("utf-8")) for path in paths)


# ---- folders


def test_discover(tmp_path: Path) -> None:
    for name in (
        "b.txt",
        "a.md",
        "c/d.html",
        "c/e.jsonl",
        ".hidden/x.txt",
        ".x.txt",
        "README.md",
        "a.meta.json",
        "z.pdf",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        file(tmp_path, name)
    found = sources.discover([tmp_path, tmp_path / "b.txt", tmp_path / "README.md"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a.md", "b.txt", "c/d.html", "c/e.jsonl", "README.md",
    ]  # fmt: skip


def test_the_second_article_with_the_same_iri_is_set_aside_naming_both(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    first, second = file(tmp_path, "one.txt"), file(tmp_path / "sub", "ONE.txt")
    article, aside = sources.read_all([first, second])
    assert isinstance(article, Article)
    assert aside == SetAside(str(second), f"has the same publisher and id as {first}; give one of them another id")


def test_the_same_publisher_and_id_make_the_same_iri_whatever_the_form(tmp_path: Path) -> None:
    line = json.dumps({"id": "one", "text": PROSE, "publisher": "The Gazette"})
    (first,) = sources.read(file(tmp_path, "x.jsonl", line))
    second = only(file(tmp_path, "one.txt"), Options(publisher="the gazette"))
    assert isinstance(first, Article)
    assert first.iri == second.iri


# ---- slugs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("004_799f9b8c3eae584f", "004-799f9b8c3eae584f"),
        ("justunicorns.news", "justunicorns-news"),
        ("Agence “Café” d'État", "agence-cafe-detat"),
    ],
)
def test_slug(text: str, expected: str) -> None:
    assert slugs.slug(text) == expected


def test_names_without_latin_letters_have_slugs_of_their_own() -> None:
    one, two = slugs.slug("조선중앙통신"), slugs.slug("新华社")
    assert one != two
    assert (one[0], len(one)) == ("x", 11)


@given(st.text(max_size=300))
def test_slugs_are_stable_short_and_never_empty(text: str) -> None:
    made = slugs.slug(text)
    assert made == slugs.slug(text)
    assert 0 < len(made) <= slugs.LONGEST
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slugs.slug(made) == made


@given(st.binary(max_size=200), st.sampled_from([".txt", ".md", ".jsonl"]))
def test_any_bytes_are_an_article_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str
) -> None:
    path = file(tmp_path_factory.mktemp("any"), f"any{ending}", content)
    for result in sources.read(path):
        assert isinstance(result, Article | SetAside)
