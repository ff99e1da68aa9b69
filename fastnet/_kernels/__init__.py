"""The compiled heart: one Cython source, built for each dtype and instruction set."""
