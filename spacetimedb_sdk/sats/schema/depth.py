"""How deep the types of a schema from outside are nested, before anything that goes through them step by step does."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import SchemaError

__all__ = ["DEEPEST", "check_depth"]

# Whatever reads, writes or compares types calls itself once or a few times for each level, and Python allows a thousand
# calls within another. No module has been seen with more than ten.
DEEPEST = 64
_NESTING = ("Product", "Sum", "Array", "Map")


def check_depth(definition: object) -> None:
    """SchemaError for a definition (parsed JSON) whose types hold one another more than `DEEPEST` levels deep.

    A type that holds itself by a reference is no depth: whatever follows references follows each once.
    """
    depth, _ = _measure(definition)
    for types in _typespaces(definition):
        depth = max(depth, _deepest([_measure(each) for each in types]))
    if depth > DEEPEST:
        raise SchemaError(
            f"its types are nested more than {DEEPEST} levels deep: this is no schema of a SpacetimeDB module"
        )


def _children(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _measure(type_: object) -> tuple[int, dict[int, int]]:
    """The levels of one type as it is written, and at which level it refers to which slots."""
    deepest = 0
    refers: dict[int, int] = {}
    waiting = [(type_, 0)]
    while waiting:
        node, level = waiting.pop()
        if isinstance(node, dict):
            level += any(key in node for key in _NESTING)
            slot = node.get("Ref")
            if isinstance(slot, int):
                refers[slot] = max(level, refers.get(slot, 0))
        deepest = max(deepest, level)
        waiting += [(child, level) for child in _children(node)]
    return deepest, refers


def _typespaces(definition: object) -> Iterator[list[object]]:
    """Of the module, and of each submodule in it."""
    waiting = [definition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and isinstance(node.get("types"), list):
            yield node["types"]
        waiting += _children(node)


def _deepest(slots: list[tuple[int, dict[int, int]]]) -> int:
    """The deepest slot, with all that it refers to."""
    depths: dict[int, int] = {}
    for start in range(len(slots)):
        if start in depths:
            continue
        # A slot on the path has a depth of 0 until it is left: what refers back to it goes no deeper.
        depths[start] = 0
        path = [(start, iter(slots[start][1]))]
        while path:
            slot, ahead = path[-1]
            further = next((each for each in ahead if 0 <= each < len(slots) and each not in depths), None)
            if further is not None:
                depths[further] = 0
                path.append((further, iter(slots[further][1])))
                continue
            path.pop()
            own, refers = slots[slot]
            depths[slot] = max([own, *(level + 1 + depths.get(each, 0) for each, level in refers.items())])
    return max(depths.values(), default=0)
