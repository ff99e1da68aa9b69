from typing import final

import numpy as np

@final
class Compactor:
    def __init__(self, n: int, n_in: int, share: float, top: float) -> None: ...
    @property
    def numbers(self) -> np.ndarray | None: ...
    def add(self, block: np.ndarray) -> bool: ...
    def part(self, start: int) -> Compactor: ...
    def join(self, other: Compactor) -> None: ...
    def finish(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]: ...

def strips_of(
    rowptr: np.ndarray,
    index: np.ndarray,
    code: np.ndarray,
    middle: np.ndarray,
    n_in: int,
    zero: int,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray]: ...

def lists_of_csr(
    rowptr: np.ndarray, column: np.ndarray, data: np.ndarray, n_in: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None] | None: ...
