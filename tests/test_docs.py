"""The documentation is tested: what it lists is what there is, and its examples run."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from app import cli
from app.adapter.loading import find, kinds
from app.errors import answerable
from app.settings import Settings
from tests.fixtures.demo_city import DemoCity, demo_city

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    return [text for word, text in BLOCK.findall((ROOT / page).read_text()) if word == language]


def test_every_setting_is_documented_and_no_other() -> None:
    listed = set(re.findall(r"^\| `(TITIAN_\w+)`", (REFERENCE / "settings.md").read_text(), re.MULTILINE))
    assert listed == {f"TITIAN_{name.upper()}" for name in Settings.model_fields}


def test_every_command_is_documented_and_no_other() -> None:
    found: set[str] = set()

    def walk(group: typer.Typer, words: str) -> None:
        for command in group.registered_commands:
            name = command.name or (command.callback.__name__ if command.callback else "")
            found.add(f"{words} {name}")
        for inner in group.registered_groups:
            assert inner.typer_instance is not None
            walk(inner.typer_instance, f"{words} {inner.name}")

    walk(cli.app, "titian")
    listed = re.findall(r"^\| `(titian [a-z -]+?)(?: [\[\-A-Z].*)?`", (REFERENCE / "commands.md").read_text(), re.MULTILINE)
    assert set(listed) == found


def test_every_error_is_documented_with_its_status() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", (REFERENCE / "errors.md").read_text(), re.MULTILINE))
    assert listed == {code: str(found.status) for code, found in answerable().items()}


def test_every_kind_is_documented_with_every_key() -> None:
    for name in kinds():
        text = (REFERENCE / "kinds" / f"{name}.md").read_text() + (REFERENCE / "kinds" / "README.md").read_text()
        kind = find(name)
        for model in (kind.Connection, kind.Read):
            for key, field in model.model_fields.items():
                assert f"`{field.alias or key}`" in text, f"{name}: {key}"


def test_every_key_of_a_map_rule_is_documented() -> None:
    from app.adapter.manifest import MapRule, PageStyle

    text = (REFERENCE / "kinds" / "README.md").read_text()
    for model in (MapRule, PageStyle):
        for key, field in model.model_fields.items():
            assert f"`{field.alias or key}`" in text, key


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if not target.startswith(("http", "mailto")):
            assert (path.parent / target).exists(), target


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCity]:
    with demo_city(tmp_path_factory.mktemp("docs"), DEMO_PEOPLE="1200") as made:
        for name in (".venv", "clients"):
            (made.home / name).symlink_to(ROOT / name)
        yield made


def ran(command: list[str], text: str, city: DemoCity) -> str:
    there = text.replace("http://127.0.0.1:8000", city.base)
    done = subprocess.run(
        command, input=there, cwd=city.home, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("page", "answers"), [("README.md", 4), ("docs/guides/bertanya.md", 12)])
def test_the_commands_of_a_page_work_when_pasted(city: DemoCity, page: str, answers: int) -> None:
    said = ran(["bash", "-eu"], "\n".join(blocks(page, "sh")), city)
    assert said.count('"data":') >= answers - 2
    assert "not_permitted" in said
    assert "unknown_caller" not in said
    if page == "README.md":
        assert "Utuh" in said
        grades = re.findall(r"^[a-z]+\.[a-z]+ +(belum|perunggu|perak)", said, re.MULTILINE)
        assert grades == ["perak"] * len(grades)
        assert len(grades) >= 10
    else:
        assert '"nama":"match"' in said.replace(" ", "")


@pytest.mark.skipif(shutil.which("php") is None, reason="PHP is not installed")
def test_the_php_of_the_guide_works(city: DemoCity) -> None:
    with_file, without = (ran(["php"], text, city) for text in blocks("docs/guides/bertanya.md", "php"))
    assert re.search(r"\S+ PKH \d+", with_file + without)
    assert re.search(r"^\d{2,} penerima PKH$", with_file, re.MULTILINE)


def test_the_python_of_the_guide_works(city: DemoCity) -> None:
    python = [str(ROOT / ".venv" / "bin" / "python"), "-"]
    with_file, without = (ran(python, text, city) for text in blocks("docs/guides/bertanya.md", "python"))
    assert re.search(r"^1 True\n\d{2,} penerima PKH$", with_file, re.MULTILINE)
    assert "True" in without


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_what_the_demo_prints_works_when_pasted(city: DemoCity) -> None:
    lines = [line for line in city.said.splitlines() if line.startswith(("TOKEN=", "curl "))]
    *asked, ill = lines
    assert ran(["bash", "-eu"], "\n".join(asked), city).count('"data":') == len(asked) - 1 == 3
    assert (
        ran(["bash", "-eu"], f"{ill}\n{ill.replace('down', 'ok')}", city)
        == '{"application": "siak", "mode": "down"}{"application": "siak", "mode": "ok"}'
    )
