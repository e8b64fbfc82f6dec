"""The page as text: its structure, its words, and what it must never hold."""

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from app.portal.board import Board
from app.portal.page import STATIC, page, summary
from app.portal.voice import Voice
from app.portal.word import KINDS, WORDS
from tests.fixtures.board import APPLICATIONS, BOARD, OFFERS

VOID = {"meta", "link", "img", "path", "circle", "rect", "br"}
ENGLISH = {
    "the",
    "and",
    "of",
    "with",
    "for",
    "to",
    "is",
    "are",
    "was",
    "be",
    "application",
    "applications",
    "answering",
    "since",
    "ago",
    "who",
    "may",
}
ENGLISH |= {"agreements", "agreement", "read", "page", "state", "until", "field", "fields", "none", "yet", "not", "source", "open", "closed", "owner"}
EMPTY = replace(BOARD, applications=(), offers=(), agreements=0, contact=None)


class Read(HTMLParser):
    """Elements in their order, the text by the language it is marked with; what is not closed in its turn is a fault."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[tuple[str, str | None]] = []
        self.said: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("lang") or (self.open[-1][1] if self.open else None)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.said.append((str(self.open[-1][1]), " ".join(data.split())))
            if any(tag in ("code", "pre") for tag, _ in self.open):
                self.said.pop()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, language: str | None = None) -> str:
        return " ".join(said for spoken, said in self.said if language in (None, spoken))


def read(board: Board = BOARD, language: str = "id") -> Read:
    return Read(page(board, language).decode())


@pytest.mark.parametrize("board", [BOARD, EMPTY], ids=["full", "empty"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page_has_one_heading_landmarks_and_no_loose_end(board: Board, language: str) -> None:
    found = read(board, language)
    counts = Counter(tag for tag, _ in found.elements)
    assert found.all("html") == [{"lang": language}]
    assert (counts["h1"], counts["main"], counts["title"], counts["footer"]) == (1, 1, 1, 1)
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [str(one["href"])[1:] for one in found.all("a") if str(one["href"]).startswith("#")]
    assert targets[0] == "isi"
    assert set(targets) <= set(ids)
    named = [attributes["aria-labelledby"] for _, attributes in found.elements if "aria-labelledby" in attributes]
    assert set(named) <= set(ids)
    assert all(one.get("aria-label") for one in found.all("nav"))


def test_every_table_has_a_caption_and_headers() -> None:
    found = read()
    counts = Counter(tag for tag, _ in found.elements)
    assert counts["table"] == counts["caption"] == 3
    assert all(one.get("scope") in ("col", "row", "rowgroup") for one in found.all("th"))
    assert all(one.get("data-label") for one in found.all("td"))


@pytest.mark.parametrize("language", ["id", "en"])
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(language: str) -> None:
    text = page(BOARD, language).decode()
    found = read(language=language)
    assert not {"script", "style", "iframe", "form", "base"} & {tag for tag, _ in found.elements}
    assert not [name for _, attributes in found.elements for name in attributes if name == "style" or name.startswith("on")]
    links = [str(attributes[name]) for _, attributes in found.elements for name in ("href", "src") if name in attributes]
    assert len(links) > 10
    assert all(re.match(r"/(?!/)|#|mailto:", link) for link in links)
    assert "javascript:" not in text
    assert not re.search(r"https?:|@import|//|expression", (STATIC / "portal.css").read_text())
    assert re.findall(r"https?://[^\"<]*", (STATIC / "icon.svg").read_text()) == ["http://www.w3.org/2000/svg"]


def test_the_indonesian_page_holds_no_english_word() -> None:
    words = set(re.findall(r"[a-z-]+", read().text("id").lower()))
    assert words & ENGLISH == set()
    assert "aplikasi" in words
    spoken = [text.id for text in (*WORDS.values(), *KINDS.values())]
    assert not set(re.findall(r"[a-z-]+", " ".join(re.sub(r"\{\w+\}", "", one) for one in spoken).lower())) & ENGLISH


def test_what_the_city_wrote_is_marked_as_indonesian_on_the_english_page() -> None:
    found = read(language="en")
    said = found.text("en")
    for name in (APPLICATIONS[0].title, APPLICATIONS[0].owner, OFFERS[0].title, OFFERS[0].description, OFFERS[0].readers[0].consumer):
        assert name in found.text("id")
        assert name not in said


def test_every_word_is_said_in_both_languages_with_the_same_places() -> None:
    for name, text in WORDS.items():
        assert text.id, name
        assert text.en, name
        places = [set(re.findall(r"\{(\w+)\}", one)) - {"s"} for one in text]
        assert places[0] == places[1], name


def test_every_word_is_used() -> None:
    sources = "".join(path.read_text() for path in (*STATIC.parent.glob("*.py"), *STATIC.parent.glob("templates/*")) if path.name != "word.py")
    composed = re.compile(r"part_\w+|\w+_means|GOV|BRD|ECO|LIV|SOC|ENV|ok|partial|disturbed|silent|unknown|terbuka|terbatas|tertutup|read|verify")
    assert [name for name in WORDS if f'"{name}"' not in sources and not composed.fullmatch(name)] == []


def test_a_state_is_a_word_and_a_shape() -> None:
    text = page(BOARD, "id").decode()
    shapes = {}
    for state in ("ok", "partial", "disturbed", "silent", "unknown"):
        found = re.findall(rf'<span class="value state {state}"><svg[^>]*>(.*?)</svg> <span>([^<]+)', text, re.DOTALL)
        assert found, state
        shapes[found[0][0]] = found[0][1].strip()
    assert list(shapes.values()) == ["Menjawab", "Menjawab sebagian", "Terganggu", "Tidak menjawab", "Belum ditanya"]


def test_what_is_not_known_is_said_to_be_missing() -> None:
    rows = re.findall(r'<tr role="row">.*?</tr>', page(BOARD, "id").decode(), re.DOTALL)
    row = next(one for one in rows if "Indikator Kota" in one)
    assert row.count("belum ada") == 2
    assert "Belum ditanya" in row
    assert "<time" not in row


def test_a_copy_that_is_out_of_date_says_since_when() -> None:
    assert "15 Nov 2026, 10.15 WIB 9 hari lalu usang sejak 22 Nov 2026, 10.15 WIB" in read().text()


def test_agreements_tell_of_organisations_counts_and_days() -> None:
    text = read().text()
    assert "Badan Perencanaan Pembangunan Daerah Dinas Sosial membaca 9 dari 15 24 Nov 2027" in text
    assert "Bank Sumut Dinas Sosial mencocokkan 3 dari 15 1 Des 2026 7 hari lagi" in text
    assert "membaca, mencocokkan 6 dari 18 1 disamarkan 24 Nov 2026 hari terakhir" in text
    assert "Belum ada perjanjian: hanya pemiliknya yang membacanya." in text


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ("", "Belum ada aplikasi yang tersambung."),
        ("ok ok", "2 aplikasi, semuanya menjawab."),
        ("unknown", "1 aplikasi, belum satu pun ditanya sejak gerbang dinyalakan 21 Nov 2026, 10.15 WIB."),
        ("ok ok silent unknown", "4 aplikasi: 2 menjawab, 1 tidak menjawab sejak 08.12 WIB, 1 belum ditanya."),
        ("ok silent silent partial", "4 aplikasi: 1 menjawab, 1 menjawab sebagian, 2 tidak menjawab."),
    ],
)
def test_one_sentence_says_how_all_are(states: str, said: str) -> None:
    silent = APPLICATIONS[1]
    board = replace(BOARD, applications=tuple(replace(silent, state=state) for state in states.split()))
    assert summary(board, Voice("id", board.zone, board.moment)) == said


def test_what_is_in_trouble_longest_is_named_first() -> None:
    found = re.findall(r'<li class="state (\w+)">.*?<strong[^>]*>([^<]+)', page(BOARD, "id").decode(), re.DOTALL)
    assert found == [("partial", "DTSEN edaran SIKS-NG"), ("silent", "Bansos Dinas Sosial"), ("disturbed", "SIMPUS")]


def test_names_are_text_and_never_markup() -> None:
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    reader = replace(OFFERS[0].readers[0], consumer=evil, provider=evil)
    board = replace(
        BOARD,
        city=evil,
        contact=f"mailto:{evil}",
        public_url=f"https://{evil}",
        applications=(replace(APPLICATIONS[0], title=evil, owner=evil, part=evil, kind=evil),),
        offers=(replace(OFFERS[0], title=evil, description=evil, sources=(evil,), readers=(reader,)),),
        dimensions=(replace(BOARD.dimensions[0], lead=evil),),
    )
    for language in ("id", "en"):
        text = page(board, language).decode()
        assert "<script" not in text
        assert "49" not in re.sub(r"\d{4}", "", read(board, language).text())
        assert read(board, language).text().count(evil) >= 10


def test_a_contact_that_is_no_mail_address_is_no_link() -> None:
    board = replace(BOARD, contact="javascript:alert(1)")
    assert not [one for one in read(board).all("a") if "javascript" in str(one["href"])]
