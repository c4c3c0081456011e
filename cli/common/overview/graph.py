"""The lineage of datasets as a drawing: sources to the left, products to the right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cli.common.overview.lineage import ways
from contracts.contract import Contract

WIDTH, HEIGHT = 208, 36  # of a box
GAP_X, GAP_Y = 92, 14  # between boxes
MARGIN = 8


@dataclass(frozen=True)
class Box:
    """A dataset, or a way that data arrives; `kind` is source or a zone."""

    name: str
    kind: str
    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.y + HEIGHT // 2


@dataclass(frozen=True)
class Drawing:
    """Boxes and the curves between them, as SVG wants them."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    curves: tuple[str, ...]


def draw(contracts: Mapping[str, Contract], only: str | None = None) -> Drawing:
    """Return the lineage of all datasets, or of one with what it is made of and what is made of it."""
    kept = {name: contract for name, contract in contracts.items() if only is None or related(only, contracts, name)}
    depths = {name: depth(name, contracts) for name in kept}
    layers: dict[int, list[str]] = {0: list(dict.fromkeys(way for contract in kept.values() for way in ways(contract)))}
    for name in kept:
        layers.setdefault(depths[name], []).append(name)
    tallest = max(len(layer) for layer in layers.values())
    boxes: dict[str, Box] = {}
    for number, layer in sorted(layers.items()):
        above = (tallest - len(layer)) * (HEIGHT + GAP_Y) // 2
        for place, name in enumerate(layer):
            kind = "source" if number == 0 else kept[name].zone.value
            boxes[name] = Box(name, kind, MARGIN + number * (WIDTH + GAP_X), MARGIN + above + place * (HEIGHT + GAP_Y))
    pairs = [(origin, name) for name, contract in kept.items() for origin in (*ways(contract), *contract.inputs) if origin in boxes]
    width = MARGIN * 2 + len(layers) * WIDTH + (len(layers) - 1) * GAP_X
    height = MARGIN * 2 + tallest * HEIGHT + (tallest - 1) * GAP_Y
    return Drawing(width, height, tuple(boxes.values()), tuple(curve(boxes[origin], boxes[name]) for origin, name in pairs))


def related(one: str, contracts: Mapping[str, Contract], other: str) -> bool:
    return one == other or other in before(one, contracts) or one in before(other, contracts)


def before(name: str, contracts: Mapping[str, Contract]) -> set[str]:
    """Return every dataset that one is made of, at any distance."""
    inputs: Sequence[str] = contracts[name].inputs if name in contracts else ()
    return {*inputs, *(further for one in inputs for further in before(one, contracts))}


def depth(name: str, contracts: Mapping[str, Contract]) -> int:
    """Return how many steps a dataset is from what arrives."""
    inputs = [one for one in contracts[name].inputs if one in contracts]
    return 1 + max((depth(one, contracts) for one in inputs), default=0)


def curve(start: Box, end: Box) -> str:
    """Return the path of an arrow."""
    left, right = start.x + WIDTH, end.x - 3
    bend = (right - left) // 2
    return f"M{left} {start.middle}C{left + bend} {start.middle} {right - bend} {end.middle} {right} {end.middle}"
