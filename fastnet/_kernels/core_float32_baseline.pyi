# The interface of the compiled heart; ARCHITECTURE.md has its contract. The other five builds have the same.
from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np

DTYPE: Final[str]
LANES: Final[int]

@final
class Shares:
    def __new__(cls, n: int, threads: int) -> Shares: ...

@final
class Engine:
    scratch_byte: int
    skips_zeros: bool
    def __new__(
        cls,
        sizes: Sequence[int],
        activations: Sequence[str],
        cost: str,
        params: np.ndarray,
        parameter: float = 0.5,
    ) -> Engine: ...
    @property
    def sizes(self) -> tuple[int, ...]: ...
    def forward_one(self, x: Any) -> np.ndarray | None: ...
    def forward(
        self, features: Any, out: np.ndarray, check: bool = False, shares: Shares | None = None
    ) -> bool: ...
    def activations(
        self, features: Any, outs: list[np.ndarray], check: bool = False, shares: Shares | None = None
    ) -> bool: ...
    def shares(self, n: int, threads: int) -> Shares: ...
    def evaluate(
        self,
        features: Any,
        targets: Any,
        sample_weight: np.ndarray | None = None,
        out: np.ndarray | None = None,
    ) -> tuple[float, float, float]: ...
    def gradient(
        self, features: Any, targets: Any, sample_weight: np.ndarray | None, grad: np.ndarray
    ) -> tuple[float, float]: ...

@final
class Trainer:
    updates: int
    strips: bool
    online: bool
    def __init__(
        self,
        engine: Engine,
        features: Any,
        targets: Any,
        sample_weight: np.ndarray | None = None,
        *,
        batch_size: int,
        optimizer: str,
        moments: Sequence[np.ndarray],
        l2: float = 0.0,
        momentum: float = 0.9,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        plain_epsilon: bool = False,
        l2_over_batch: bool = False,
        error_scale: float = 1.0,
        penalty: bool = False,
        dropout: Sequence[float] = (),
        seed: int = 0,
        clip_norm: float = 0,
        threads: int = 1,
    ) -> None: ...
    @property
    def cost_sum(self) -> float: ...
    @property
    def weight_sum(self) -> float: ...
    @property
    def correct_sum(self) -> float: ...
    @property
    def penalty_sum(self) -> float: ...
    @property
    def mean_cost_sum(self) -> float: ...
    def start_epoch(self, order: np.ndarray, rates: np.ndarray) -> None: ...
    def run(self, seconds: float) -> bool: ...

def is_finite(array: np.ndarray) -> bool: ...
def rehearse(paces: np.ndarray, slices_a_call: int, kind: int, now: float) -> np.ndarray: ...
def apply(name: str, x: np.ndarray) -> np.ndarray: ...
def work_as(
    storing_slowly: bool, shuffling_aside: bool, rooting_slowly: bool
) -> tuple[bool, bool, bool]: ...
