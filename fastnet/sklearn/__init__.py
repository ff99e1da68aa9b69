"""scikit-learn's multi-layer perceptrons, trained by fastnet's compiled heart.

>>> from fastnet.sklearn import MLPClassifier, MLPRegressor

Same constructors, same attributes and the same numbers for the same `random_state` as
`sklearn.neural_network` has; what they add is keyword-only. This is the only part of fastnet that needs
scikit-learn (which brings SciPy): install it with ``pip install fastnet[sklearn]``.
"""

from fastnet.sklearn._classifier import MLPClassifier
from fastnet.sklearn._regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
