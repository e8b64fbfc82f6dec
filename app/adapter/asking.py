"""Whether what a file says about asking its source can be done: pages, order, filters; every misfit with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from app.adapter.manifest import PageStyle, PushRule, Resource, SortRule
from app.adapter.paging.keyset import keyset_params
from app.contract.contract import Contract
from app.errors import Problem

Told = Callable[[tuple[str | int, ...], str, str, str], Problem]
SIZED = frozenset({"style", "size_param", "size", "total", "max_pages"})
WORDS = {
    "none": frozenset({"style", "total"}),
    "page": SIZED | {"param", "start"},
    "offset": SIZED | {"param", "start"},
    "cursor": SIZED | {"param", "cursor"},
    "next_url": SIZED | {"next"},
    "link_header": SIZED,
    "keyset": SIZED | {"param", "by"},
}
"""What each style of page listens to."""
NEEDS = {"cursor": "cursor", "next_url": "next", "keyset": "by"}
MEANT = {
    "cursor": 'Write cursor = "$.next_cursor": the JSONPath of what the next page is asked with.',
    "next": 'Write next = "$.next": the JSONPath of the next page\'s address.',
    "by": 'Write by = "id": the column (or columns) in whose order the source gives its rows, and which no two rows share.',
}


def misfits(resource: Resource, contract: Contract, told: Told) -> Iterable[Problem]:
    """All of them; `told` makes a problem of a place within the resource, a code, a meaning and a remedy."""
    yield from _page(resource.page, told)
    if resource.sort is not None:
        yield from _sort(resource, resource.sort, contract, told)
    for name, rules in resource.push.items():
        yield from _push(name, rules, told)


def _page(page: PageStyle, told: Told) -> Iterable[Problem]:
    for word in sorted(page.model_fields_set - WORDS[page.style]):
        heard = " or ".join(style for style, words in WORDS.items() if word in words)
        yield told(("page", word), "idle_word", f"{word} means nothing for pages of the style {page.style}", f"Remove it; it belongs to {heard}.")
    needed = NEEDS.get(page.style)
    if needed is not None and not getattr(page, needed):
        yield told(("page",), "page", f"pages of the style {page.style} need {needed}", MEANT[needed])
    if page.size_param is not None and page.size is None:
        yield told(("page", "size_param"), "page", "size_param is told no size", "Write size = 100: the rows that one page is asked for.")
    params = keyset_params(page)
    if page.style == "keyset" and page.by and (len(params) != len(page.by) or not all(params)):
        meaning = f"there are {len(page.by)} columns in by and {len(params)} names in param"
        yield told(("page", "param"), "page", meaning, 'Write one name for each, with commas between: param = "after_date,after_id".')


def _sort(resource: Resource, sort: SortRule, contract: Contract, told: Told) -> Iterable[Problem]:
    if not sort.fields and not sort.by_key:
        yield told(("sort",), "sort", "sort names no field", 'Write fields = ["…"], or by_key = true where a list comes in the order of the key.')
    rules = resource.rules()
    for name in sort.fields:
        if name not in contract.properties:
            yield told(("sort", "fields"), "unknown_field", f"{contract.name} has no field {name!r}", f"It has: {', '.join(contract.properties)}.")
        elif name not in rules or not isinstance(rules[name].source, str):
            meaning = f"{name!r} is sorted by but comes from no single column"
            yield told(("sort", "fields"), "sort_not_mapped", meaning, f"Map {name} from one column, or take it out of sort.fields.")
    missing = [name for name in contract.key if sort.fields and name not in sort.fields]
    if missing:
        meaning = f"the key is the tail of every order, and sort.fields lacks {', '.join(missing)}"
        yield told(("sort", "fields"), "sort_without_key", meaning, "Add it, where the source sorts by it; else remove [resource.sort].")
    yield from _order(resource.page, sort, told)


def _order(page: PageStyle, sort: SortRule, told: Told) -> Iterable[Problem]:
    for word, text in (("asc", sort.asc), ("desc", sort.desc)):
        if "{field}" not in text:
            yield told(("sort", word), "sort", f"{word} names no field", "Write {field} where the column stands.")
    if sort.asc == sort.desc:
        yield told(("sort",), "sort", "asc and desc are the same", 'Write how the source turns an order round: desc = "-{field}".')
    if sort.fields and page.style == "keyset":
        meaning = "a keyset is walked in its own order, and in no other"
        yield told(("sort", "fields"), "sort", meaning, "Remove sort.fields, or walk the list by another style of page.")


def _push(name: str, rules: tuple[PushRule, ...], told: Told) -> Iterable[Problem]:
    ops = Counter(op for rule in rules for op in rule.ops)
    for op, count in ops.items():
        if count > 1:
            yield told(("push", name), "push_twice", f"{name} is pushed by {op} in {count} ways", "Leave one rule for each operator.")
    for rule in rules:
        if rule.separator is not None and rule.most == 1:
            meaning = f"separator means nothing for {name}, of which one value is asked at a time"
            yield told(("push", name), "idle_word", meaning, "Write most = 50: the values that one question may hold.")
