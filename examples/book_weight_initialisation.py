"""Chapter 3: first weights from N(0, 1) and from N(0, 1/n_in). The smaller ones learn faster.

Measured on the validation images, after one epoch and after 30: with 30 hidden neurons 87.05 and 95.97 %
with the old weights, 92.84 and 96.26 % with the new ones; with 100 hidden neurons 89.98 and 97.46 %,
92.91 and 97.96 %; 10 s in all.
"""

from book_common import BLUE, ORANGE, options, picture, quietly, seed, timed

from fastnet.nielsen import mnist_loader, network2


def main() -> None:
    args = options(__doc__, "book_weight_initialisation.png", epochs=30)
    training_data, validation_data, _ = mnist_loader.load_data_wrapper(args.data)
    with picture(args.out, panels=2) as axes, timed():
        for ax, hidden in zip(axes, (30, 100), strict=True):
            for name, color in (("old", ORANGE), ("new", BLUE)):
                seed(args.seed)
                net = network2.Network([784, hidden, 10], cost=network2.CrossEntropyCost, dtype=args.dtype)
                if name == "old":
                    net.large_weight_initializer()
                _, counts, _, _ = quietly(
                    net.SGD, list(training_data), args.epochs, 10, 0.1, 5.0, validation_data,
                    monitor_evaluation_accuracy=True,
                )  # fmt: skip
                percent = [100 * count / len(validation_data) for count in counts]
                print(f"{hidden} hidden neurons, {name} weights: {percent[0]:.2f} % after one epoch, "
                      f"{percent[-1]:.2f} % at the end")
                ax.plot(percent, color=color, label=f"{name} first weights")
            ax.set(xlabel="Epoch", ylabel="Right on the validation data (%)", title=f"{hidden} hidden")


if __name__ == "__main__":
    main()
