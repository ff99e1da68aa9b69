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
    holds; one that has not even begun when the last part is taken delays nothing, and ends by itself.
    Which thread does a part makes no difference to its result. The first exception comes out when no
    part is being worked at; parts not begun by then are left.
    """
    threads = min(threads, len(parts))
    if threads <= 1:
        return [work(part) for part in parts]
    from _thread import start_new_thread  # threading's start() waits until the thread has a core
    from threading import Condition

    results: list[Result | None] = [None] * len(parts)
    errors: list[BaseException] = []
    waiting = list(range(len(parts)))[::-1]
    held = 0  # parts that helpers work at
    change = Condition()

    def do(number: int) -> None:
        try:
            results[number] = work(parts[number])
        except BaseException as error:
            errors.append(error)

    def help_out() -> None:
        nonlocal held
        while True:
            with change:
                if errors or not waiting:
                    return
                number = waiting.pop()
                held += 1
            do(number)
            with change:
                held -= 1
                change.notify()

    for _ in range(threads - 1):
        try:
            start_new_thread(help_out, ())
        except RuntimeError:  # the system gives no more
            break
    try:
        while not errors:
            with change:
                if not waiting:
                    break
                number = waiting.pop()
            do(number)
    finally:
        with change:
            waiting.clear()
            while held:
                change.wait()
    if errors:
        raise errors[0]
    return results  # type: ignore[return-value]
