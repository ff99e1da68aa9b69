"""Data to learn from: digits inside the package, MNIST, IDX files, tables.

Every loader returns ``(X_train, y_train), (X_test, y_test)``.
"""

from ._dataset import Dataset
from .digits import load_digits
from .idx import read_idx, write_idx
from .mnist import load_mnist
from .tables import load_any

__all__ = ["Dataset", "load_any", "load_digits", "load_mnist", "read_idx", "write_idx"]
