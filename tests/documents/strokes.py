"""A signature as a pen on the pad would write it."""

import json
from math import sin


def strokes(count=6, length=20):
    """JSON of so many strokes, one after the other, each a little wave with rising pressure."""
    drawn, at = [], 0
    for number in range(count):
        stroke = []
        for step in range(length):
            at += 12
            x, y = 80 + number * 130 + step * 5, 160 + int(70 * sin(step / 3 + number))
            stroke.append([x, y, at, 300 + step * 20])
        drawn.append(stroke)
    return json.dumps(drawn)
