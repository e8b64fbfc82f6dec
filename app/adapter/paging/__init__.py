"""Walking a list page by page, with the guards that keep a silent end from being taken for the end."""

from app.adapter.paging.link import Below, next_link, told
from app.adapter.paging.sheet import AskPage, Follow, Params, Sheet
from app.adapter.paging.walk import walk

__all__ = ["AskPage", "Below", "Follow", "Params", "Sheet", "next_link", "told", "walk"]
