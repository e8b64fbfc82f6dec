"""A city folder as a whole: read, checked, and every problem of every file told at once with its line and its remedy."""

import csv
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.errors import CityError, Problem
from app.main import catalog_of, checked
from app.settings import Settings
from tests.fixtures.aid import Aid, row
from tests.fixtures.lists import ROOT


@pytest.fixture
def aid(tmp_path: Path) -> Aid:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        stack.pop_all().close()
        return made


def problems(aid: Aid) -> list[Problem]:
    with pytest.raises(CityError) as raised:
        catalog_of(aid.town.settings)
    return raised.value.problems


def change(aid: Aid, where: str, old: str, new: str) -> int:
    """The line (1-based) at which the change stands."""
    path = aid.town.folder / where
    text = path.read_text()
    assert old in text
    changed = text.replace(old, new, 1)
    path.write_text(changed)
    return changed[: changed.index(new)].count("\n") + 1 if new else 0


SYSTEM = "systems/dinsos.orang.toml"


@pytest.mark.parametrize(
    ("old", "new", "code", "remedy"),
    [
        ('kind = "rest"', 'kind = "ress"', "unknown_kind", "rest"),
        ('legal_basis = "Perwal uji"', 'legalbasis = "Perwal uji"', "unknown_key", "legal_basis"),
        ('title = "Aplikasi dinsos.orang"', "title = 12", "wrong_type", "quotes"),
        ("timeout = 2.0", 'timeout = "dua"', "wrong_type", "number"),
        ("timeout = 2.0", "timeuot = 2.0", "unknown_key", "timeout"),
        ("timeout = 2.0", 'rate = "5/fortnight"', "wrong_value", "Mend"),
        ('networks = ["127.0.0.0/8"]', 'networks = ["127.0.0.0/99"]', "networks", "networks"),
        ('networks = ["127.0.0.0/8"]', 'networks = ["169.254.0.0/16"]', "networks", "networks"),
        ('networks = ["127.0.0.0/8"]', 'networks = ["10.0.0.0/8"]', "networks", "networks"),
        ('contract = "orang"', 'contract = "orangg"', "unknown_contract", "orang"),
        ('list = "/orang"', 'lst = "/orang"', "unknown_key", "list"),
        ('list = "/orang"', 'list = "orang"', "wrong_value", "Mend"),
        ('rows = "$.data"', 'rows = "data["', "wrong_value", "Mend"),
        ('get = "/orang/{id}"', 'get = "/orang/{nama}"', "not_a_key_field", "id"),
        ('total = "$.total"', 'total = "$..["', "wrong_value", "Mend"),
        ('style = "page"', 'style = "pages"', "wrong_value", "Mend"),
        ('nama = "nm"', 'nam = "nm"', "unknown_field", "nama"),
        ('nama = "nm"', 'nama = { const = 1, from = "nm" }', "map", "from"),
        ('nama = "nm"', 'nama = { from = "nm", join = "," }', "map", "join"),
        ('nama = "nm"', 'nama = { from = "nm", code = "prgram" }', "unknown_code_list", "program"),
        ('format = "%d/%m/%Y"', 'format = "%d/%Q"', "format", "%d"),
        ('when = { "$.status" = "error" }', 'when = { "$.status[" = "error" }', "wrong_value", "Mend"),
        ('then = "bad_answer"', 'then = "bad"', "wrong_value", "Mend"),
        ("[resource.push]", '[resource.push]\numur = { param = "u", ops = ["within"] }', "wrong_value", "Mend"),
        ("[resource.push]", '[resource.push]\nnik = { param = "u" }', "unknown_field", "orang has"),
    ],
)
def test_a_mistake_in_a_systems_file_is_told_with_its_line(aid: Aid, old: str, new: str, code: str, remedy: str) -> None:
    line = change(aid, SYSTEM, old, new)
    found = [problem for problem in problems(aid) if problem.code == code]
    assert found, problems(aid)
    assert found[0].file == SYSTEM
    assert found[0].line in (line, line + 1), found[0]
    assert remedy in found[0].remedy or remedy in found[0].meaning


def test_an_id_that_is_not_the_files_name_is_told(aid: Aid) -> None:
    change(aid, SYSTEM, 'id = "dinsos.orang"', 'id = "dinsos.lain"')
    assert [problem.code for problem in problems(aid)] == ["id"]


def test_an_organisation_must_stand_in_city_toml(aid: Aid) -> None:
    (aid.town.folder / SYSTEM).rename(aid.town.folder / "systems" / "dinkes.orang.toml")
    change(aid, "systems/dinkes.orang.toml", 'id = "dinsos.orang"', 'id = "dinkes.orang"')
    assert [problem.code for problem in problems(aid)] == ["unknown_organisation"]


def test_a_secret_in_the_file_is_an_error_and_is_not_repeated(aid: Aid) -> None:
    auth = '[connection.auth]\ntype = "basic"\nusername = "$SOURCE_USER"\npassword = "hunter2"\n'
    change(aid, SYSTEM, "[[responses]]", auth + "[[responses]]")
    (found,) = problems(aid)
    assert found.code == "secret_in_file"
    assert "hunter2" not in str(found)
    assert "$NAME" in found.remedy


def test_an_unknown_secret_is_told_by_its_name_and_does_not_fail_a_check(aid: Aid) -> None:
    auth = '[connection.auth]\ntype = "bearer"\ntoken = "$TIDAK_ADA"\n'
    change(aid, SYSTEM, "[[responses]]", auth + "[[responses]]")
    assert [problem.code for problem in problems(aid)] == ["unknown_secret"]
    found, missing = checked(aid.town.settings)
    assert missing == ["TIDAK_ADA"]
    assert set(found.systems) == {"dinsos.orang"}


def test_problems_of_all_files_are_told_at_once(aid: Aid) -> None:
    change(aid, SYSTEM, 'nama = "nm"', 'nam = "nm"')
    change(aid, "city.toml", 'type = "opd"', 'type = "dinas"')
    change(aid, "contracts/orang.odcs.yaml", "version: 1.0.0", "version: satu")
    aid.town.write("codes/rusak.csv", "a,b\n1,2\n")
    aid.town.write("systems/dinsos.rusak.toml", "id = \n")
    files = {problem.file for problem in problems(aid)}
    assert files >= {"city.toml", "codes/rusak.csv", "contracts/orang.odcs.yaml", "systems/dinsos.rusak.toml"}
    assert problems(aid) == sorted(problems(aid))


def test_grammar_secrets_connection_and_map_of_one_file_are_told_at_once(aid: Aid) -> None:
    auth = '[connection.auth]\ntype = "basik"\npassword = "hunter2"\n'
    change(aid, SYSTEM, "[[responses]]", auth + "[[responses]]")
    change(aid, SYSTEM, 'nama = "nm"', 'nam = "nm["')
    change(aid, SYSTEM, 'list = "/orang"', 'lst = "/orang"')
    codes = [problem.code for problem in problems(aid)]
    assert codes == ["unknown_value", "secret_in_file", "unknown_key", "source_path", "unknown_field"]


def test_a_broken_contract_is_told_once_and_not_again_by_its_systems(aid: Aid) -> None:
    change(aid, "contracts/orang.odcs.yaml", "version: 1.0.0", "version: satu")
    assert {problem.file for problem in problems(aid)} == {"contracts/orang.odcs.yaml"}


def test_a_broken_list_is_told_once_and_not_again_by_what_names_a_list(aid: Aid) -> None:
    change(aid, SYSTEM, 'nama = "nm"', 'nama = { from = "nm", code = "warna" }')
    aid.town.write("codes/warna.csv", "kode,label\nM,Merah\n")
    assert catalog_of(aid.town.settings).lists.codes["warna"]
    aid.town.write("codes/rusak.csv", "a,b\n1,2\n")
    assert {problem.file for problem in problems(aid)} == {"codes/rusak.csv"}


def test_a_team_of_the_smart_city_is_made_of_known_organisations(aid: Aid) -> None:
    path = aid.town.folder / "city.toml"
    team = '\n[[smartcity.team]]\ndimension = "GOV"\nname = "Pokja"\nlead = "dinsos"\nmembers = ["tiada"]\n'
    path.write_text(path.read_text() + team)
    (found,) = problems(aid)
    assert (found.code, found.line) == ("unknown_organisation", path.read_text().splitlines().index("[[smartcity.team]]") + 1)
    assert "'tiada'" in found.meaning


def test_a_city_without_a_city_toml_is_told(aid: Aid) -> None:
    (aid.town.folder / "city.toml").unlink()
    assert [problem.code for problem in problems(aid)] == ["missing_file"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 012\n", "not_toml"),
        ("[city]\n", "missing_key"),
        ('[city]\nid = "a"\nname = "b"\nregion = 12.76\n', "wrong_type"),
        (b"\xff\xfe", "unreadable"),
    ],
)
def test_a_broken_city_toml_is_told(aid: Aid, text: str | bytes, code: str) -> None:
    (aid.town.folder / "city.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert code in {problem.code for problem in problems(aid)}


def test_an_organisation_that_stands_twice_is_told(aid: Aid) -> None:
    path = aid.town.folder / "city.toml"
    path.write_text(path.read_text() + '\n[[organisation]]\nid = "dinsos"\nname = "Lagi"\ntype = "opd"\n')
    assert [problem.code for problem in problems(aid)] == ["duplicate"]


def test_a_required_system_must_exist_but_precedence_may_name_one_that_is_gone(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, more="      - {property: titian.sources, value: [dinsos.lama, dinsos.orang]}\n")
        made.source("dinsos.orang", [row(1)])
        assert [source.system for source in catalog_of(made.town.settings).sources["orang"]] == ["dinsos.orang"]
        change(made, "contracts/orang.odcs.yaml", "titian.sources", "titian.required")
        assert "unknown_system" in {problem.code for problem in problems(made)}


def test_sources_stand_in_the_contracts_order_then_by_id(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, more="      - {property: titian.sources, value: [disdukcapil.orang]}\n")
        for system in ("dinsos.orang", "bappeda.orang", "disdukcapil.orang"):
            made.source(system, [row(1)])
        catalog = catalog_of(made.town.settings)
        assert [source.system for source in catalog.sources["orang"]] == ["disdukcapil.orang", "bappeda.orang", "dinsos.orang"]


def test_a_contract_that_nobody_feeds_is_not_published(aid: Aid) -> None:
    aid.town.contract("sepi", "      - {name: id, logicalType: string, primaryKey: true}\n")
    catalog = catalog_of(aid.town.settings)
    assert set(catalog.contracts) == {"orang", "sepi"}
    assert set(catalog.published) == {"orang"}


def test_the_operators_ceiling_holds_for_every_file(aid: Aid) -> None:
    narrow = aid.town.settings.model_copy(update={"networks": "10.10.0.0/16"})
    with pytest.raises(CityError, match="TITIAN_NETWORKS"):
        catalog_of(narrow)
    wide = aid.town.settings.model_copy(update={"networks": "10.10.0.0/16, 127.0.0.0/8"})
    assert catalog_of(wide).systems


def test_without_networks_only_public_addresses_may_be_named(aid: Aid) -> None:
    change(aid, SYSTEM, 'networks = ["127.0.0.0/8"]\n', "")
    (found,) = problems(aid)
    assert found.code == "networks"
    assert "networks = " in found.remedy


def test_removing_a_system_is_deleting_its_file(aid: Aid) -> None:
    (aid.town.folder / SYSTEM).unlink()
    assert catalog_of(aid.town.settings).systems == {}


def test_the_demo_city_is_whole() -> None:
    found, missing = checked(Settings(city=ROOT / "cities" / "tebing-tinggi"))
    people, things = {"bantuan", "penduduk", "keluarga", "asn"}, {"usaha", "pembiayaan", "rencana", "wilayah", "instansi", "indikator"}
    assert set(found.published) == people | things
    assert [source.system for source in found.sources["penduduk"]] == ["disdukcapil.siak", "dinsos.bansos", "dinsos.siks"]
    assert missing == ["BANSOS_PASSWORD", "BANSOS_USER", "DROPSERVER_KEY", "SIAK_PASSWORD", "SIAK_USER"]
    assert found.smartcity is not None
    assert {team.dimension for team in found.smartcity.team} == {"GOV", "ECO", "LIV", "SOC", "BRD", "ENV"}


def test_the_open_sheets_of_the_demo_city_say_what_its_files_say() -> None:
    folder = ROOT / "cities" / "tebing-tinggi"
    found, _ = checked(Settings(city=folder))
    with (folder / "lembar" / "instansi.csv").open(encoding="utf-8") as file:
        bodies = {row["id"]: (row["nama"], row["singkatan"], row["jenis"], row["urusan"]) for row in csv.DictReader(file)}
    assert bodies == {one.id: (one.name, one.short, one.type, "; ".join(one.urusan)) for one in found.organisations.values()}
    offices = found.lists.codes["instansi"]
    assert {offices.parse(name) for one in found.organisations.values() for name in (one.id, one.name, one.short)} == set(bodies)
    with (folder / "lembar" / "wilayah.csv").open(encoding="utf-8") as file:
        regions = {row["kode"]: (row["kode_bps"], row["nama"], row["kode_pos"]) for row in csv.DictReader(file)}
    known = found.lists.regions.by_code
    assert regions == {code: (one.bps, one.name, one.postal or "") for code, one in known.items() if code.startswith("12.76")}
