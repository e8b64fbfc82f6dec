"""Agreements: the grammar of their files, what is refused, and how they are kept."""

import re
import string
from datetime import date

import pytest
from fixtures.office import AGREEMENT, CONTRACTS, ORGANISATIONS, SYSTEMS, empty_database
from hypothesis import given
from hypothesis import strategies as st

from app.adapter.protocol import Condition
from app.errors import CityError
from app.trust import agreement
from app.trust.agreement import Quota
from app.trust.grammar import Faults
from app.trust.row import conditions


def read(tmp_path, text=AGREEMENT):
    path = tmp_path / "pks.toml"
    path.write_text(text)
    return agreement.read(path, contracts=CONTRACTS, organisations=ORGANISATIONS, systems=SYSTEMS)


def problems(text):
    with pytest.raises(CityError) as caught:
        agreement.parse(text, shown="pks.toml", contracts=CONTRACTS)
    return [(problem.line, problem.code) for problem in caught.value.problems]


def changed(old, new):
    assert old in AGREEMENT
    return AGREEMENT.replace(old, new)


def grant_of(text):
    return agreement.parse(text, shown="pks.toml", contracts=CONTRACTS).grants[0]


def test_whole_agreement_is_read(tmp_path):
    found = read(tmp_path)
    assert (found.id, found.consumer, found.provider) == ("PKS-012-2026", "bappeda", "dinsos")
    assert (found.purposes, found.valid_from, found.valid_to) == (("rpkd",), date(2026, 1, 1), date(2026, 12, 31))
    (grant,) = found.grants
    assert grant.fields == ("id", "program")
    assert grant.rows == (Condition("kode_wilayah", "within", ("12.76",)),)
    assert grant.quota == Quota(10_000, 86_400, "10000/day")


def test_star_means_all_fields_but_those_that_are_tertutup():
    assert grant_of(changed('["id", "program"]', '"*"')).fields is None


def test_what_may_be_left_out_has_its_plain_meaning():
    text = re.sub(r"(actions|rows|quota) = .*\n", "", AGREEMENT)
    grant = grant_of(text)
    assert (grant.rows, grant.quota) == ((), None)


def test_first_and_last_day_are_included(tmp_path):
    found = read(tmp_path)
    assert [found.holds(day) for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))] == [
        False,
        True,
        True,
        False,
    ]


def test_every_problem_is_told_at_once_with_its_line():
    text = changed('purposes = ["rpkd"]', 'purposes = ["Rpkd"]').replace('document = "', 'dokument = "').replace("2026-12-31", '"2026-12-31"')
    assert problems(text) == [(1, "missing_key"), (4, "unknown_key"), (6, "wrong_value"), (8, "not_a_date")]


def test_unknown_key_is_an_error_with_a_suggestion():
    with pytest.raises(CityError, match=r"pks\.toml:13: unknown_key: There is no key 'field'. Did you mean fields\?"):
        agreement.parse(changed("\nfields =", "\nfield ="), shown="pks.toml", contracts=CONTRACTS)


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ('id = "PKS-012-2026"', 'id = "PKS,012"', 1, "wrong_value"),
        ('id = "PKS-012-2026"', 'id = "PKS/012"', 1, "wrong_value"),
        ('document = "PKS 012/BAPPEDA-DINSOS/2026"', 'document = "  "', 4, "wrong_value"),
        ('purposes = ["rpkd"]', "purposes = []", 6, "wrong_value"),
        ('purposes = ["rpkd"]', 'purposes = ["rpkd, lain"]', 6, "wrong_value"),
        ('purposes = ["rpkd"]', 'purposes = ["rpkd\\n"]', 6, "wrong_value"),
        ("2026-01-01", "2026-01-01T00:00:00", 7, "not_a_date"),
        ("2026-12-31", "2025-12-31", 8, "ends_before_it_begins"),
        ('provider = "dinsos"', 'provider = "bappeda"', 3, "same_organisation"),
        ('contract = "bantuan"', 'contract = "bantuann"', 11, "unknown_contract"),
        ('contract = "bantuan"', 'system = "dinsos.bansos"', 11, "not_built"),
        ('contract = "bantuan"\n', "", 10, "missing_key"),
        ('actions = ["read"]', 'actions = ["read", "lihat"]', 12, "unknown_action"),
        ('actions = ["read"]', 'actions = ["aggregate"]', 12, "not_built"),
        ('actions = ["read"]', 'actions = ["overlap"]', 12, "not_built"),
        ('actions = ["read"]', 'actions = ["write"]', 12, "not_built"),
        ('actions = ["read"]', 'actions = ["reed"]', 12, "unknown_action"),
        ('actions = ["read"]', "actions = []", 12, "wrong_value"),
        ('"program"]', '"programm"]', 13, "unknown_field"),
        ('["id", "program"]', "[]", 13, "no_fields"),
        ('["id", "program"]', '"id"', 13, "no_fields"),
        ('["id", "program"]', '["*"]', 13, "unknown_field"),
        ('fields = ["id", "program"]\n', "", 10, "no_fields"),
        ("10000/day", "10000/week", 15, "wrong_value"),
        ("10000/day", "0/day", 15, "wrong_value"),
    ],
)
def test_fault_is_told_by_line_and_code(old, new, line, code):
    assert problems(changed(old, new)) == [(line, code)]


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ('nik = "token"', "mask_without_field"),
        ('program = "token"', "not_maskable"),
        ('tanggal_salur = "partial"', "not_maskable"),
        ('nik = "hash"', "unknown_mask"),
        ('nikk = "none"', "unknown_field"),
    ],
)
def test_mask_that_cannot_be_kept_is_refused_and_never_ignored(mask, expected):
    assert problems(f"{AGREEMENT}mask = {{ {mask} }}\n") == [(16, expected)]


def test_masks_and_actions_are_read():
    text = changed('["id", "program"]', '["id", "nik", "program"]').replace('["read"]', '["read", "verify"]')
    grant = grant_of(text + 'mask = { nik = "token", program = "none" }\n')
    assert (grant.actions, grant.masks) == (("read", "verify"), (("nik", "token"),))


def test_contract_granted_twice_is_refused_since_its_quota_would_be_two():
    again = AGREEMENT[AGREEMENT.index("[[grant]]") :]
    assert problems(f"{AGREEMENT}\n{again}") == [(18, "contract_twice")]


def test_two_grants_on_two_contracts_are_both_read():
    text = AGREEMENT + '\n[[grant]]\ncontract = "penduduk"\nfields = ["nik"]\n[grant.rows]\nid__in = ["1", "2"]\n'
    grants = agreement.parse(text, shown="pks.toml", contracts=CONTRACTS).grants
    assert [(grant.contract, grant.rows) for grant in grants] == [
        ("bantuan", (Condition("kode_wilayah", "within", ("12.76",)),)),
        ("penduduk", (Condition("id", "eq", ("1", "2")),)),
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('program = "PKH"', Condition("program", "eq", ("PKH",))),
        ('program = ["PKH", " SEMBAKO "]', Condition("program", "eq", ("PKH", "SEMBAKO"))),
        ('program__in = ["PKH"]', Condition("program", "eq", ("PKH",))),
        ("layak = true", Condition("layak", "eq", (True,))),
        ("nilai__gte = 600000", Condition("nilai", "gte", (600_000,))),
        ("persen__lte = 12.5", Condition("persen", "lte", (12.5,))),
        ("tanggal_salur__gte = 2026-01-01", Condition("tanggal_salur", "gte", ("2026-01-01",))),
        ('tanggal_salur__lte = "2026-01-31"', Condition("tanggal_salur", "lte", ("2026-01-31",))),
        ("diperbarui_pada__gte = 2026-01-01T00:00:00+07:00", Condition("diperbarui_pada", "gte", ("2026-01-01T00:00:00+07:00",))),
        ('kode_wilayah__within = ["12.76.01", "12.76.02"]', Condition("kode_wilayah", "within", ("12.76.01", "12.76.02"))),
    ],
)
def test_row_becomes_a_condition_with_canonical_values(row, expected):
    assert grant_of(changed('kode_wilayah__within = "12.76"', row)).rows == (expected,)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('wilayah = "12.76"', "unknown_field"),
        ('program__like = "P"', "unknown_operator"),
        ('program__ = "P"', "unknown_operator"),
        ('program__within = "12.76"', "wrong_operator"),
        ('program__gte = "A"', "wrong_operator"),
        ('anggota = "x"', "wrong_operator"),
        ("kode_wilayah__within = 12.76", "wrong_value"),
        ('kode_wilayah__within = "12.7"', "wrong_value"),
        ('kode_wilayah__within = "1276"', "wrong_value"),
        ('program = ""', "wrong_value"),
        ("program = []", "wrong_value"),
        ("program = 12", "wrong_value"),
        ("nilai = true", "wrong_value"),
        ("nilai = 1.5", "wrong_value"),
        ('layak = "true"', "wrong_value"),
        ("nilai__gte = [1, 2]", "wrong_value"),
        ('tanggal_salur = "31-01-2026"', "wrong_value"),
        ("tanggal_salur = 2026-01-01T00:00:00", "wrong_value"),
        ("diperbarui_pada__gte = 2026-01-01T00:00:00", "wrong_value"),
        ("diperbarui_pada__gte = 2026-01-01", "wrong_value"),
    ],
)
def test_row_that_cannot_be_kept_is_refused(row, expected):
    assert problems(changed('kode_wilayah__within = "12.76"', row)) == [(14, expected)]


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ('consumer = "bappeda"', 'consumer = "bapeda"', 2, "unknown_organisation"),
        ('provider = "dinsos"', 'provider = "dinkes"', 3, "unknown_organisation"),
    ],
)
def test_parties_must_be_organisations_of_the_city(tmp_path, old, new, line, code):
    with pytest.raises(CityError) as caught:
        read(tmp_path, changed(old, new))
    assert [(problem.line, problem.code) for problem in caught.value.problems] == [(line, code)]


def test_provider_without_a_system_would_open_nothing(tmp_path):
    text = AGREEMENT.replace('"dinsos"', '"x"').replace('"bappeda"', '"dinsos"').replace('"x"', '"bappeda"')
    with pytest.raises(CityError, match="no_system"):
        read(tmp_path, text)


@pytest.mark.parametrize("content", [b"id = \n", b'\xff = "x"', b"id = 'x'\nid = 'x'"])
def test_file_that_is_no_toml_is_one_problem(tmp_path, content):
    path = tmp_path / "pks.toml"
    path.write_bytes(content)
    with pytest.raises(CityError) as caught:
        agreement.read(path, contracts=CONTRACTS, organisations=ORGANISATIONS, systems=SYSTEMS)
    assert len(caught.value.problems) == 1


def test_missing_file_is_one_problem(tmp_path):
    with pytest.raises(CityError, match="unreadable"):
        agreement.read(tmp_path / "none.toml", contracts=CONTRACTS, organisations=ORGANISATIONS, systems=SYSTEMS)


@given(st.text(alphabet=string.printable, max_size=200))
def test_any_text_is_an_agreement_or_a_list_of_problems(text):
    with pytest.raises(CityError) as caught:
        agreement.parse(text, shown="pks.toml", contracts=CONTRACTS)
    assert caught.value.problems


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=6
)


@given(
    st.sampled_from(sorted(CONTRACTS["bantuan"].properties)),
    st.sampled_from(["", "__in", "__ne", "__gt", "__gte", "__lt", "__lte", "__within", "__contains", "__startswith"]),
    VALUES,
)
def test_any_row_is_a_condition_of_plain_values_or_a_problem(field, suffix, value):
    faults = Faults("pks.toml", "")
    found = conditions({field + suffix: value}, CONTRACTS["bantuan"], at=("grant", 0, "rows"), faults=faults)
    assert len(found) + len(faults.problems) == 1
    assert all(isinstance(one, str | int | float) for condition in found for one in condition.values)


@pytest.fixture
def database(address):
    database = empty_database(address)
    yield database
    database.close()


def applied(database, text=AGREEMENT):
    with database.session() as session:
        agreement.apply(session, text, agreement.parse(text, shown="pks.toml", contracts=CONTRACTS))


def rows(database):
    with database.session() as session:
        return agreement.listed(session)


def test_applied_agreement_is_kept_as_it_was_written(database):
    applied(database)
    (row,) = rows(database)
    assert (row.id, row.text, row.valid_to, row.ended) == ("PKS-012-2026", AGREEMENT, date(2026, 12, 31), None)


def test_agreement_of_the_same_id_replaces_the_earlier_one(database):
    applied(database)
    applied(database, changed("2026-12-31", "2027-12-31"))
    (row,) = rows(database)
    assert row.valid_to == date(2027, 12, 31)


def test_ended_agreement_stays_listed_and_holds_again_when_applied_again(database):
    applied(database)
    with database.session() as session:
        agreement.end(session, "PKS-012-2026")
    assert rows(database)[0].ended is not None
    applied(database)
    assert rows(database)[0].ended is None


@pytest.mark.parametrize("identifier", ["PKS-012-2026", "PKS-013-2026"])
def test_only_an_agreement_in_force_can_be_ended(database, identifier):
    applied(database)
    with database.session() as session:
        agreement.end(session, "PKS-012-2026")
    with pytest.raises(CityError, match="unknown_agreement"), database.session() as session:
        agreement.end(session, identifier)
