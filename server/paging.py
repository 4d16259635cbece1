"""What is too long for one page, page by page."""

from dataclasses import dataclass

from werkzeug.exceptions import BadRequest


@dataclass(frozen=True)
class Pages:
    """Which page is shown, out of how many, and how many things there are on all of them."""

    number: int
    count: int
    things: int

    @property
    def near(self) -> list[int]:
        """The pages to lead to: the first, the last and those beside the shown one."""
        return sorted({1, self.number - 1, self.number, self.number + 1, self.count} & set(range(1, self.count + 1)))


def pages(asked: str | None, things: int, size: int) -> Pages:
    """Return the pages of so many things, of which `asked` is shown.

    :param asked: a number from 1; None is the first.
    :raises BadRequest: when there is no such page.
    """
    count = max(1, (things + size - 1) // size)
    number = asked or "1"
    if not number.isdecimal() or not 1 <= int(number) <= count:
        raise BadRequest(f"There is no page “{number}” of these; the last is {count}.")
    return Pages(int(number), count, things)
