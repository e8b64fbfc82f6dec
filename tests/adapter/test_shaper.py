"""The function that shapes a row does what a loop over the fields would do."""

from hypothesis import given
from hypothesis import strategies as st

from app.adapter.shaper import Field, shaper
from app.contract.flaw import Flaw

NAMES = ["a", "b'\"", "c\n", "{d}", "kunci"]


def convert(raw: object) -> object:
    """Every outcome there is: a value, nothing, a flaw with and without a value."""
    return {1: None, 2: Flaw("bad"), 3: Flaw("odd", "kept")}.get(raw, raw) if isinstance(raw, int) else raw


def plainly(fields: list[Field], key: list[str], row: dict[str, object]) -> tuple[object, dict[str, object], set[object]]:
    values, flaws = {}, set()
    for field in fields:
        value = field.convert(row.get(field.top) if field.top is not None else field.get(row))
        if isinstance(value, Flaw):
            flaws.add((field.name, value))
            value = value.value
        values[field.name] = value
    made = None if any(values.get(name) is None for name in key) else tuple(str(values[name]) for name in key)
    return made, values, flaws


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), max_size=5, unique_by=lambda one: one[0]),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
    st.dictionaries(st.sampled_from(NAMES), st.none() | st.booleans() | st.integers(0, 5) | st.text(max_size=2) | st.lists(st.none(), max_size=1)),
)
def test_a_row_is_shaped_as_a_loop_would_shape_it(made: list[tuple[str, bool]], key: list[str], row: dict[str, object]) -> None:
    fields = [Field(name, name if top else None, lambda row, name=name: row.get(name), convert) for name, top in made]
    shape = shaper(fields, key)
    for _ in range(2):
        shaped = shape(row)
        assert (shaped.key, shaped.values, set(shaped.flaws)) == plainly(fields, key, row)
        assert len(shaped.flaws) == len(set(shaped.flaws))
        assert list(shaped.values) == [field.name for field in fields]


def test_a_name_is_never_code() -> None:
    name = "'); raise SystemExit  #"
    assert shaper([Field(name, name, lambda _row: None, convert)], [name])({name: "x"}).values == {name: "x"}
