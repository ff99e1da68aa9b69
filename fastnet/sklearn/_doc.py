"""The estimators' docstrings, from one description of what they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["documented"]

Class = TypeVar("Class", bound=type)

_HEAD = {
    "classifier": """Multi-layer perceptron classifier, a drop-in for `sklearn.neural_network.MLPClassifier`.

It minimises the log-loss: with softmax outputs for several classes, with logistic ones for two classes and
for several labels a sample. The same parameters and the same `random_state` give the same numbers as
scikit-learn 1.9, up to rounding.
""",
    "regressor": """Multi-layer perceptron regressor, a drop-in for `sklearn.neural_network.MLPRegressor`.

The same parameters and the same `random_state` give the same numbers as scikit-learn 1.9, up to rounding.

With k > 1 outputs scikit-learn 1.9 reports the squared error as the mean over the outputs, but descends along
the gradient of the sum: k times the derivative of `loss_`. So does this class, unless `true_gradient=True`.
""",
}

_LOSS = """loss : {"squared_error", "poisson", "absolute_error", "huber", "quantile"}, default="squared_error"
    Of a prediction p for the target y, the mean over the outputs: 1/2 (p - y)^2; half the Poisson deviance
    y ln(y / p) - y + p (the sum over the outputs), where p = exp(z) and y >= 0; |p - y|; the loss of Huber
    (1964), e^2 / 2 for |e| <= d and d (|e| - d / 2) beyond, with e = p - y and d = `huber_delta`;
    q max(y - p, 0) + (1 - q) max(p - y, 0) with q = `quantile`. The last three are not in scikit-learn.
"""

_SHARED = """hidden_layer_sizes : array-like of int or int, default=(100,)
    Neurons in each hidden layer.
activation : str or sequence of str, default="relu"
    Of the hidden layers: "identity", "logistic", "tanh", "relu"; not in scikit-learn are "leaky_relu" (slope
    0.01), "elu", "gelu" and "softplus", and a sequence with one name for each hidden layer.
solver : {"adam", "sgd", "lbfgs", "adamw"}, default="adam"
    "lbfgs" is SciPy's L-BFGS-B on the whole training set; the others train by mini-batches. "adamw" (not in
    scikit-learn) shrinks the weights beside Adam's step, w -= rate alpha w, after Loshchilov and Hutter
    (2019); alpha is not divided by anything then, and is no part of the loss.
alpha : float, default=0.0001
    Strength of the penalty alpha / 2 sum(w^2) on the weights, divided by the samples (their weights' sum) of
    the mini-batch. At least 0.
batch_size : int or "auto", default="auto"
    Samples in a mini-batch; "auto" is min(200, n_samples). Not used by lbfgs.
learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
    For sgd: always `learning_rate_init`; `learning_rate_init` / (samples seen + 1)^`power_t`, epoch by epoch;
    or divided by 5 each time nothing gets better.
learning_rate_init : float, default=0.001
    The learning rate at the beginning, above 0. Not used by lbfgs.
power_t : float, default=0.5
    The exponent of "invscaling".
max_iter : int, default=200
    Epochs at most; iterations of lbfgs.
shuffle : bool, default=True
    Whether the samples are put in a new order for every epoch.
random_state : int, RandomState instance or None, default=None
    Where the first weights, the orders, dropout and the split of early stopping come from.
tol : float, default=1e-4
    What counts as getting better. For lbfgs the tolerance of the gradient.
verbose : bool, default=False
    Print the loss of every epoch.
warm_start : bool, default=False
    Whether `fit` goes on with the weights of the last call.
momentum : float, default=0.9
    For sgd, from 0 to 1.
nesterovs_momentum : bool, default=True
    Whether the momentum is Nesterov's.
early_stopping : bool, default=False
    Stop when the score on a validation set does not get better, and take the best weights. The validation
    set is `X_val` of `fit`, or held back from the training set, stratified by class for two classes.
validation_fraction : float, default=0.1
    The share held back, from 0 to below 1.
beta_1, beta_2 : float, default=0.9, 0.999
    Adam's decay rates of the first and second moment, from 0 to below 1.
epsilon : float, default=1e-8
    Adam's summand in the denominator, above 0.
n_iter_no_change : int, default=10
    Epochs without getting better before training stops.
max_fun : int, default=15000
    Calls of the loss that lbfgs may make.
"""

_OWN = {
    "classifier": """class_weight : dict, list of dicts, "balanced" or None, default=None
    Weights of the classes, multiplied into those of the samples. "balanced": inverse to the classes'
    frequencies. For several labels a sample a list of dicts, one a label.
""",
    "regressor": """true_gradient : bool, default=False
    Descend along the derivative of `loss_` with several outputs and squared error, too; see above.
huber_delta : float, default=1.0
    Where Huber's loss turns from quadratic to linear, above 0.
quantile : float, default=0.5
    Which quantile the loss "quantile" is for, between 0 and 1.
""",
}

_BEYOND = """dropout : float or sequence of float, default=0.0
    The probability, from 0 to below 1, that a hidden neuron is left out for a sample while training
    (Srivastava et al. 2014); the others are divided by 1 - dropout. One number, or one for each hidden layer.
    Not with lbfgs.
clip_norm : float or None, default=None
    The largest Euclidean norm of a mini-batch's whole gradient, penalty included; a longer one is scaled
    down to it (Pascanu, Mikolov and Bengio 2013). Not with lbfgs.
dtype : {"float32", "float64"} or None, default=None
    What to train in, whatever X comes in. None: float32 for X in float32, else float64; lbfgs always float64.
threads : int, default=1
    Threads for training and for answers. Their number changes no bit.
coefs_init, intercepts_init : sequence of arrays or None, default=None
    The first weights (n_in, n_out) and biases (n_out,), one a layer, copied. Random numbers are drawn all
    the same, so that the orders of the samples do not depend on it.
resume : bool, default=False
    With `warm_start`: go on exactly where the last `fit` ended, with the optimiser's moments, its learning
    rate, the random generator and the validation set. Twice 10 epochs are then 20.
callbacks : callable, sequence of callables or None, default=None
    Called after each epoch; see `fit`.
"""

_ATTRIBUTES = """coefs_ : list of arrays (n_in, n_out)
    The weights of every layer. They may be edited, or replaced.
intercepts_ : list of arrays (n_out,)
    The biases of every layer.
loss_ : float
    Of the last epoch: the mini-batches' losses with penalty, each before its update, on average.
best_loss_ : float or None
    The least of all epochs; None with early stopping.
loss_curve_ : list of float
    `loss_` of every epoch. Not with lbfgs.
validation_scores_ : list of float or None
    Score on the validation set (accuracy, or R^2) after every epoch; None without one.
validation_loss_curve_ : list of float or None
    Loss on the validation set after every epoch, without the penalty; None without one.
best_validation_score_ : float or None
    The best score; None without early stopping.
n_iter_ : int
    Epochs, or iterations of lbfgs, of the last `fit`.
t_ : int
    Samples seen so far.
n_features_in_, n_layers_, n_outputs_ : int
    Inputs; layers, inputs and outputs among them; outputs.
feature_names_in_ : array of str (n_features_in_,)
    Only where X had names.
out_activation_ : str
    The output layer's activation.
"""

_CLASSES = """classes_ : array (n_classes,), or list of arrays
    The classes, in the order of the outputs.
"""


def documented(kind: str) -> Callable[[Class], Class]:
    """Give a class its docstring; `kind` is "classifier" or "regressor"."""
    regressor = kind == "regressor"
    parameters = (_LOSS if regressor else "") + _SHARED + _OWN[kind] + _BEYOND
    attributes = ("" if regressor else _CLASSES) + _ATTRIBUTES
    text = (
        f"{_HEAD[kind]}\nParameters\n----------\n{parameters}\nAttributes\n----------\n{attributes}\n"
        "Notes\n-----\nParameters that scikit-learn does not have are keyword-only.\n"
    )

    def decorate(cls: Class) -> Class:
        cls.__doc__ = text
        return cls

    return decorate
