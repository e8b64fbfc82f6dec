"""What a reply means."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from app.adapter.manifest import ResponseRule
from app.adapter.protocol import Reply
from app.adapter.reply import by_status, failure, json_of, judge, retry_after
from app.errors import BadAnswer, Refused, Throttled, Unreachable
from tests.fixtures.raw_side import fails


def reply(body: bytes = b"{}", status: int = 200, **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def judged(body: Any, *rules: dict[str, Any], **said: Any) -> str | None:
    return judge([ResponseRule.model_validate(rule) for rule in rules])(reply(**said), body)


@pytest.mark.parametrize("body", [b'\xef\xbb\xbf{"a": 1}', b'\r\n {"a": 1}\n', b'\xef\xbb\xbf\n{"a":1}'])
def test_a_mark_and_blanks_before_json_are_passed_over(body: bytes) -> None:
    assert json_of(reply(body)) == {"a": 1}


@pytest.mark.parametrize("charset", ["ISO-8859-1", "latin1", "windows-1252", '"iso-8859-1"'])
def test_a_declared_latin_body_is_read(charset: str) -> None:
    assert json_of(reply('{"nama": "José"}'.encode("latin-1"), content_type=f"application/json; charset={charset}")) == {"nama": "José"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"nama": "Jos\xe9"}', "charset"),
        (b"<!DOCTYPE html><html>Masuk</html>", "html_not_json"),
        (b'\xef\xbb\xbf  <?xml version="1.0"?>', "html_not_json"),
        (b"", "empty_body"),
        (b" \r\n", "empty_body"),
        (b"\xef\xbb\xbf", "empty_body"),
        (b'{"a": NaN}', "not_json"),
        (b"[Infinity]", "not_json"),
        (b'{"a": 1', "not_json"),
        (b"{'a': 1}", "not_json"),
        (b"Warning: mysqli_connect()", "not_json"),
        (b"[" * 100_000, "not_json"),
    ],
)
def test_what_is_not_json_has_a_word(body: bytes, reason: str) -> None:
    with fails(BadAnswer, reason):
        json_of(reply(body))


def test_the_first_rule_whose_tests_hold_decides() -> None:
    rules = [{"when": {"$.ok": False}, "then": "refused"}, {"when": {"$.n": 1}, "then": "empty"}, {"when": {"$.n": 1}, "then": "throttled"}]
    assert judged({"ok": True, "n": 1}, *rules) == "empty"
    assert judged({"ok": False, "n": 1}, *rules) == "refused"
    assert judged({"ok": True, "n": 2}, *rules) is None
    assert judged({}) is None


def test_all_tests_of_a_rule_must_hold() -> None:
    rule = {"when": {"$.a": 1, "status": 200}, "then": "empty"}
    assert judged({"a": 1}, rule) == "empty"
    assert judged({"a": 1}, rule, status=201) is None
    assert judged({"a": 2}, rule) is None


@pytest.mark.parametrize(
    ("found", "wanted"), [("1", 1), (1, "1"), (True, 1), (1, True), (0, False), ("true", True), (None, False), (None, ""), ([1], 1)]
)
def test_a_text_a_number_and_a_boolean_are_three_things(found: Any, wanted: Any) -> None:
    assert judged({"kode": found}, {"when": {"$.kode": wanted}, "then": "empty"}) is None
    assert judged({"kode": found}, {"when": {"$.kode": {"in": [wanted]}}, "then": "empty"}) is None
    assert judged({"kode": wanted}, {"when": {"$.kode": wanted}, "then": "empty"}) == "empty"


@pytest.mark.parametrize(
    ("test", "good", "bad"),
    [
        ({"present": True}, {"x": 0}, {"x": None}),
        ({"present": False}, {}, {"x": ""}),
        ({"contains": "tidak ditemukan"}, {"x": "Data tidak ditemukan."}, {"x": "Data Tidak Ditemukan"}),
        ({"contains": "a"}, {"x": "a"}, {"x": ["a"]}),
        ({"in": [204, "404"]}, {"x": "404"}, {"x": 404}),
        ({"present": True, "in": [1]}, {"x": 1}, {"x": 2}),
    ],
)
def test_a_test_says_present_contains_or_in(test: dict[str, Any], good: Any, bad: Any) -> None:
    rule = {"when": {"$.x": test}, "then": "empty"}
    assert judged(good, rule) == "empty"
    assert judged(bad, rule) is None
    assert judged(None, rule) == judged({}, rule)


def test_a_rule_may_look_at_status_and_content_type() -> None:
    assert judged(None, {"when": {"status": {"in": [404, 410]}}, "then": "empty"}, status=410) == "empty"
    rule = {"when": {"content_type": "text/html"}, "then": "login_again"}
    assert judged(None, rule, content_type="Text/HTML; charset=utf-8") == "login_again"
    assert judged(None, rule, content_type="application/json") is None
    assert judged(None, rule) is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *(
            (200, "ok"),
            (204, "ok"),
            (401, "refused"),
            (403, "refused"),
            (407, "refused"),
            (429, "throttled"),
            (502, "unreachable"),
            (503, "unreachable"),
        ),
        *((504, "unreachable"), (500, "bad_answer"), (404, "bad_answer"), (400, "bad_answer"), (199, "bad_answer"), (304, "bad_answer")),
    ],
)
def test_without_a_rule_the_status_says_what_it_is(status: int, outcome: str) -> None:
    assert by_status(reply(status=status)) == outcome


def test_503_that_names_a_time_is_throttled() -> None:
    assert by_status(reply(status=503, retry_after="10")) == "throttled"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("99999999999999999999", 3600),
        ("Tue, 24 Nov 2026 03:01:40 GMT", 100),
        ("Tue, 24 Nov 2026 10:01:40 +0700", 100),
        ("Tue, 24 Nov 2020 03:00:00 GMT", 1),
        ("Tue, 24 Nov 2099 03:00:00 GMT", 3600),
        *((text, None) for text in ("", "soon", "-1", "1.5", "²", "Tue, 99 Nov 2026 03:00:00 GMT", "Tue, 24 Nov 2026 03:01:40 -0000")),
    ],
)
def test_retry_after_is_a_number_or_a_date_and_bounded(text: str, seconds: int | None) -> None:
    with time_machine.travel(datetime(2026, 11, 24, 3, 0, 0, tzinfo=UTC), tick=False):
        assert retry_after(reply(retry_after=text)) == seconds


def test_an_outcome_has_its_failure() -> None:
    kinds = {"refused": Refused, "throttled": Throttled, "unreachable": Unreachable, "bad_answer": BadAnswer}
    for outcome, kind in kinds.items():
        error = failure(outcome, reply(retry_after="9"), "status_1")
        assert (type(error), error.reason) == (kind, "status_1")
    waits = [failure("throttled", one, "x") for one in (reply(retry_after="9"), reply())]
    assert [(one.retry_after, one.told) for one in waits if isinstance(one, Throttled)] == [(9, True), (5, False)]
