"""The network: a' = f(W a + b), layer by layer. A thin class that checks and calls down.

What training, evaluation and files need is imported where it is used: it would be half of the time that
`import fastnet` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnet import _architecture, _prediction
from fastnet._body import Body
from fastnet._checks import real, whole
from fastnet._layout import Layout
from fastnet._training.history import History
from fastnet._training.options import Options, default
from fastnet.initialisers import draw

if TYPE_CHECKING:
    from os import PathLike

    from fastnet._evaluation import Evaluation, Gradient
    from fastnet._training.callbacks import EpochEnd
    from fastnet._training.stopping import EarlyStopping

__all__ = ["Network"]


class Network(Body):
    """A fully-connected feed-forward network.

    Parameters
    ----------
    sizes : sequence of int
        Neurons a layer, the inputs first: at least two numbers, each at least 1.
    activation : str or sequence of str, default "sigmoid"
        "sigmoid", "tanh", "relu", "leaky_relu" or "identity": one name for all hidden layers, or one name
        for each of them. A sequence may also name the output layer, as its last entry.
    output : str, default "sigmoid"
        The output layer's activation: one of the above, or "softmax".
    cost : {"quadratic", "cross_entropy"}
        The cost C of one example with the target y. quadratic: 1/2 |a - y|^2. cross_entropy:
        -sum [y ln a + (1 - y) ln(1 - a)] with sigmoid outputs, -sum y ln a with softmax; with others it is
        refused.
    init : {"auto", "gaussian", "scaled", "glorot", "he"}
        The first weights and biases; see `fastnet.initialisers`.
    dtype : {"float32", "float64"}
        What everything is computed in.
    rng : None, int, sequence of int, numpy.random.SeedSequence, BitGenerator or Generator
        Where the first weights and the order of the samples come from. None is a seed that nobody knows.
        A generator is used as it is and advances; NumPy's global one is never touched.
    input_scale : float, default 1
        A factor on every input, a part of the network: with 1/255 images of uint8 are used as they are.

    Attributes
    ----------
    history_ : History or None
        The figures of the last `fit`, or of the stream of `partial_fit`s; also while it goes on, and after
        Ctrl-C.
    rng : numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what was expected.

    Notes
    -----
    `forward`, `predict`, `layer_activations`, `evaluate` and `gradient` of one network may be called from
    several threads at once. Training it from two threads at once raises RuntimeError. Reading while
    another thread trains is safe, but the weights it sees may come from the middle of an update.

    Examples
    --------
    >>> import numpy as np, fastnet
    >>> net = fastnet.Network([784, 16, 16, 10], rng=0)
    >>> net.n_parameters
    13002
    >>> net.forward(np.zeros(784)).shape
    (10,)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "sigmoid",
        output: str | None = None,
        cost: str = "quadratic",
        init: str = "auto",
        dtype: Any = "float32",
        rng: Any = None,
        input_scale: float = 1.0,
    ) -> None:
        plan = _architecture.checked(sizes, activation, output, cost, init, dtype, input_scale)
        generator = _architecture.as_generator(rng)
        layout = Layout(plan.sizes, plan.dtype)
        self._assemble(plan, layout, layout.aligned_zeros(), generator)
        for layer, name in enumerate(plan.activations):
            n_in, n_out = plan.sizes[layer], plan.sizes[layer + 1]
            weights, biases = draw(plan.init, n_in, n_out, name, generator)
            self._weights[layer][...] = weights
            self._biases[layer][...] = biases

    # --- What it answers ----------------------------------------------------------------------

    def forward(self, X: Any, threads: int = 1) -> np.ndarray:
        """Return the output layer's activations.

        Parameters
        ----------
        X : array-like or CSR matrix
            (n, n_in), (n, ...) with lengths that multiply to n_in, or one sample (n_in,); any real dtype and
            memory order. A C-contiguous array of the network's dtype, uint8 or bool is not copied, and
            nothing is changed.
        threads : int, default 1
            Threads to use for many samples; the result does not depend on it.

        Returns
        -------
        (n, n_out) array of the network's dtype, (n_out,) for one sample

        Raises
        ------
        TypeError, ValueError
            If X is empty, of the wrong shape, not numeric or not finite.
        """
        out = self._forward_one(X)
        return _prediction.forward(self, X, whole(threads, "threads")) if out is None else out

    def __call__(self, X: Any) -> np.ndarray:
        """Return `forward(X)`."""
        return self.forward(X)

    def predict(self, X: Any, threads: int = 1) -> Any:
        """Return the network's answers.

        Parameters
        ----------
        X : array-like or CSR matrix
        threads : int, default 1
            As for `forward`.

        Returns
        -------
        array
            softmax or several sigmoids: (n,) indices of the brightest output (the first of equals); one
            sigmoid: (n,) of 0 or 1, 1 above 1/2; any other output: its values (n, n_out), as `forward`
            gives them. For one sample the first axis is gone.

        Raises
        ------
        TypeError, ValueError
            As for `forward`.
        """
        return _prediction.predict(self, self.forward(X, threads))

    def layer_activations(self, X: Any, threads: int = 1) -> list[np.ndarray]:
        """Return the activations of every layer after the inputs.

        Parameters
        ----------
        X : array-like or CSR matrix
        threads : int, default 1
            As for `forward`.

        Returns
        -------
        list of (n, sizes[l + 1]) arrays
            The last one is `forward(X)`. For one sample the first axis is gone.

        Raises
        ------
        TypeError, ValueError
            As for `forward`.
        """
        return _prediction.layer_activations(self, X, whole(threads, "threads"))

    def evaluate(self, X: Any, y: Any, sample_weight: Any = None, threads: int = 1) -> Evaluation:
        """Measure the network on a data set.

        Parameters
        ----------
        X : array-like or CSR matrix
            (n, n_in), as for `forward`.
        y : array-like
            As for `fit`.
        sample_weight : (n,) array-like, optional
        threads : int, default 1
            As for `forward`.

        Returns
        -------
        Evaluation
            `.cost` (without the penalty); `.accuracy` in [0, 1] and `.confusion` (k, k), or `.r2` for values.

        Raises
        ------
        TypeError, ValueError
            As for `fit`.
        """
        from fastnet import _evaluation

        return _evaluation.evaluate(self, X, y, sample_weight, whole(threads, "threads"))

    def gradient(self, X: Any, y: Any, l2: float = 0.0, sample_weight: Any = None) -> Gradient:
        """Return the average gradient of the objective, mean cost + (l2/2) sum w^2 over the weights.

        Parameters
        ----------
        X : array-like or CSR matrix
            (n, n_in), or one sample (n_in,).
        y : array-like
            As for `fit`; for one sample a label, or (n_out,) values.
        l2 : float, default 0
            The penalty's factor, at least 0.
        sample_weight : (n,) array-like, optional

        Returns
        -------
        Gradient
            `.weights[l]` and `.biases[l]`, and `.cost`, the objective they are the derivatives of (so with
            the penalty).

        Raises
        ------
        TypeError, ValueError
            As for `fit`.
        """
        from fastnet import _evaluation

        return _evaluation.gradient(self, X, y, real(l2, "l2", low=0), sample_weight)

    # --- How it learns ------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        epochs: int = default(30),
        batch_size: int | None = default(10),
        learning_rate: float | None = default(None),
        optimizer: str = default("sgd"),
        l2: float = default(0.0),
        schedule: str | Callable[[int], float] = default("constant"),  # noqa: B008
        momentum: float = default(0.9),
        beta1: float = default(0.9),
        beta2: float = default(0.999),
        epsilon: float = default(1e-8),
        validation_data: tuple[Any, Any] | None = None,
        early_stopping: int | dict[str, Any] | EarlyStopping | None = default(None),  # noqa: B008
        sample_weight: Any = None,
        shuffle: bool = default(True),
        callbacks: Iterable[Callable[[EpochEnd], object]] = (),
        progress: bool | str = "auto",
        resume: bool = False,
        threads: int = default(1),
    ) -> History:
        """Train the network, from its present weights.

        Parameters
        ----------
        X : array-like or CSR matrix
            (n, n_in), as for `forward`. Where at least 60 % are zeros it is read in a compact form of its
            non-zeros, which changes no bit.
        y : array-like
            Several outputs: (n,) class labels from 0 to n_out - 1, or (n, n_out) target values. One
            output: (n,) or (n, 1) values, 0 and 1 for the two classes of a sigmoid. For cross_entropy values
            lie between 0 and 1 (with softmax: are at least 0).
        epochs : int, default 30
            Passes over the data.
        batch_size : int or None, default 10
            Samples a mini-batch; None is all of them, plain gradient descent with one update an epoch.
        learning_rate : float or None
            None: 0.001 for adam and adamw; 3.0 for sgd on a network of sigmoid (or tanh) layers with the
            quadratic cost, 0.5 with cross_entropy, 0.05 on any other; momentum and nesterov: sgd's times
            1 - momentum.
        optimizer : {"sgd", "momentum", "nesterov", "adam", "adamw"}
        l2 : float, default 0
            The objective is mean cost + (l2/2) sum w^2 over the weights, never the biases. adamw decays the
            weights by learning_rate * l2 * w beside its step instead.
        schedule : {"constant", "linear", "cosine"} or callable
            The factor on the learning rate: linear falls to zero, cosine by half a cosine, both per update
            over the whole run; a callable maps the epoch (from 0) to the factor.
        momentum : float in [0, 1), default 0.9
            For momentum and nesterov.
        beta1, beta2 : float in [0, 1), default 0.9 and 0.999
        epsilon : float above 0, default 1e-8
            For adam and adamw.
        validation_data : (X, y), optional
            Measured after every epoch.
        early_stopping : None, int, dict or EarlyStopping
            A patience in epochs, or more precisely an `EarlyStopping`, as a dict of its arguments or as
            itself. Needs validation_data.
        sample_weight : (n,) array-like, optional
            Finite and at least 0. A mini-batch's cost is sum(w C) / sum(w); one whose weights are all zero
            makes no update.
        shuffle : bool, default True
            Whether each epoch goes through the samples in a new order, drawn from the network's generator.
            A full batch is never shuffled.
        callbacks : iterable of callables
            Each is called after every epoch with an `EpochEnd`: `.epoch` (from 0), `.network`, `.history`
            and the epoch's figures. Returning True, or its `.stop()`, ends the run.
        progress : {"auto", True, False}
            "auto" shows a bar in a terminal or a notebook where tqdm is installed, else nothing; True
            prints plain lines on stderr where there can be no bar; False shows nothing.
        resume : bool, default False
            False starts a fresh run: a fresh optimiser, the schedule from its beginning. True goes on with
            the last run, which a callback, Ctrl-C or its last epoch ended, as if there had been no stop:
            with the optimiser's moments, the order of the samples, the place in the schedule and within the
            epoch, early stopping's memory, and the generator set back to where the run left it. The result
            is bit for bit that of an uninterrupted run, also after `save(path, training=True)` and `load`
            (only the running figures in the history of an epoch that Ctrl-C cut in two may differ a little,
            as what a large mini-batch had done so far is done, and counted, again). The data have to be
            given again, and validation_data, sample_weight and callbacks with them; any other argument left
            out stays as it was. A larger `epochs` goes on after the end. Where early stopping has put back
            the best weights, the last ones are taken up again.
        threads : int, default 1
            Threads to use; the result does not depend on it.

        Returns
        -------
        History
            The same object as `history_`.

        Raises
        ------
        TypeError, ValueError
            If an argument is not of its kind or out of range, before anything is changed.
        RuntimeError
            If another thread is training this network.
        DivergenceError
            If a cost or a weight is no longer finite. The network has the weights of the last good epoch.
        KeyboardInterrupt
            After Ctrl-C, within 100 ms. The network has the weights reached so far.
        """
        given = _given(locals())
        from fastnet._training import fit

        with _architecture.Training(self._training):
            return fit.fit(
                self,
                X,
                y,
                given,
                validation_data=validation_data,
                sample_weight=sample_weight,
                callbacks=callbacks,
                progress=progress,
                resume=resume,
            )

    def partial_fit(
        self,
        X: Any,
        y: Any,
        *,
        batch_size: int | None = default(10),
        learning_rate: float | None = default(None),
        optimizer: str = default("sgd"),
        l2: float = default(0.0),
        momentum: float = default(0.9),
        beta1: float = default(0.9),
        beta2: float = default(0.999),
        epsilon: float = default(1e-8),
        sample_weight: Any = None,
        shuffle: bool = default(True),
        threads: int = default(1),
    ) -> History:
        """Make one pass over some data and keep the optimiser's state: for streams, and data beyond memory.

        The optimiser goes on with the moments of the call before, or of the last `fit`, if it is of the same
        name; otherwise it is a fresh one. Arguments left out stay as they were then. The learning rate is
        constant. A run of `fit` can no longer be resumed afterwards.

        Parameters
        ----------
        X, y, batch_size, learning_rate, optimizer, l2, momentum, beta1, beta2, epsilon, sample_weight, \
shuffle, threads
            As for `fit`.

        Returns
        -------
        History
            One entry for each call so far; the same object as `history_`.

        Raises
        ------
        TypeError, ValueError, RuntimeError, DivergenceError, KeyboardInterrupt
            As for `fit`.
        """
        given = _given(locals())
        from fastnet._training import fit

        with _architecture.Training(self._training):
            return fit.partial_fit(self, X, y, given, sample_weight)

    # --- How it is kept -----------------------------------------------------------------------

    def save(self, path: str | PathLike[str], training: bool = False) -> None:
        """Write the network to one file; see `fastnet._files` for its format.

        Parameters
        ----------
        path : str or path-like
            Replaced as a whole, or not at all. With the suffix .safetensors the file has that format,
            which needs the package of that name.
        training : bool, default False
            Whether to save the state of training too (moments, place in the run, generator), so that
            `load(path).fit(..., resume=True)` equals a run without a stop.

        Raises
        ------
        OSError
            If the file cannot be written; what was there is untouched.
        """
        from fastnet import _files

        _files.save(self, path, training)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Pick the hyperparameters from the arguments of `fit` or `partial_fit`."""
    return {name: arguments[name] for name in Options.__slots__ if name in arguments}
