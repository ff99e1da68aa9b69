"""Chapter 3: the same network on more and more training images, in the end 250,000 by one-pixel shifts.

Measured on the validation images: 70.58 % from 100 images, 88.55 % from 1,000, 94.56 % from 10,000,
95.69 % from 50,000, 95.93 % from 250,000; 9 s in all.
"""

from book_common import BLUE, options, picture, quietly, seed, timed

from fastnet.nielsen import expand_mnist, mnist_loader, network2

SIZES = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


def main() -> None:
    args = options(__doc__, "book_more_data.png", epochs=30)
    (x, y), validation_data, _ = mnist_loader.load_data(args.data)
    seed(args.seed)
    sets = [(x[:n], y[:n]) for n in SIZES if n <= len(x)] + [expand_mnist((x, y))]
    percents = []
    with timed():
        for images, digits in sets:
            n = len(images)
            seed(args.seed)
            net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost, dtype=args.dtype)
            # As many mini-batches for every size, about; the decay grows with the data, as in the book.
            epochs = max(1, args.epochs * min(50_000, 20 * n) // n)
            quietly(net.SGD, (images, digits), epochs, 10, 0.5, lmbda=n * 0.0001)
            percents.append(100 * net.accuracy(validation_data) / len(validation_data[0]))
            print(f"{n:>7,} images, {epochs} epochs: {percents[-1]:.2f} %")
    with picture(args.out) as ax:
        ax.semilogx([len(images) for images, _ in sets], percents, "o-", color=BLUE)
        ax.set(xlabel="Training images", ylabel="Right on the validation data (%)")


if __name__ == "__main__":
    main()
