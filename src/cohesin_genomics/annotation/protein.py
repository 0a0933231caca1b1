"""What a change within a coding sequence does to the protein: consequence terms and the HGVS `p.` name.

Offsets are 0-based within the coding sequence. Names follow HGVS; being predicted from DNA, they stand in
brackets. A TGA codon inside the coding sequence is read as selenocysteine (Sec).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from cohesin_genomics.knowledge.gene_model import Transcript
from cohesin_genomics.knowledge.reference import Reference, genetic_code, reverse_complement, start_codons

THREE_LETTERS: Final[dict[str, str]] = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile",
    "K": "Lys", "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser",
    "T": "Thr",
    "V": "Val", "W": "Trp", "Y": "Tyr", "U": "Sec", "*": "Ter", "X": "Xaa",
}  # fmt: skip


class ProteinEffect(NamedTuple):
    terms: tuple[str, ...]
    hgvs_p: str | None


class CodingSequence(NamedTuple):
    """The coding sequence of a transcript (stop codon included) and what follows it.

    Both are in transcript direction.
    """

    coding: str
    after: str
    code: dict[str, str]
    start_codons: frozenset[str] = frozenset({"ATG"})

    def amino_acid(self, index: int) -> str:
        """The reference amino acid of a codon, `*` for the stop codon and `` past it."""
        codon = self.coding[3 * index : 3 * index + 3]
        if len(codon) < 3:
            return ""
        amino_acid = self.code.get(codon, "X")
        return "U" if amino_acid == "*" and 3 * index + 3 < len(self.coding) else amino_acid

    def amino_acids(self, first: int, after: int) -> str:
        return "".join(self.amino_acid(index) for index in range(max(first, 0), after))


@lru_cache(maxsize=256)
def coding_sequence(transcript: Transcript, reference: Reference) -> CodingSequence | None:
    """The spliced sequence of a transcript, or None where the reference does not cover all its exons."""
    if transcript.coding_offsets is None:
        return None
    parts = [reference.fetch(transcript.contig, start, end) for start, end in transcript.exons]
    if any(part is None for part in parts):
        return None
    spliced = "".join(part for part in parts if part is not None)
    if transcript.strand == -1:
        spliced = reverse_complement(spliced)
    first, after = transcript.coding_offsets
    coding, rest = spliced[first:after], spliced[after:]
    if transcript.contig == "MT" and len(coding) % 3:
        # Mitochondrial mRNAs whose stop codon is T or TA are completed by the poly(A) tail.
        coding += "A" * (3 - len(coding) % 3)
    return CodingSequence(coding, rest, genetic_code(transcript.contig), start_codons(transcript.contig))


def protein_effect(sequence: CodingSequence, start: int, end: int, alt: str) -> ProteinEffect:
    """The effect of replacing coding bases [start, end) by `alt` (transcript direction)."""
    difference = len(alt) - (end - start)
    changed = sequence.coding[:start] + alt + sequence.coding[end:]
    if start < 3 and changed[:3] != sequence.coding[:3] and changed[:3] not in sequence.start_codons:
        terms: tuple[str, ...] = ("start_lost",)
        if difference % 3:
            terms = ("frameshift_variant", "start_lost")
        return ProteinEffect(terms, "p.(Met1?)")
    if difference % 3:
        return _frameshift(sequence, start, changed)
    first, after = start // 3, -(-end // 3)
    after = max(after, first)
    if end == start and start % 3:
        after = first + 1
    before = sequence.amino_acids(first, after)
    now = _translated(changed, first, after + difference // 3, sequence)
    if difference == 0:
        return _substitution(sequence, first, before, now, changed)
    return _inframe(sequence, first, before, now, changed)


def _translated(changed: str, first: int, after: int, sequence: CodingSequence) -> str:
    found = []
    for index in range(first, after):
        codon = changed[3 * index : 3 * index + 3]
        amino_acid = sequence.code.get(codon, "X")
        unchanged = codon == sequence.coding[3 * index : 3 * index + 3]
        found.append(sequence.amino_acid(index) if unchanged else amino_acid)
    return "".join(found)


def _stop_terms(before: str, now: str) -> tuple[str, ...]:
    if "*" in now and ("*" not in before or now.index("*") < before.index("*")):
        return ("stop_gained",)
    if "*" in before:
        return ("stop_retained_variant",) if "*" in now else ("stop_lost",)
    return ()


def _substitution(seq: CodingSequence, first: int, before: str, now: str, changed: str) -> ProteinEffect:
    terms = _stop_terms(before, now)
    if before == now:
        if not terms:
            terms = (
                ("start_retained_variant", "synonymous_variant") if first == 0 else ("synonymous_variant",)
            )
        return ProteinEffect(terms, f"p.({_residue(before[0], first)}=)")
    if not terms or (terms == ("stop_retained_variant",) and before != now):
        terms = ("missense_variant", *terms)
    if terms == ("stop_lost",):
        return ProteinEffect(terms, _extension(seq, changed))
    head, before, now = _trimmed(before, now)
    now = now.partition("*")[0] + ("*" if "*" in now else "")
    if len(before) == len(now) == 1:
        return ProteinEffect(terms, f"p.({_residue(before, first + head)}{THREE_LETTERS[now]})")
    return ProteinEffect(terms, f"p.({_delins(first + head, before, now)})")


def _inframe(seq: CodingSequence, first: int, before: str, now: str, changed: str) -> ProteinEffect:
    grows = len(now) > len(before)
    shorter, longer = (before, now) if grows else (now, before)
    clean = longer.startswith(shorter) or longer.endswith(shorter)
    shape = ("inframe_insertion" if grows else "inframe_deletion") if clean else "protein_altering_variant"
    stops = _stop_terms(before, now)
    if stops == ("stop_lost",):
        return ProteinEffect((*stops, shape), _extension(seq, changed))
    head, before, now = _trimmed(before, now)
    at = first + head
    if "*" in now:
        now = now.partition("*")[0] + "*"
        if now == "*" and before:
            return ProteinEffect((*stops, shape), f"p.({_residue(before[0], at)}Ter)")
    if not now:
        return ProteinEffect((*stops, shape), f"p.({_deletion(seq, at, before)})")
    if not before:
        return ProteinEffect((*stops, shape), f"p.({_insertion(seq, at, now)})")
    return ProteinEffect((*stops, shape), f"p.({_delins(at, before, now)})")


def _frameshift(sequence: CodingSequence, start: int, changed: str) -> ProteinEffect:
    message = changed + sequence.after
    index = start // 3
    while sequence.amino_acid(index) and sequence.amino_acid(index) == _codon(sequence, message, index):
        if sequence.amino_acid(index) == "*":
            return ProteinEffect(("frameshift_variant", "stop_retained_variant"), None)
        index += 1
    before = sequence.amino_acid(index)
    if not before or before == "*":
        return ProteinEffect(("frameshift_variant", "stop_lost"), _extension(sequence, changed))
    now = _codon(sequence, message, index)
    if now == "*":
        return ProteinEffect(("stop_gained", "frameshift_variant"), f"p.({_residue(before, index)}Ter)")
    if not now:
        return ProteinEffect(("frameshift_variant",), f"p.({_residue(before, index)}fs)")
    distance = _to_stop(sequence, message, index)
    name = f"p.({_residue(before, index)}{THREE_LETTERS[now]}fsTer{distance or '?'})"
    return ProteinEffect(("frameshift_variant",), name)


def _codon(sequence: CodingSequence, message: str, index: int) -> str:
    codon = message[3 * index : 3 * index + 3]
    return sequence.code.get(codon, "X") if len(codon) == 3 else ""


def _to_stop(sequence: CodingSequence, message: str, index: int) -> int | None:
    """How many codons from `index`, counted from 1, to the first stop codon."""
    for at in range(index, len(message) // 3):
        if _codon(sequence, message, at) == "*":
            return at - index + 1
    return None


def _extension(sequence: CodingSequence, changed: str) -> str:
    stop = len(sequence.coding) // 3 - 1
    message = changed + sequence.after
    now = _codon(sequence, message, stop)
    distance = _to_stop(sequence, message, stop)
    length = distance - 1 if distance else "?"
    return f"p.(Ter{stop + 1}{THREE_LETTERS.get(now, '')}extTer{length})"


def _residue(amino_acid: str, index: int) -> str:
    return f"{THREE_LETTERS[amino_acid]}{index + 1}"


def _trimmed(before: str, now: str) -> tuple[int, str, str]:
    head = 0
    while head < min(len(before), len(now)) and before[head] == now[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(now)) - head and before[-1 - tail] == now[-1 - tail]:
        tail += 1
    return head, before[head : len(before) - tail], now[head : len(now) - tail]


def _span(at: int, residues: str) -> str:
    first = _residue(residues[0], at)
    return first if len(residues) == 1 else f"{first}_{_residue(residues[-1], at + len(residues) - 1)}"


def _spelled(residues: str) -> str:
    return "".join(THREE_LETTERS[one] for one in residues)


def _delins(at: int, before: str, now: str) -> str:
    return f"{_span(at, before)}delins{_spelled(now)}"


def _deletion(sequence: CodingSequence, at: int, gone: str) -> str:
    while sequence.amino_acid(at + len(gone)) == gone[0]:
        gone = gone[1:] + gone[0]
        at += 1
    return f"{_span(at, gone)}del"


def _insertion(sequence: CodingSequence, at: int, new: str) -> str:
    while sequence.amino_acid(at) == new[0]:
        new = new[1:] + new[0]
        at += 1
    if "*" not in new and sequence.amino_acids(at - len(new), at) == new:
        return f"{_span(at - len(new), new)}dup"
    left = _residue(sequence.amino_acid(at - 1), at - 1)
    return f"{left}_{_residue(sequence.amino_acid(at), at)}ins{_spelled(new)}"
