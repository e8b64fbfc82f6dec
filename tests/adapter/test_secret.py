"""Secrets: where they come from, and that they are never shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapter.secret import Secrets, leaves, referred

TREE = {"auth": {"type": "basic", "username": "$USER", "password": "x-$PASS-y"}, "list": [{"token": "$PASS$TOKEN"}], "number": 4}


def test_a_file_holds_one_secret_a_line(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    path.write_text("\ufeff# komentar\n\nUSER = budi \nPASS=a=b#c\nnot a pair\n", encoding="utf-8")
    assert Secrets.read(path, {}).resolved(TREE)["auth"] == {"type": "basic", "username": "budi", "password": "x-a=b#c-y"}


def test_a_folder_holds_one_secret_a_file_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "USER").write_text("budi\n")
    (tmp_path / ".DS_Store").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "..data").mkdir()
    (tmp_path / "SUB").mkdir()
    secrets = Secrets.read(tmp_path, {"PASS": "lingkungan"})
    assert secrets.resolved("$USER $PASS") == "budi lingkungan"
    assert secrets.missing("$SUB $USER") == ["SUB"]


def test_a_file_wins_over_the_environment(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("PASS=berkas\n")
    environ = {"PASS": "lingkungan", "USER": "budi"}
    assert Secrets.read(tmp_path / "s", environ).resolved(["$PASS", "$USER"]) == ["berkas", "budi"]
    assert Secrets.read(tmp_path / "none", environ).resolved("$PASS") == "lingkungan"
    assert Secrets.read(None, environ).resolved("$PASS") == "lingkungan"


def test_what_nobody_knows_is_named_and_stays_as_it_is() -> None:
    secrets = Secrets({"USER": "budi"})
    assert secrets.missing(TREE) == ["PASS", "TOKEN"]
    assert secrets.resolved(TREE)["list"] == [{"token": "$PASS$TOKEN"}]
    supposed = secrets.supposed(TREE)
    assert supposed.missing(TREE) == []
    assert supposed.resolved("$USER") == "budi"


def test_a_secret_that_looks_like_a_name_is_not_looked_up_again() -> None:
    assert Secrets({"A": "$B", "B": "c"}).resolved("$A") == "$B"


def test_secrets_are_never_shown() -> None:
    secrets = Secrets({"PASS": "rahasia-sekali"})
    assert "rahasia" not in f"{secrets!r} {secrets} {[secrets]} {secrets.supposed(TREE)!r}"


@pytest.mark.parametrize(
    ("text", "names"),
    [("$A", ["A"]), ("a$B_1c", ["B_1"]), ("$.data.token", []), ("$$A", ["A"]), ("$a", []), ("$1", []), ("$[0]", []), ("", [])],
)
def test_a_name_is_in_capitals(text: str, names: list[str]) -> None:
    assert list(referred({"x": [text, 1, None, True]})) == names


def test_every_leaf_has_its_key_path() -> None:
    assert list(leaves({"a": {"b": 1}, "c": [2, {"d": 3}], "e": {}, "f": []})) == [(("a", "b"), 1), (("c", 0), 2), (("c", 1, "d"), 3)]


TEXT = st.text(alphabet=st.characters(exclude_characters="$"))


@given(st.recursive(st.none() | st.integers() | TEXT, lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_what_names_no_secret_is_not_changed(tree: object) -> None:
    assert Secrets({"A": "b"}).resolved(tree) == tree
