"""scikit-learn's multi-layer perceptrons, trained by fastnet's compiled heart.

>>> from fastnet.sklearn import MLPClassifier, MLPRegressor

Same constructors, same attributes and the same numbers for the same `random_state` as
`sklearn.neural_network` has; what they add is keyword-only. This is the only part of fastnet that needs
scikit-learn (which brings SciPy): install it with ``pip install fastnet[sklearn]``.
"""

from __future__ import annotations

from typing import Any

from fastnet.sklearn._classifier import MLPClassifier
from fastnet.sklearn._regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "from_sklearn"]


def from_sklearn(fitted: Any) -> MLPClassifier | MLPRegressor:
    """Return a fastnet estimator that goes on where one of scikit-learn's is.

    Parameters
    ----------
    fitted : sklearn.neural_network.MLPClassifier or MLPRegressor
        Fitted or not. It is not changed, and shares nothing with the result.

    Returns
    -------
    MLPClassifier or MLPRegressor
        See their classmethod `from_sklearn`.

    Raises
    ------
    TypeError
        If it is neither of those two.
    """
    from sklearn.base import is_regressor

    return (MLPRegressor if is_regressor(fitted) else MLPClassifier).from_sklearn(fitted)
