"""One line that says where a database is."""

import pytest

from app.adapter.database.dsn import Dsn


@pytest.mark.parametrize("password", ["p@ss", "a:b", "a/b", "#?%41&", "@", "p@h/x@y", ""])
def test_a_password_is_whatever_it_is(password: str) -> None:
    read = Dsn.read(f"mysql://budi:{password}@basis.example:3307/penduduk")
    assert (read.user, read.password, read.host, read.port, read.name) == ("budi", password, "basis.example", 3307, "penduduk")
    assert password == "" or f"={password!r}" not in repr(read)


def test_places() -> None:
    assert Dsn.read("postgresql://u:p@[2001:db8::1]/x").host == "2001:db8::1"
    assert (Dsn.read("postgresql://u:p@h/x").port, Dsn.read("mariadb://u:p@h/x").port, Dsn.read("mariadb://u:p@h/x").kind) == (5432, 3306, "mysql")
    assert (Dsn.read("sqlite:///a/b.db").name, Dsn.read("sqlite:////a/b.db").name) == ("a/b.db", "/a/b.db")


@pytest.mark.parametrize(
    "text",
    ["", "sqlite", "sqlite://a.db", "sqlite:///a/../../b.db", "sqlite:///a/", "mysql://u:p@h", "mysql://u:p@/x", "mysql://u:p@h/x?a=b", "mysql://u:p@h:0/x",
     "mysql://u:p@h/x/y", "mysql://@h/x", "postgresql://u:p@/var/run/x", "postgresql://u:p@h,h2/x", "mysql://u:p@h\n/x", "http://u:p@h/x"],
)  # fmt: skip
def test_what_is_no_place_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^@]*(?:\$SECRET@)?[^@]*$"):
        Dsn.read(text)
