"""Exceptions of fastnet that are not plain ValueError or TypeError."""

__all__ = ["DivergenceError"]


class DivergenceError(ArithmeticError):
    """Training left the finite numbers.

    The network has the weights it had at the end of the last good epoch, and `net.history_` the
    figures up to there; the optimiser's state is gone, so that `resume=True` is not possible.
    """
