"""Decisions about clinical reports: genomes of each kind, states, dates."""

from __future__ import annotations

from datetime import date

import pytest

from cohesin.clinical.reports.rules import (
    has_every_genome,
    may_set,
    read_date,
    settable_status,
    slots_in_order,
)
from cohesin.partners.opal.scalars import chromosome_of, contig_of, external_id_of, size_in_words

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(("kind", "slots", "complete"), [
    ("panel", {"proband"}, True), ("panel", {"mother"}, False), ("panel_trio", {"proband", "mother"}, False),
    ("panel_trio", {"proband", "mother", "father"}, True), ("panel_trio", {"proband", "family_1", "family_2"}, False),
    ("Duo", {"proband", "duo_relation"}, True), ("Duo", {"proband", "family_1"}, True), ("Duo", {"family_1"}, False),
    ("Trio", {"proband", "family_1", "family_2"}, True), ("Trio", {"proband", "family_1"}, False),
    ("Quad", {"proband", "mother", "father"}, False), ("Quad", {"proband", "mother", "father", "sibling"}, True),
    ("Quintet", {"proband", "family_1", "family_2", "family_3"}, False),
    ("Quintet", {"proband", "family_1", "family_2", "family_3", "family_4"}, True), ("exome", set(), False),
])  # fmt: skip
def test_genomes_of_each_kind(kind: str, slots: set[str], complete: bool) -> None:
    assert has_every_genome(kind, slots) is complete


@pytest.mark.parametrize(
    ("slots", "ordered"),
    [(set(), True), ({"family_1"}, True), ({"family_2"}, False), ({"family_1", "family_3"}, False)],
)
def test_family_slots_have_no_gap(slots: set[str], ordered: bool) -> None:
    assert slots_in_order(slots) is ordered


@pytest.mark.parametrize(("before", "after", "allowed"), [
    ("WAITING", "READY TO REVIEW", False), ("FAILED", "READY TO REVIEW", False), ("READY TO REVIEW", "CUSTOM_1", True),
    ("READY TO REVIEW", "APPROVED", False), ("WAITING FOR APPROVAL", "APPROVED", True), ("APPROVED", "CUSTOM_1", False),
    ("APPROVED", "APPROVED", True), ("CUSTOM_4", "READY TO REVIEW", True), ("PROCESSING", "APPROVED", False),
])  # fmt: skip
def test_states_that_may_be_set(before: str, after: str, allowed: bool) -> None:
    assert may_set(before, after) is allowed


def test_words_of_states() -> None:
    assert settable_status("Ready to Review") == "READY TO REVIEW"
    assert settable_status("approved") == "APPROVED"
    assert settable_status("PROCESSING") is None


@pytest.mark.parametrize(("text", "found"), [
    ("5/6/90", date(1990, 5, 6)), ("5/6/26", date(2026, 5, 6)), ("5/6/27", date(1927, 5, 6)), ("05/06/1890", date(1890, 5, 6)),
    ("1990-05-06", date(1990, 5, 6)), ("1990-05-06T10:00:00", date(1990, 5, 6)), ("13/13/90", None), ("about 1990", None),
    ("", None), ("2/30/20", None),
])  # fmt: skip
def test_dates(text: str, found: date | None) -> None:
    assert read_date(text, TODAY) == found


@pytest.mark.parametrize(("size", "words"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1849, "1.8 kB"), (999_949, "999.9 kB"),
                                             (999_960, "1.0 MB"), (3_300_000_000, "3.3 GB")])  # fmt: skip
def test_sizes(size: int, words: str) -> None:
    assert size_in_words(size) == words


def test_names() -> None:
    assert [contig_of(name) for name in ("chr7", "7", "chrM", "M", "X")] == ["7", "7", "MT", "MT", "X"]
    assert [chromosome_of(name) for name in ("7", "MT")] == ["chr7", "chrM"]
    assert [external_id_of(text) for text in (None, " ", "None  ", " a ")] == [None, None, None, "a"]
