"""From and to `fastnet.Network`, and from and to scikit-learn's own estimators."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn.neural_network as theirs
from sklearn.base import is_classifier
from sklearn.neural_network import _stochastic_optimizers as their_optimizers
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from fastnet.network import Network
from fastnet.sklearn import _names
from fastnet.sklearn._optimizer import Optimizer, new_optimizer
from fastnet.sklearn._store import Store, adopt, store_of

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Convertible"]


class Convertible:
    """The part of an estimator that turns it into something else, and back."""

    def to_network(self) -> Network:
        """Return a `fastnet.Network` with the same layers and a copy of the weights.

        Returns
        -------
        Network
            Its `forward` gives what `predict_proba` (of one output: its second column) or `predict` gives.
            Its cost is cross-entropy for a classifier, else quadratic, whatever the loss was. A class is
            its place in `classes_`.

        Raises
        ------
        NotFittedError
            If there are no weights yet.
        """
        return _to_network(self)

    @classmethod
    def from_network(cls, network: Network, classes: Any = None, **parameters: Any) -> Self:
        """Return an estimator with a network's layers and a copy of its weights.

        Parameters
        ----------
        network : Network
            For a classifier with sigmoid or softmax outputs. An `input_scale` is worked into the weights.
        classes : array-like of shape (n_classes,), default=None
            For a classifier the labels in the order of the outputs, which must be ascending; by default
            0, 1, 2, ...
        **parameters
            Of the constructor, beside layers and activation.

        Returns
        -------
        estimator
            Fitted: it predicts what the network does, and `partial_fit` goes on from there.

        Raises
        ------
        TypeError, ValueError
            If it is no network, or one that such an estimator cannot be.
        """
        return _from_network(cls, network, classes, parameters)

    @classmethod
    def from_sklearn(cls, fitted: Any) -> Self:
        """Return an estimator that goes on where one of scikit-learn's is.

        Parameters
        ----------
        fitted : sklearn.neural_network.MLPClassifier or MLPRegressor
            Of the same kind as this class, fitted or not. It is not changed, and shares nothing with the
            result.

        Returns
        -------
        estimator
            With the same parameters and attributes and the optimiser's state: predictions are equal, and so
            is what `partial_fit` makes of it.

        Raises
        ------
        TypeError
            If it is something else.
        """
        return _from_sklearn(cls, fitted)

    def to_sklearn(self) -> Any:
        """Return scikit-learn's estimator with the same parameters, weights and optimiser's state.

        Returns
        -------
        sklearn.neural_network.MLPClassifier or MLPRegressor
            Sharing nothing with this one. Parameters that steer training only and that scikit-learn does not
            have (dropout, class_weight, ...) are lost.

        Raises
        ------
        ValueError
            If scikit-learn has nothing like an activation, the loss or the solver.
        """
        return _to_sklearn(self)


def _to_network(estimator: Any) -> Network:
    check_is_fitted(estimator)
    store = store_of(estimator, estimator.coefs_[0].dtype)
    names = _names.activations(store.activation, len(store.sizes) - 2, store.output)
    network = Network(
        store.sizes,
        activation=names[:-1],
        output=names[-1],
        cost="cross_entropy" if is_classifier(estimator) else "quadratic",
        dtype=store.dtype,
        rng=0,
    )
    network.weights = [coef.T for coef in store.coefs]
    network.biases = store.intercepts
    return network


def _from_network(cls: Any, network: Any, classes: Any, parameters: dict[str, Any]) -> Any:
    if not isinstance(network, Network):
        raise TypeError(f"network must be a fastnet.Network, not a {type(network).__name__}")
    hidden = tuple(_names.their_name(name) for name in network.activations[:-1])
    output = _names.their_name(network.activations[-1])
    activation: Any = hidden[0] if len(set(hidden)) == 1 else (hidden or "relu")
    if output == "exp" and not is_classifier(cls()):
        parameters = {"loss": "poisson"} | parameters
    estimator: Any = cls(hidden_layer_sizes=network.sizes[1:-1], activation=activation, **parameters)
    n_outputs = network.sizes[-1]
    if is_classifier(estimator):
        estimator._label_binarizer = _binarizer(n_outputs, output, classes)
        estimator.classes_ = estimator._label_binarizer.classes_
    else:
        _check_regression(estimator, output, classes)
    coefs = [np.array(weights.T) for weights in network.weights]
    coefs[0] *= network.dtype.type(network.input_scale)
    estimator._begin(coefs, [np.array(biases) for biases in network.biases], output)
    estimator.n_features_in_ = network.sizes[0]
    adopt(estimator, network.dtype)
    return estimator


def _binarizer(n_outputs: int, output: str, classes: Any) -> LabelBinarizer:
    """Return scikit-learn's label binariser for a classifier with these outputs."""
    if output not in ("softmax", "logistic") or (output == "softmax" and n_outputs < 3):
        raise ValueError(
            "a classifier needs one sigmoid output for two classes, and softmax or sigmoid outputs for three "
            f"or more; the network has {n_outputs} with {output}"
        )
    n_classes = max(2, n_outputs)
    labels = np.arange(n_classes) if classes is None else np.asarray(classes)
    if labels.shape != (n_classes,) or (np.unique(labels) != labels).any():
        raise ValueError(f"classes must be {n_classes} different labels in ascending order, got {classes!r}")
    return LabelBinarizer().fit(labels)


def _check_regression(estimator: Any, output: str, classes: Any) -> None:
    if classes is not None:
        raise ValueError("classes are for a classifier")
    if output == "softmax" or (estimator.loss == "poisson") != (output == "exp"):
        raise ValueError(f"a regressor with the loss {estimator.loss!r} cannot have {output} outputs")


# --- scikit-learn's estimators ----------------------------------------------------------------------


def _from_sklearn(cls: Any, fitted: Any) -> Any:
    kind = theirs.MLPClassifier if is_classifier(cls()) else theirs.MLPRegressor
    if not isinstance(fitted, kind):
        raise TypeError(f"fitted must be scikit-learn's {kind.__name__}, not a {type(fitted).__name__}")
    estimator: Any = cls(**fitted.get_params(deep=False))
    state = deepcopy(
        {name: value for name, value in vars(fitted).items() if name not in estimator.get_params()}
    )
    state.pop("loss", None)  # of a classifier: no parameter, and always the same
    their_optimizer = state.pop("_optimizer", None)
    estimator.__dict__.update(state)
    if "coefs_" not in state:
        return estimator
    estimator._place = None
    if "loss_curve_" in state:
        estimator.validation_loss_curve_ = None if state["validation_scores_"] is None else []
    store = adopt(estimator, estimator.coefs_[0].dtype)
    if their_optimizer is not None:
        estimator._optimizer = _optimizer_from(their_optimizer, estimator, store)
    return estimator


def _to_sklearn(estimator: Any) -> Any:
    kind = theirs.MLPClassifier if is_classifier(estimator) else theirs.MLPRegressor
    known = kind().get_params()
    foreign = _foreign(estimator, known)
    if foreign:
        raise ValueError("scikit-learn has nothing like " + ", ".join(foreign))
    parameters = estimator.get_params(deep=False)
    result = kind(**{name: value for name, value in parameters.items() if name in known})
    state = {name: value for name, value in vars(estimator).items() if name not in parameters}
    own_optimizer = state.pop("_optimizer", None)
    for name in ("_store", "_place", "validation_loss_curve_"):
        state.pop(name, None)
    state = deepcopy(state)
    for name in ("coefs_", "intercepts_", "_best_coefs", "_best_intercepts"):
        if name in state:
            state[name] = [np.ascontiguousarray(array) for array in state[name]]
    result.__dict__.update(state)
    if own_optimizer is not None:
        result._optimizer = _optimizer_to(own_optimizer, estimator, result)
    return result


def _foreign(estimator: Any, known: dict[str, Any]) -> list[str]:
    """Return what of the estimator's layers scikit-learn cannot express."""
    found = []
    activation = estimator.activation
    if not isinstance(activation, str) or activation not in ("identity", "logistic", "tanh", "relu"):
        found.append(f"activation={activation!r}")
    if "loss" in known and estimator.loss not in ("squared_error", "poisson"):
        found.append(f"loss={estimator.loss!r}")
    if estimator.solver == "adamw":
        found.append("solver='adamw'")
    return found


def _optimizer_from(optimizer: Any, estimator: Any, store: Store) -> Optimizer:
    own = new_optimizer(estimator, store.layout)
    own.learning_rate, own.learning_rate_init = optimizer.learning_rate, optimizer.learning_rate_init
    if isinstance(optimizer, their_optimizers.AdamOptimizer):
        moments, own.updates = [optimizer.ms, optimizer.vs], optimizer.t
    else:
        moments = [optimizer.velocities][: len(own.moments)]
    for flat, arrays in zip(own.moments, moments, strict=True):
        weights, biases = store.views(flat)
        for view, array in zip(weights + biases, arrays, strict=True):
            view[...] = array
    return own


def _optimizer_to(optimizer: Any, estimator: Any, result: Any) -> Any:
    store = store_of(estimator, estimator.coefs_[0].dtype)
    moments = []
    for flat in optimizer.moments:
        weights, biases = store.views(flat)
        moments.append([np.array(view, order="C") for view in weights + biases])
    params = result.coefs_ + result.intercepts_
    rate = optimizer.learning_rate_init
    if estimator.solver == "adam":
        made = their_optimizers.AdamOptimizer(
            params, rate, optimizer.beta_1, optimizer.beta_2, optimizer.epsilon
        )
        made.ms, made.vs, made.t = moments[0], moments[1], optimizer.updates
    else:
        made = their_optimizers.SGDOptimizer(
            params, rate, optimizer.lr_schedule, optimizer.momentum, optimizer.nesterov, optimizer.power_t
        )
        if moments:
            made.velocities = moments[0]
    made.learning_rate = optimizer.learning_rate
    return made
