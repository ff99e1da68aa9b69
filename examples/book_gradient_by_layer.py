"""Chapter 5: the size of the gradient, layer by layer, in deeper networks. Early layers learn slowly.

Of each hidden layer the length of dC/db, the mean over 1,000 images. Plain gradient descent, one step an
epoch: it moves the biases, which do not decay, by eta times that gradient, so that the biases before and
after an epoch give it.

Measured at first, from the first hidden layer up: 0.036, 0.190 with two hidden layers; 0.016, 0.070, 0.326
with three; 0.0029, 0.015, 0.058, 0.333 with four; 4 s in all.
"""

import numpy as np
from book_common import options, picture, quietly, seed, timed

from fastnet.nielsen import mnist_loader, network2

HIDDEN = (2, 3, 4)  # hidden layers of 30 neurons
N_IMAGES = 1000
ETA = 0.1


class Watched(network2.Network):
    """A network that notes the length of each hidden layer's gradient while it learns."""

    def watch(self) -> None:
        self.before, self.speeds = self.biases, []

    def total_cost(self, data, lmbda, convert=False):
        # SGD asks for this after each epoch: the moment to look.
        moved = [old - new for old, new in zip(self.before, self.biases, strict=True)]
        self.speeds.append([float(np.linalg.norm(step)) / ETA for step in moved[:-1]])
        self.before = self.biases
        return 0.0


def main() -> None:
    args = options(__doc__, "book_gradient_by_layer.png", epochs=500, dtype="float64")
    training_data = mnist_loader.load_data_wrapper(args.data)[0][:N_IMAGES]
    with picture(args.out, panels=len(HIDDEN)) as axes, timed():
        for ax, n_hidden in zip(axes, HIDDEN, strict=True):
            seed(args.seed)
            net = Watched([784, *[30] * n_hidden, 10], dtype=args.dtype)
            net.watch()
            # The order of the list does not matter: every mini-batch is all of it.
            quietly(net.SGD, training_data, args.epochs, N_IMAGES, ETA, lmbda=5.0, monitor_training_cost=True)
            print(f"{n_hidden} hidden layers, at first:", " ".join(f"{speed:.4f}" for speed in net.speeds[0]))
            for layer, course in enumerate(zip(*net.speeds, strict=True), start=1):
                ax.semilogy(course, label=f"hidden layer {layer}")
            ax.set(xlabel="Epoch", title=f"{n_hidden} hidden layers")
            ax.sharey(axes[0])
        axes[0].set_ylabel("Length of the gradient, |dC/db|")


if __name__ == "__main__":
    main()
