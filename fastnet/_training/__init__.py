"""Training: the epoch loop and what surrounds it.

`fit` is the door; `options` checks the hyperparameters, `loop` runs the epochs, `state` remembers where a
run stands, and `schedules`, `stopping`, `history`, `progress` and `callbacks` are what their names say.
"""
