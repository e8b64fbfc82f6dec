"""The page in a real browser: axe finds nothing, nobody else is asked, nothing needs a script, and it prints."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from app.api.docs import FILES
from tests.fixtures.aid import Aid, row
from tests.fixtures.board import BOARD, shown
from tests.fixtures.live import listening

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    outside = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=[outside, "--disable-dev-shm-usage"]) as found:
        yield found


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with shown(BOARD) as found:
        yield found


class Seen:
    """One page, whatever it asked for and whatever it complained of."""

    def __init__(self, browser: Browser, address: str, **context: Any) -> None:
        self.context = browser.new_context(locale="id-ID", timezone_id="Asia/Jakarta", **context)
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)

    def __enter__(self) -> "Seen":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize(("width", "scheme", "language"), [(360, "light", "id"), (1280, "dark", "id"), (1280, "light", "en"), (360, "dark", "en")])
def test_axe_finds_nothing(browser: Browser, address: str, width: int, scheme: Any, language: str) -> None:
    with Seen(
        browser,
        f"{address}?bahasa={language}",
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",
        bypass_csp=True,
    ) as seen:
        found = Axe().run(seen.page, options=OPTIONS)
        assert found.violations_count == 0, found.generate_report()
        assert seen.complaints == []


def test_nothing_is_wider_than_the_window(browser: Browser, address: str) -> None:
    """640 is a window of 1280 at 200 %."""
    with Seen(browser, address) as seen:
        for width in (320, 360, 640, 768, 928, 1280, 1920):
            seen.page.set_viewport_size({"width": width, "height": 800})
            assert seen.page.evaluate("document.documentElement.scrollWidth") == width
            edge = "Math.max(...[...document.querySelectorAll('main *')].map(one => one.getBoundingClientRect().right))"
            assert seen.page.evaluate(edge) <= width


def test_links_to_touch_are_large_enough(browser: Browser, address: str) -> None:
    with Seen(browser, address, viewport={"width": 360, "height": 800}) as seen:
        boxes = [link.bounding_box() for link in seen.page.locator("nav a").all()]
        assert len(boxes) == 5
        assert all(box is not None and box["height"] >= 44 for box in boxes)


def test_a_keyboard_reaches_the_content_first(browser: Browser, address: str) -> None:
    with Seen(browser, address) as seen:
        seen.page.keyboard.press("Tab")
        box = seen.page.locator(".skip").bounding_box()
        assert box is not None
        assert box["y"] >= 0
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "isi"


def test_forced_colours_keep_every_shape(browser: Browser, address: str) -> None:
    with Seen(browser, address, forced_colors="active") as seen:
        assert seen.page.locator(".applications .mark").count() == len(BOARD.applications)
        assert all(mark.is_visible() for mark in seen.page.locator(".applications .mark").all())


def test_it_prints_on_few_sheets_and_in_light_colours(browser: Browser, address: str) -> None:
    with Seen(browser, address, color_scheme="dark") as seen:
        sheets = seen.page.pdf(prefer_css_page_size=True, tagged=True).count(b"/Type /Page\n")
        assert 1 <= sheets <= 3
        seen.page.emulate_media(media="print")
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not seen.page.locator(".jump").is_visible()


def test_a_gateway_serves_it_without_a_script_and_asks_nobody_else(browser: Browser, tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(1)])
        live = stack.enter_context(listening(aid.town))
        home = f"http://127.0.0.1:{live.port}/"
        with Seen(browser, home, java_script_enabled=False) as seen:
            assert seen.page.locator("h1").inner_text() == "Gerbang data Kota Uji"
            assert seen.page.locator("html").get_attribute("lang") == "id"
            assert {urlsplit(url).hostname for url in seen.asked} == {"127.0.0.1"}
            assert len(seen.asked) >= 3
            seen.page.get_by_role("link", name="English").click()
            assert seen.page.locator("h1").inner_text() == "Data gateway of Kota Uji"
            assert seen.complaints == []
        with Seen(browser, home) as seen:
            assert seen.page.evaluate("document.querySelector('img').naturalWidth") > 0
            assert seen.page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
            assert seen.complaints == []
            seen.page.get_by_role("link", name="Coba langsung").click()
            seen.page.wait_for_selector(".swagger-ui .info")
            seen.page.get_by_role("link", name="← Titian Kota Uji").click()
            assert seen.page.url == home
            assert {urlsplit(url).hostname for url in seen.asked if not url.startswith("data:")} == {"127.0.0.1"}
            assert sum(f"/docs/{name}" in url for url in seen.asked for name in FILES) >= 2
