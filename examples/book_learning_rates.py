"""Chapter 3: three learning rates. Too small is slow, too large jumps about the valley.

Measured: after 30 epochs a cost of 0.350 with eta 0.025, 0.336 with 0.25, 0.876 with 2.5; 6 s in all.
"""

from book_common import BLUE, GREY, ORANGE, options, picture, quietly, seed, timed

from fastnet.nielsen import mnist_loader, network2


def main() -> None:
    args = options(__doc__, "book_learning_rates.png", epochs=30)
    training_data, _, _ = mnist_loader.load_data_wrapper(args.data)
    with picture(args.out) as ax, timed():
        for eta, color in ((0.025, BLUE), (0.25, ORANGE), (2.5, GREY)):
            seed(args.seed)
            net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost, dtype=args.dtype)
            _, _, costs, _ = quietly(
                net.SGD, list(training_data), args.epochs, 10, eta, lmbda=5.0, monitor_training_cost=True
            )
            print(f"eta = {eta}: cost {costs[-1]:.3f}")
            ax.plot(costs, color=color, label=f"eta = {eta}")
        ax.set(xlabel="Epoch", ylabel="Cost on the training data")


if __name__ == "__main__":
    main()
