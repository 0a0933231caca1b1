"""A variant as a change of reference bases, and its shift along repeated sequence.

`start` and `end` are 0-based and half-open; an insertion has `start == end`, the point before base `start`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from cohesin_genomics.knowledge.reference import Reference
from cohesin_genomics.model import Variant

_SHIFT_WINDOW: Final = 64
_SHIFT_LIMIT: Final = 2048
_BASES: Final = frozenset("ACGTNRYKMBDHVSW")


class Change(NamedTuple):
    """Reference bases `ref` at [start, end) of `contig` replaced by `alt`, both free of shared ends."""

    contig: str
    start: int
    end: int
    ref: str
    alt: str

    @property
    def is_insertion(self) -> bool:
        return not self.ref

    @property
    def is_deletion(self) -> bool:
        return not self.alt

    def overlaps(self, start: int, end: int) -> bool:
        """Whether a base of the interval is changed, or something is inserted between two of its bases."""
        return self.start < end and start < self.end if self.ref else start < self.start < end


def change_of(variant: Variant) -> Change | None:
    """The change a variant makes; None for symbolic alleles, breakends, `*` and alleles equal to REF."""
    ref, alt = variant.ref.upper(), variant.alt.upper()
    if not (ref and alt and _BASES.issuperset(ref) and _BASES.issuperset(alt)) or ref == alt:
        return None
    head = 0
    while head < min(len(ref), len(alt)) and ref[head] == alt[head]:
        head += 1
    tail = 0
    while tail < min(len(ref), len(alt)) - head and ref[-1 - tail] == alt[-1 - tail]:
        tail += 1
    start = variant.position - 1 + head
    ref, alt = ref[head : len(ref) - tail], alt[head : len(alt) - tail]
    return Change(variant.contig, start, start + len(ref), ref, alt)


def shifted(change: Change, reference: Reference, strand: int) -> Change:
    """The same change at the 3'-most place along `strand` (the 3' rule of HGVS).

    Only pure insertions and deletions move. Where the reference ends or does not cover, the shift stops.
    """
    if change.ref and change.alt:
        return change
    return _shifted_right(change, reference) if strand == 1 else _shifted_left(change, reference)


def _shifted_right(change: Change, reference: Reference) -> Change:
    unit = change.ref or change.alt
    moved = 0
    while moved < _SHIFT_LIMIT:
        at = change.end + moved
        window = reference.fetch(change.contig, at, at + _SHIFT_WINDOW) or reference.fetch(
            change.contig, at, at + 1
        )
        if not window:
            break
        for base in window:
            if base != unit[0]:
                return _moved(change, moved, unit)
            unit = unit[1:] + base
            moved += 1
    return _moved(change, moved, unit)


def _shifted_left(change: Change, reference: Reference) -> Change:
    unit = change.ref or change.alt
    moved = 0
    while moved < _SHIFT_LIMIT:
        at = change.start - moved
        window = reference.fetch(change.contig, at - _SHIFT_WINDOW, at) or reference.fetch(
            change.contig, at - 1, at
        )
        if not window:
            break
        for base in reversed(window):
            if base != unit[-1]:
                return _moved(change, -moved, unit)
            unit = base + unit[:-1]
            moved += 1
    return _moved(change, -moved, unit)


def _moved(change: Change, by: int, unit: str) -> Change:
    return change._replace(
        start=change.start + by,
        end=change.end + by,
        ref=unit if change.ref else "",
        alt=unit if change.alt else "",
    )
