"""Pictures of digits in the place of DATA."""

from __future__ import annotations

import argparse
import os
from typing import Any

from fastnet.cli._problems import Refused

__all__ = ["is_picture", "read"]


def is_picture(data: str) -> bool:
    """Tell whether DATA is a picture file, by its name."""
    from fastnet.pictures import SUFFIXES

    return data.lower().endswith(SUFFIXES)


def read(net: Any, args: argparse.Namespace) -> Any:
    """Return the digit in the picture `args.data`, (1, n_in), as the network takes it; write `args.debug`."""
    from fastnet.page._subject import image_shape
    from fastnet.pictures import read_digit

    shape = image_shape(net)
    if shape is None:
        raise Refused(f"{args.data} is a picture, but the model's {net.sizes[0]} inputs are no image")
    if args.label is not None or args.part is not None:
        raise Refused(f"--label and --part: {args.data} is a picture, which has neither")
    digit, looked = read_digit(args.data, shape, debug=True)
    if args.debug is not None:
        if not os.path.splitext(args.debug)[1]:
            raise Refused(f"--debug must name a picture file, debug.png for instance, not {args.debug!r}")
        looked.save(args.debug)
    # A network that scales its inputs, by 1/255 for instance, was trained on ink of 255.
    return (digit / abs(net.input_scale))[None]
