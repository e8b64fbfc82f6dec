"""The snapshot of clients and agreements."""

from datetime import date

import pytest
from fixtures.office import AGREEMENT, CONTRACTS, office
from sqlalchemy.exc import SQLAlchemyError

from app.trust import agreement, client
from app.trust.registry import Registry

DAY = date(2026, 6, 1)


@pytest.fixture
def desk(tmp_path, address):
    made = office(tmp_path, address)
    yield made
    made.database.close()


def apply(desk, text=AGREEMENT):
    with desk.database.session() as session:
        agreement.apply(session, text, agreement.parse(text, shown="pks.toml", contracts=CONTRACTS))
    desk.registry.refresh()


def test_empty_database_gives_an_empty_registry(desk):
    desk.registry.refresh()
    assert desk.registry.client("satu-data") is None
    assert desk.registry.agreements("bappeda", "bantuan", DAY) == ()


def test_client_is_known_after_a_refresh_and_unknown_after_its_end(desk):
    desk.add()
    found = desk.registry.client("satu-data")
    assert found is not None
    assert found.organisation == "bappeda"
    with desk.database.session() as session:
        client.revoke(session, "satu-data")
    assert desk.registry.client("satu-data") is not None
    desk.registry.refresh()
    assert desk.registry.client("satu-data") is None


def test_agreement_is_found_by_consumer_and_contract_on_the_days_it_holds(desk):
    apply(desk)
    ((found, grant),) = desk.registry.agreements("bappeda", "bantuan", DAY)
    assert (found.id, grant.contract) == ("PKS-012-2026", "bantuan")
    assert desk.registry.agreements("bappeda", "bantuan", date(2025, 12, 31)) == ()
    assert desk.registry.agreements("bappeda", "bantuan", date(2027, 1, 1)) == ()
    assert desk.registry.agreements("bappeda", "penduduk", DAY) == ()
    assert desk.registry.agreements("dinsos", "bantuan", DAY) == ()


def test_what_holds_is_the_same_object_until_something_changes(desk):
    apply(desk)
    first = desk.registry.agreements("bappeda", "bantuan", DAY)
    desk.registry.refresh()
    assert desk.registry.agreements("bappeda", "bantuan", DAY) is first
    desk.add()
    assert desk.registry.agreements("bappeda", "bantuan", DAY) is not first
    assert desk.registry.agreements("bappeda", "bantuan", DAY) == first


def test_several_agreements_on_one_contract_are_all_held(desk):
    apply(desk)
    apply(desk, AGREEMENT.replace("PKS-012-2026", "PKS-013-2026").replace("dinsos", "disdukcapil"))
    assert [found.id for found, _ in desk.registry.agreements("bappeda", "bantuan", DAY)] == ["PKS-012-2026", "PKS-013-2026"]


def test_ended_agreement_opens_nothing(desk):
    apply(desk)
    with desk.database.session() as session:
        agreement.end(session, "PKS-012-2026")
    desk.registry.refresh()
    assert desk.registry.agreements("bappeda", "bantuan", DAY) == ()
    assert desk.registry.quota("PKS-012-2026", "bantuan") is None


def test_quota_is_found_by_agreement_and_contract(desk):
    apply(desk)
    assert desk.registry.quota("PKS-012-2026", "bantuan") == (10_000, 86_400)
    apply(desk, AGREEMENT.replace('quota = "10000/day"', ""))
    assert desk.registry.quota("PKS-012-2026", "bantuan") is None


def test_another_gateway_sees_the_change_too(desk):
    other = Registry(desk.database, contracts=CONTRACTS)
    other.refresh()
    desk.add()
    assert other.client("satu-data") is None
    other.refresh()
    assert other.client("satu-data") is not None


def test_agreement_that_its_contract_no_longer_fits_is_left_out_and_the_others_stay(desk):
    apply(desk)
    apply(
        desk,
        AGREEMENT.replace("PKS-012-2026", "PKS-013-2026")
        .replace('contract = "bantuan"', 'contract = "penduduk"')
        .replace('"program"', '"nik"')
        .replace('rows = { kode_wilayah__within = "12.76" }', ""),
    )
    fewer = Registry(desk.database, contracts={"penduduk": CONTRACTS["penduduk"]})
    fewer.refresh()
    assert fewer.agreements("bappeda", "bantuan", DAY) == ()
    assert len(fewer.agreements("bappeda", "penduduk", DAY)) == 1


def test_last_snapshot_stays_when_the_database_is_gone(desk):
    desk.add()
    apply(desk)
    with desk.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE trust_revision")
    with pytest.raises(SQLAlchemyError):
        desk.registry.refresh()
    assert desk.registry.client("satu-data") is not None
    assert len(desk.registry.agreements("bappeda", "bantuan", DAY)) == 1
    assert desk.registry.age >= 0


def test_agreements_are_read_again_against_other_contracts_and_exchanged_whole(desk):
    apply(desk)
    without = {name: contract for name, contract in CONTRACTS.items() if name != "bantuan"}
    snapshot = desk.registry.read(without)
    assert desk.registry.agreements("bappeda", "bantuan", DAY) != (), "reading alone changes nothing"
    desk.registry.exchange(snapshot)
    assert desk.registry.agreements("bappeda", "bantuan", DAY) == ()
    desk.add()
    desk.registry.refresh()
    assert desk.registry.client("satu-data") is not None
    assert desk.registry.agreements("bappeda", "bantuan", DAY) == (), "a later look reads against the same contracts"
