"""Several sources, sick sources, lying sources: partial answers with a reason, never a wrong record, never a silent end."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.quality.finding import listed
from tests.fixtures.aid import Aid, nik, row
from tests.fixtures.far_side import Asked, Said
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
MORE = "      - {property: titian.sources, value: [disdukcapil.orang, dinsos.orang]}\n"


def two(tmp_path: Path, stack: ExitStack, first: list[dict[str, Any]], second: list[dict[str, Any]], **words: Any) -> Aid:
    """Disdukcapil leads and must answer; Dinsos adds."""
    made = Aid(tmp_path, stack, more=MORE)
    made.source("disdukcapil.orang", first, **words)
    made.source("dinsos.orang", second, **words)
    made.town.client("bappeda-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
    made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang")
    return made


async def asked(asking: Asking, query: str = "", **headers: str) -> dict[str, Any]:
    reply = await asking.get(f"/v1/orang{query}", "bappeda-app", **headers)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_two_sources_are_merged_by_key_and_precedence(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = [row(2, nm="Nama SIAK", umur=None, hp="bukan nomor"), row(1)]
        made = two(tmp_path, stack, first, [row(3), row(2, nm="Nama Bansos", umur=40, kel="12.76.02.1004")])
        async with made.town.open() as asking:
            answer = await asked(asking)
            assert [record["id"] for record in answer["data"]] == ["0001", "0002", "0003"]
            merged = answer["data"][1]
            assert merged["nama"] == "Nama SIAK"
            assert merged["umur"] == 40
            assert merged["telepon"] == "+6281234567890"
            assert merged["kode_wilayah"] == "12.76.01.1001"
            siak, bansos = answer["meta"]["sources"]
            assert (siak["system"], siak["records"], siak["invalid"], siak["differs"]) == ("disdukcapil.orang", 2, {"telepon": 1}, 0)
            assert (bansos["system"], bansos["records"], bansos["differs"]) == ("dinsos.orang", 2, 2)
            # Compared: nama, lahir, kode_wilayah, diubah; umur and telepon stand in one of them only.
            assert answer["meta"]["quality"]["consistency"] == 0.5
            assert answer["meta"]["complete"] is True


async def test_a_merged_list_is_walked_by_key_whatever_the_limit(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = two(tmp_path, stack, [row(number) for number in range(1, 24)], [row(number) for number in range(15, 36)])
        async with made.town.open() as asking:
            seen: list[str] = []
            url: str | None = "?limit=10"
            while url is not None:
                answer = await asked(asking, url)
                seen += [record["id"] for record in answer["data"]]
                following = answer["links"]["next"]
                url = None if following is None else "?" + following.partition("?")[2]
            assert seen == [f"{number:04}" for number in range(1, 36)]
            assert (await asked(asking, "?count=exact&limit=1"))["meta"]["total"] == 35


async def test_a_filter_is_tested_on_the_merged_value(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = two(tmp_path, stack, [row(1, nm="A"), row(2, nm="B")], [row(1, nm="B"), row(3, nm="B")], push='nama = { param = "cari" }')
        async with made.town.open() as asking:
            assert [record["id"] for record in (await asked(asking, "?nama=B"))["data"]] == ["0002", "0003"]
            assert all("cari" not in one.params for side in made.sides.values() for one in side.asked)


async def test_required_is_judged_on_the_merged_record(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = two(tmp_path, stack, [row(1, nm=None), row(2, nm=None)], [row(1, nm="Dari Bansos")])
        async with made.town.open() as asking:
            answer = await asked(asking)
            assert [(record["id"], record["nama"]) for record in answer["data"]] == [("0001", "Dari Bansos")]
            assert [source["rejected"] for source in answer["meta"]["sources"]] == [1, 0]
            assert answer["meta"]["complete"] is True


def dead(_asked: Asked) -> Said:
    return Said({"pesan": "rahasia-sumber"}, status=500)


async def test_a_source_that_is_not_required_may_fail_and_is_named(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = two(tmp_path, stack, [row(number) for number in range(1, 6)], [row(9)])
        made.sides["dinsos.orang"].answer = dead
        async with made.town.open() as asking:
            answer = await asked(asking, "?limit=3")
            assert answer["meta"]["complete"] is False
            bad = answer["meta"]["sources"][1]
            assert (bad["system"], bad["status"], bad["reason"], bad["records"]) == ("dinsos.orang", "bad_answer", "status_500", 0)
            made.sides["dinsos.orang"].answer = lambda _: Said({"data": [], "total": 0})
            last = await asked(asking, "?" + answer["links"]["next"].partition("?")[2])
            assert last["meta"]["sources"][1]["status"] == "ok"
            assert last["meta"]["complete"] is False, "a list that was incomplete once stays so to its last page"
            made.sides["dinsos.orang"].answer = dead
            reply = await asking.get("/v1/orang", "bappeda-app", prefer="complete")
            assert (reply.status_code, reply.json()["code"], reply.json()["source"]) == (502, "source_bad_answer", "dinsos.orang")
            assert "rahasia-sumber" not in reply.text
            assert (await asking.get("/v1/orang", "bappeda-app")).headers["titian-complete"] == "?0"
            assert "dinsos.orang=bad_answer" in asking.ledger()[0]["sources"]


async def test_a_required_source_that_fails_fails_the_whole(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = two(tmp_path, stack, [row(1)], [row(2)])
        made.sides["disdukcapil.orang"].answer = dead
        async with made.town.open() as asking:
            for path in ("/v1/orang", "/v1/orang/0002"):
                reply = await asking.get(path, "bappeda-app")
                assert (reply.status_code, reply.json()["source"], reply.json()["reason"]) == (502, "disdukcapil.orang", "status_500")
            state = {one["system"]: one["state"] for one in (await asking.get("/status")).json()["systems"]}
            assert (state["disdukcapil.orang"], state["dinsos.orang"]) == ("bad_answer", "ok")
            assert (await asking.get("/readyz")).status_code == 200


SICK: list[tuple[Said, int, str]] = [
    (Said(b"<html>login</html>", headers={"content-type": "text/html"}), 502, "source_bad_answer"),
    (Said(b"{rusak"), 502, "source_bad_answer"),
    (Said(b'{"data": [{"id": NaN}]}'), 502, "source_bad_answer"),
    (Said(b'{"data": "\xff\xfe"}'), 502, "source_bad_answer"),
    (Said(b""), 502, "source_bad_answer"),
    (Said({"lain": []}), 502, "source_bad_answer"),
    (Said({"data": [1, 2]}), 502, "source_bad_answer"),
    (Said({"status": "error", "data": []}), 502, "source_bad_answer"),
    (Said({}, status=401), 502, "source_refused"),
    (Said({}, status=403), 502, "source_refused"),
    (Said({}, status=429, headers={"retry-after": "17"}), 503, "source_throttled"),
    (Said({}, status=503), 504, "source_unreachable"),
    (Said({}, status=404), 502, "source_bad_answer"),
    (Said(b"", status=302, headers={"location": "/login"}), 502, "source_bad_answer"),
]


@pytest.mark.parametrize(("said", "status", "code"), SICK)
async def test_whatever_a_source_says_becomes_one_of_our_words(tmp_path: Path, said: Said, status: int, code: str) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [])
        made.sides["dinsos.orang"].answer = lambda _: said
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang", "dinsos-app")
            assert (reply.status_code, reply.json()["code"]) == (status, code)
            if status == 503:
                assert reply.headers["retry-after"] == "17"


async def test_a_dead_source_is_502_and_a_hanging_one_504(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        side = made.source("dinsos.orang", [row(1)])
        made.town.client("dinsos-app", "dinsos")
        path = made.town.folder / "systems" / "dinsos.orang.toml"
        path.write_text(path.read_text().replace(side.address, "http://127.0.0.1:1"))
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang", "dinsos-app")
            assert (reply.status_code, reply.json()["code"], reply.json()["reason"]) == (502, "source_unreachable", "refused_connection")


def half(asked: Asked) -> Said:
    """Two pages, then nothing but a failure."""
    page = int(asked.params["halaman"])
    return Said({"data": [row((page - 1) * 10 + number) for number in range(1, 11)], "total": 40}) if page < 3 else Said({}, status=500)


def again(asked: Asked) -> Said:
    return Said({"data": [row(number) for number in range(1, 11)], "total": 40})


def short(asked: Asked) -> Said:
    return Said({"data": [row(1)] if asked.params["halaman"] == "1" else [], "total": 40})


@pytest.mark.parametrize(("answer", "reason", "records"), [(half, "status_500", 20), (again, "repeated_page", 10), (short, "short_of_total", 1)])
async def test_an_end_that_is_none_is_said(tmp_path: Path, answer: Any, reason: str, records: int) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [])
        made.sides["dinsos.orang"].answer = answer
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang?limit=1000", "dinsos-app")
            meta = reply.json()["meta"]
            assert (meta["count"], meta["complete"], meta["sources"][0]["status"], meta["sources"][0]["reason"]) == (
                records,
                False,
                "incomplete",
                reason,
            )


async def test_a_source_that_changed_under_a_cursor_is_a_conflict(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        rows = [row(number) for number in range(1, 30)]
        made.source("dinsos.orang", rows)
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            first = await asking.get("/v1/orang?limit=5", "dinsos-app")
            following = "/v1/orang?" + first.json()["links"]["next"].partition("?")[2]
            rows.insert(0, row(99))
            reply = await asking.get(following, "dinsos-app")
            assert (reply.status_code, reply.json()["code"]) == (409, "conflict")
            del rows[:]
            assert (await asking.get(following, "dinsos-app")).status_code == 409


async def test_a_filter_that_only_we_can_test_stays_within_scan(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(number) for number in range(1, 60)], scan=30, push='umur = { param = "umur_min", ops = ["gte"] }')
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang?nama=Orang+55", "dinsos-app")
            assert (reply.status_code, reply.json()["code"]) == (422, "unprocessable")
            assert "umur" in reply.json()["detail"]
            assert (await asking.get("/v1/orang?count=exact", "dinsos-app")).status_code == 422
            assert (await asking.get("/v1/orang?umur__gte=50&nama=Orang+55", "dinsos-app")).json()["meta"]["count"] == 1
            assert (await asking.get("/v1/orang?nama=Orang+3&limit=1", "dinsos-app")).status_code == 200


async def test_one_record_is_found_through_the_list_where_there_is_no_get(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        side = made.source("dinsos.orang", [row(number) for number in range(1, 30)], get=False, push='id = { param = "cari" }')
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            assert (await asking.get("/v1/orang/0025", "dinsos-app")).json()["data"]["nama"] == "Orang 25"
            assert side.asked[-1].params["cari"] == "0025"
            assert (await asking.get("/v1/orang/9999", "dinsos-app")).status_code == 404
            side.answer = half
            reply = await asking.get("/v1/orang/0025", "dinsos-app")
            assert reply.status_code == 502, "404 is said only after a complete search"


async def test_another_record_than_the_one_asked_is_never_handed_on(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [])
        made.sides["dinsos.orang"].answer = lambda _: Said({"data": [row(7)]})
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang/0001", "dinsos-app")
            assert (reply.status_code, reply.json()["reason"]) == (502, "other_record")


async def test_duplicates_and_rejections_are_told_and_leave_findings(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        rows = [row(1), row(1), row(2, id=""), row(3, nm=""), row(4, umur="seratus"), row(5, kel="99.99.99.9999")]
        made.source("dinsos.orang", rows)
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            for _ in range(3):
                meta = (await asking.get("/v1/orang", "dinsos-app")).json()["meta"]
            source = meta["sources"][0]
            assert (source["records"], source["rejected"], source["invalid"]) == (3, 2, {"umur": 1})
            assert meta["quality"]["uniqueness"] == 0.75
            asking.gateway.findings.flush()
            found = {(one.field, one.rule, one.outcome): one.times for one in listed(asking.gateway.database)}
        assert found == {
            ("id", "duplicate_key", "duplicate"): 3,
            ("id", "key_missing", "rejected"): 3,
            ("nama", "required_missing", "rejected"): 3,
            ("umur", "not_a_number", "nulled"): 3,
            ("kode_wilayah", "unknown_region", "kept"): 3,
        }


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ({"id": None}, "rejected"),
        ({"id": ["a"]}, "rejected"),
        ({"nm": None}, "rejected"),
        ({"nm": "   "}, "rejected"),
        ({"nm": {"a": 1}}, "rejected"),
        ({"umur": "tua"}, "nulled"),
        ({"umur": 999}, "nulled"),
        ({"lahir": "31/02/1990"}, "nulled"),
        ({"hp": "123"}, "nulled"),
        ({"kel": "Padang Hulu"}, "nulled"),
        ({"kel": "12.76.99"}, "kept"),
        ({"umur": None}, "kept"),
        ({"hp": ""}, "kept"),
    ],
)
async def test_both_sides_of_what_rejects_and_what_only_empties(tmp_path: Path, words: dict[str, Any], outcome: str) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1, **words)])
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            answer = (await asking.get("/v1/orang", "dinsos-app")).json()
            source = answer["meta"]["sources"][0]
            assert (source["rejected"], sum(source["invalid"].values())) == {"rejected": (1, 0), "nulled": (0, 1), "kept": (0, 0)}[outcome]
            assert len(answer["data"]) == (outcome != "rejected")
            assert answer["meta"]["complete"] is True


async def test_a_strict_field_rejects_the_row(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        path = made.town.folder / "contracts" / "orang.odcs.yaml"
        strict = "customProperties: [{property: titian.strict, value: true}], logicalTypeOptions: {minimum: 0"
        path.write_text(path.read_text().replace("logicalTypeOptions: {minimum: 0", strict))
        made.source("dinsos.orang", [row(1, umur="tua"), row(2)])
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            assert (await asking.get("/v1/orang", "dinsos-app")).json()["meta"]["sources"][0]["rejected"] == 1


async def test_quality_by_hand(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        # 7 fields a row. Row 1: all well. Row 2: one invalid, stale. Row 3: one suspicious, one empty. Row 4: rejected with 6 values.
        rows = [row(1), row(2, umur="tua", diubah="2001-01-01"), row(3, kel="99.99.99.9999", hp=None), row(4, nm=None)]
        made.source("dinsos.orang", rows)
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            quality = (await asking.get("/v1/orang", "dinsos-app")).json()["meta"]["quality"]
        seen, accepted = 7 + 7 + 6 + 6, 7 + 6 + 5.5
        assert quality["validity"] == round(accepted / seen, 4)
        assert quality["completeness"] == 1.0
        assert quality["uniqueness"] == 1.0
        assert quality["timeliness"] == round(2 / 3, 4)
        assert quality["consistency"] is None
        assert quality["score"] == round((accepted / seen + 1 + 1 + 2 / 3) / 4, 4)


async def test_an_empty_answer_has_no_quality(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [])
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            meta = (await asking.get("/v1/orang", "dinsos-app")).json()["meta"]
            assert meta["quality"] == {
                "basis": "answer",
                **dict.fromkeys(["score", "completeness", "validity", "uniqueness", "timeliness", "consistency"]),
            }


async def test_people_in_an_answer_are_subjects_of_its_evidence(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, key="nik")
        made.source("dinsos.orang", [row(1), row(2), row(3)])
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            await asking.get("/v1/orang", "dinsos-app")
            await asking.search("orang", {"filter": {"nik": nik(2)}}, "dinsos-app")
            three, one = asking.ledger()
            assert (len(three["subjects"]), len(one["subjects"])) == (48, 16)
            assert one["subjects"] in (three["subjects"][:16], three["subjects"][16:32], three["subjects"][32:])
            assert one["filters"] == "nik:eq"


async def test_no_answer_leaves_while_evidence_cannot_be_written(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            await asking.token("dinsos-app")
            with asking.gateway.database.engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE ledger RENAME TO away")
            reply = await asking.get("/v1/orang/0001", "dinsos-app")
            assert (reply.status_code, reply.json()["code"]) == (503, "unavailable")
            assert "Orang" not in reply.text
            assert (await asking.get("/readyz")).json()["parts"]["evidence"] == "failed"
            with asking.gateway.database.engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE away RENAME TO ledger")
            assert (await asking.get("/v1/orang/0001", "dinsos-app")).status_code == 200
            assert (await asking.get("/readyz")).status_code == 200
