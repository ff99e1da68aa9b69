"""What a trained network does, in numbers: no plotting library is needed.

- `importance`: which weights matter most now, from the gradient.
- `preferred_input`: what a neuron responds to most.
- `confidence`: how sure the network is on real samples, on shuffled ones and on noise.
- `per_class`, `confusable`: precision and recall, and the classes taken for one another.
- `neurons`: which neurons are dead or saturated.
- `shuffled_labels`: the experiment that shows a network memorising.
- `Path`, `line`, `plane`: the parameters during a run, and the cost around them.

`fastnet.plot` draws what these find.
"""

from __future__ import annotations

from fastnet.inspect._classes import PerClass, confusable, per_class
from fastnet.inspect._confidence import Answers, confidence
from fastnet.inspect._importance import Importance, importance
from fastnet.inspect._landscape import Line, Plane, line, plane
from fastnet.inspect._neurons import LayerState, neurons
from fastnet.inspect._path import Path
from fastnet.inspect._preferred import Preferred, preferred_input
from fastnet.inspect._shuffled import ShuffledLabels, shuffled_labels

__all__ = [
    "Answers",
    "Importance",
    "LayerState",
    "Line",
    "Path",
    "PerClass",
    "Plane",
    "Preferred",
    "ShuffledLabels",
    "confidence",
    "confusable",
    "importance",
    "line",
    "neurons",
    "per_class",
    "plane",
    "preferred_input",
    "shuffled_labels",
]
