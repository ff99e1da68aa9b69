"""What a network consists of: its plan, its parameters and their views, copies and pickles of it."""

from __future__ import annotations

import copy as _copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnet import _architecture, _describe, _parameters
from fastnet._heart import core
from fastnet._layout import Layout

if TYPE_CHECKING:
    from typing import Self

    from fastnet._parameters import ParameterViews
    from fastnet._training.history import History
    from fastnet._training.state import TrainingState

__all__ = ["Body"]


class Body:
    """The parts of a `Network`, which adds what it can do.

    Attributes
    ----------
    rng : numpy.random.Generator
    history_ : History or None
        The figures of the last run.
    metadata : dict
        Whatever is worth keeping with the network, by name; saved with it, so of strings, numbers, booleans,
        None, lists and dicts. fastnet computes nothing from it. The command line keeps the names of the
        classes ("classes") and the inputs' "image_shape" there.
    """

    def _assemble(
        self, plan: _architecture.Plan, layout: Layout, params: np.ndarray, rng: np.random.Generator
    ) -> None:
        """Put the network together around its flat parameters."""
        self._plan, self._layout, self._params = plan, layout, params
        self.rng = rng
        self.history_: History | None = None
        self.metadata: dict[str, Any] = {}
        self._state: TrainingState | None = None
        self._training = _architecture.new_lock()
        self._core = core(plan.dtype.name)
        self._engine = self._core.Engine(plan.sizes, plan.activations, plan.cost, params)
        # The straight way for one sample; the heart knows nothing of input_scale.
        self._forward_one = self._engine.forward_one if plan.input_scale == 1 else _nothing
        self._weights = _parameters.weight_views(layout, params)
        self._biases = _parameters.bias_views(layout, params)

    # --- What it is ---------------------------------------------------------------------------

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons a layer, the inputs first."""
        return self._plan.sizes

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each layer after the inputs."""
        return self._plan.activations

    @property
    def cost(self) -> str:
        """The cost's name."""
        return self._plan.cost

    @property
    def init(self) -> str:
        """The initialiser's name."""
        return self._plan.init

    @property
    def dtype(self) -> np.dtype:
        """float32 or float64."""
        return self._plan.dtype

    @property
    def input_scale(self) -> float:
        """The factor on every input."""
        return self._plan.input_scale

    @property
    def n_parameters(self) -> int:
        """The number of weights and biases."""
        return self._layout.n_parameters

    @property
    def weights(self) -> ParameterViews:
        """The weights: `weights[l]` is a view (n_out, n_in), changeable in place and assignable.

        Raises
        ------
        TypeError, ValueError
            If what is assigned is not numeric, not finite or of another shape; nothing is changed then.
        """
        return self._weights

    @weights.setter
    def weights(self, arrays: Iterable[Any]) -> None:
        _parameters.assign_all("weights", list(self._weights), arrays)

    @property
    def biases(self) -> ParameterViews:
        """The biases: `biases[l]` is a view (n_out,), changeable in place and assignable like `weights`."""
        return self._biases

    @biases.setter
    def biases(self, arrays: Iterable[Any]) -> None:
        _parameters.assign_all("biases", list(self._biases), arrays)

    def __repr__(self) -> str:
        return _describe.as_text(self)

    def _repr_html_(self) -> str:
        return _describe.as_html(self)

    def copy(self) -> Self:
        """Return an independent network with the same weights, generator, history and state of training."""
        twin = type(self).__new__(type(self))
        twin.__setstate__(self.__getstate__(copying=True))
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __getstate__(self, copying: bool = False) -> dict[str, Any]:
        state = self._state
        if state is not None:
            # packed, because neither a copy nor a pickle keeps an array's alignment
            state = state.copy([_parameters.pack(self._layout, moment) for moment in state.moments])
            if not copying:
                state.forget_functions()
        return {
            "plan": self._plan.as_dict(),
            "parameters": _parameters.pack(self._layout, self._params),
            "rng": _copy.deepcopy(self.rng),
            "history": None if self.history_ is None else self.history_.copy(),
            "metadata": _copy.deepcopy(self.metadata),
            "training": state,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        plan = _architecture.Plan(**state["plan"])
        layout = Layout(plan.sizes, plan.dtype)
        self._assemble(plan, layout, _parameters.unpack(layout, state["parameters"]), state["rng"])
        self.history_, training = state["history"], state["training"]
        self.metadata = dict(state.get("metadata", {}))
        if training is not None:
            # a copy, because the state that came belongs to the caller
            training = training.copy([_parameters.unpack(layout, moment) for moment in training.moments])
        self._state = training


def _nothing(X: Any) -> None:
    return None
