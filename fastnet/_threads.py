"""Independent pieces of work on several threads: the heart releases the GIL, so they run at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["each"]

Part = TypeVar("Part")
Result = TypeVar("Result")


def each(work: Callable[[Part], Result], parts: Sequence[Part], threads: int) -> list[Result]:
    """Return [work(part) for part in parts], with up to `threads` threads, the calling one among them.

    Threads claim the parts one by one, so that a thread that does not get on delays only the part it
    holds. Which thread does a part makes no difference to its result. The first exception comes out
    when all threads have stopped; parts not begun by then are left.
    """
    threads = min(threads, len(parts))
    if threads <= 1:
        return [work(part) for part in parts]
    from threading import Thread  # here: one thread is the rule

    results: list[Result | None] = [None] * len(parts)
    errors: list[BaseException] = []
    waiting = list(range(len(parts)))[::-1]  # list.pop is atomic

    def claim() -> None:
        while not errors:
            try:
                number = waiting.pop()
            except IndexError:
                return
            try:
                results[number] = work(parts[number])
            except BaseException as error:
                errors.append(error)

    helpers = [Thread(target=claim, daemon=True) for _ in range(threads - 1)]
    for helper in helpers:
        helper.start()
    try:
        claim()
    finally:
        waiting.clear()
        for helper in helpers:
            helper.join()
    if errors:
        raise errors[0]
    return results  # type: ignore[return-value]
