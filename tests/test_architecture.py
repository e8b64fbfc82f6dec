"""The house rules that no linter knows, read off the source itself."""

import ast
import io
import statistics
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for room in ("app", "adapters") for path in (ROOT / room).rglob("*.py"))
BANNED = {"manager", "helper", "helpers", "util", "utils", "common", "misc", "base", "service", "processor", "handler", "data", "info"}
BROAD = {"app/api/problems.py", "app/exchange/fetch.py", "app/ledger/writer.py", "app/main.py", "app/quality/finding.py"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_function_is_longer_than_fifty_lines_and_no_file_than_four_hundred(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400
    assert [node.name for node in functions(tree_of(path)) if length(node) > 50] == []


def test_functions_and_files_are_small_on_the_whole() -> None:
    lengths = sorted(length(node) for path in SOURCES for node in functions(tree_of(path)))
    files = [len(path.read_text().splitlines()) for path in SOURCES]
    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.95)] <= 35
    assert statistics.median(files) <= 120


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_module_or_class_bears_a_banned_name(path: Path) -> None:
    words = {path.stem, *(node.name.lower() for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef))}
    assert words & BANNED == set()


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name == "__init__.py" and path.read_text().strip()], ids=name_of)
def test_a_package_says_in_its_first_line_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree_of(path))


@pytest.mark.parametrize("path", sorted((ROOT / "app" / "adapter").glob("*.py")), ids=name_of)
def test_every_public_name_of_the_sdk_has_a_docstring(path: Path) -> None:
    public = [node for node in tree_of(path).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    assert [node.name for node in public if not node.name.startswith("_") and not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_broad_catches_stand_only_in_their_named_places(path: Path) -> None:
    caught = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler)]
    broad = [node for node in caught if isinstance(node.type, ast.Name) and node.type.id == "Exception"]
    assert not broad or name_of(path) in BROAD


def test_comments_are_few() -> None:
    comments = lines = 0
    for path in SOURCES:
        text = path.read_text()
        lines += len(text.splitlines())
        comments += sum(token.type == tokenize.COMMENT for token in tokenize.generate_tokens(io.StringIO(text).readline))
    assert comments * 100 <= lines * 3


@pytest.mark.parametrize("path", [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))], ids=name_of)
def test_nothing_is_mocked(path: Path) -> None:
    words = {"unittest." + "mock", "monkeypatch.setattr", "Magic" + "Mock"}
    if path.name != "test_architecture.py":
        assert [word for word in words if word in path.read_text()] == []


def test_there_is_about_as_much_test_as_code() -> None:
    def count(paths: list[Path]) -> int:
        return sum(len(path.read_text().splitlines()) for path in paths)

    ratio = count(sorted((ROOT / "tests").rglob("*.py"))) / count(SOURCES)
    assert 0.8 <= ratio <= 1.6


def test_conftest_stays_small() -> None:
    assert len((ROOT / "tests" / "conftest.py").read_text().splitlines()) <= 15
