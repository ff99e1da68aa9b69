"""X, y and sample_weight: checked and converted once, into the forms the heart reads.

`features` is the door for X, `targets` for y, `weights` for sample_weight; `arrays`, `sparse` and
`compact` serve the first.
"""
