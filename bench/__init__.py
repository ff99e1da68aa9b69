"""Benchmarks: `pytest bench` measures, `python -m bench.report` writes the table and the picture.

`jobs` says what is measured, `data` on what, `*_peer` are the contenders. Each runs in a process of its
own (`worker`, started by `client`), so that "one thread" holds for all of them. `verify` makes sure that
they do the same work before anything is timed. `selves` are the rows where fastnet meets itself.
"""
