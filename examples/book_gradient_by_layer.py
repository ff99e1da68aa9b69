"""Chapter 5: the size of the gradient, layer by layer, in deeper networks. Early layers learn slowly."""

import numpy as np
from book_common import options, picture, quietly, seed, timed

from fastnet.nielsen import mnist_loader, network2

HIDDEN = (2, 3, 4)  # hidden layers of 30 neurons
N_IMAGES = 1000


class Watched(network2.Network):
    """A network that notes the length of each hidden layer's gradient while it learns."""

    def watch(self, x: np.ndarray, y: np.ndarray, every: int) -> None:
        """Begin; x (784, n) and y (10, n) are the images whose mean gradient counts."""
        self.x, self.y, self.every = x, y, every
        self.asked, self.epochs, self.speeds = 0, [], []
        self.note()

    def note(self) -> None:
        nabla_b, _ = self.backprop(self.x, self.y)  # one column of dC/db an image
        self.epochs.append(self.asked)
        self.speeds.append([float(np.linalg.norm(layer.mean(axis=1))) for layer in nabla_b[:-1]])

    def total_cost(self, data, lmbda, convert=False):
        # SGD asks for this after each epoch: the moment to look.
        self.asked += 1
        if self.asked % self.every == 0:
            self.note()
        return 0.0


def main() -> None:
    args = options(__doc__, "book_gradient_by_layer.png", epochs=500)
    training_data = mnist_loader.load_data_wrapper(args.data)[0][:N_IMAGES]
    x = np.hstack([image for image, _ in training_data]).astype(np.float64)
    y = np.hstack([wanted for _, wanted in training_data])
    with picture(args.out, panels=len(HIDDEN)) as axes, timed():
        for ax, n_hidden in zip(axes, HIDDEN, strict=True):
            seed(args.seed)
            net = Watched([784, *[30] * n_hidden, 10])
            net.watch(x, y, every=max(1, args.epochs // 50))
            # Plain gradient descent: one mini-batch of all images.
            quietly(net.SGD, training_data, args.epochs, N_IMAGES, 0.1, lmbda=5.0, monitor_training_cost=True)
            print(f"{n_hidden} hidden layers, at first:", " ".join(f"{speed:.4f}" for speed in net.speeds[0]))
            for layer, course in enumerate(zip(*net.speeds, strict=True), start=1):
                ax.semilogy(net.epochs, course, label=f"hidden layer {layer}")
            ax.set(xlabel="Epoch", ylabel="Length of the gradient, dC/db", title=f"{n_hidden} hidden layers")


if __name__ == "__main__":
    main()
