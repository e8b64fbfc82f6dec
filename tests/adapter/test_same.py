from app.adapter.same import FORGET, LARGEST, MOST, SMALLEST, WHOLE, Same


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def body(number: int, size: int = SMALLEST) -> bytes:
    return str(number).encode().ljust(size, b".")


def test_the_same_bytes_are_known_again_and_others_are_not() -> None:
    same = Same()
    assert same.kept(body(1), ["satu"]) == ["satu"]
    assert same.get(body(1)) == ["satu"]
    assert same.get(body(2)) is None


def test_small_and_huge_bodies_are_not_remembered() -> None:
    same = Same()
    for size in (SMALLEST - 1, LARGEST + 1):
        same.kept(body(1, size), "x")
        assert same.get(body(1, size)) is None


def test_the_oldest_goes_first_by_number_and_by_bytes() -> None:
    same = Same()
    for number in range(MOST + 1):
        same.kept(body(number), number)
    assert same.get(body(0)) is None
    assert same.get(body(MOST)) == MOST
    big = WHOLE // LARGEST + 1
    for number in range(big):
        same.kept(body(number, LARGEST), number)
    assert same.get(body(0, LARGEST)) is None
    assert same.get(body(big - 1, LARGEST)) == big - 1


def test_everything_is_forgotten_after_a_minute() -> None:
    clock = Clock()
    same = Same(clock)
    same.kept(body(1), "x")
    clock.now += FORGET - 1
    assert same.get(body(1)) == "x"
    clock.now += 1
    assert same.get(body(1)) is None
