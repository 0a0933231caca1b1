"""From snapshot to the words and numbers on the page. The template lays them out and decides nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cohesin.clinical.rendering.snapshot import (
    Criterion,
    CriterionState,
    Finding,
    ReportSnapshot,
    ReportStatus,
    Section,
)
from cohesin.clinical.rendering.summary import summarise_findings

NOT_ASSESSED = "Not assessed"
NOT_STATED = "Not stated"

_SECTION_TITLES = {
    Section.PRIMARY: "Primary findings",
    Section.SECONDARY: "Secondary findings",
    Section.INCIDENTAL: "Incidental findings",
    Section.CARRIER: "Carrier findings",
    Section.OTHER: "Other findings",
}
_STATUS_LABELS = {
    ReportStatus.DRAFT: "Draft report",
    ReportStatus.FINAL: "Final report",
    ReportStatus.AMENDED: "Amended report",
}


def display_report(snapshot: ReportSnapshot, *, draft: bool) -> dict[str, Any]:
    """Everything the page shows, ready for JSON. Findings are numbered through all sections."""
    approval = snapshot.approval
    return {
        "draft": draft,
        "title": snapshot.title,
        "report_type": snapshot.report_type,
        "status": "Draft report" if draft else _STATUS_LABELS[snapshot.status],
        "report": f"{snapshot.report_id}, version {snapshot.version}",
        "accession": snapshot.accession_number,
        "laboratory": snapshot.laboratory,
        "created": display_time(snapshot.created_at),
        "approval": approval
        and {"name": approval.name, "role": approval.role, "time": display_time(approval.approved_at)},
        "amendment": snapshot.amendment_reason,
        "patient": snapshot.patient,
        "phenotypes": snapshot.phenotypes,
        "test": {
            "panel": snapshot.test.panel_name,
            "description": snapshot.test.description,
            "genes": snapshot.test.genes,
            "family": [
                {
                    "relation": member.relation,
                    "sex": member.sex.value.capitalize(),
                    "affected": member.affected.value.capitalize(),
                    "genome": member.genome_label,
                }
                for member in snapshot.test.family
            ],
        },
        "summary": summarise_findings(snapshot.findings),
        "comment": snapshot.comment,
        "sections": _sections(snapshot.findings),
        "quality": snapshot.quality,
        "releases": snapshot.releases,
        "assembly": snapshot.assembly.value,
        "method": snapshot.method,
        "not_assessed": snapshot.not_assessed,
        "genes_not_covered": snapshot.genes_not_covered,
        "references": snapshot.references,
        "library_version": snapshot.library_version,
        "parameters": snapshot.parameters,
    }


def display_time(moment: datetime) -> str:
    """`24 November 2026, 14:05 UTC`, in the time zone the moment carries."""
    zone = moment.tzname() or ""
    return f"{moment.day} {moment:%B %Y, %H:%M} {zone}".rstrip()


def display_frequency(finding: Finding) -> str:
    """`0.0068 (gnomAD)`, an absence that was looked up, or `Not assessed`."""
    frequency = finding.frequency
    if frequency is None:
        return NOT_ASSESSED
    if frequency.allele_frequency is None:
        return f"Not found in {frequency.source}"
    return f"{frequency.allele_frequency:.3g} ({frequency.source})"


def display_clinvar(finding: Finding) -> str:
    """`Pathogenic, 4 of 4 stars (ID 7105)` or `Not assessed`."""
    clinvar = finding.clinvar
    if clinvar is None:
        return NOT_ASSESSED
    return f"{clinvar.significance}, {clinvar.stars} of 4 stars (ID {clinvar.variation_id})"


def display_depth(finding: Finding) -> str:
    """`42 reads, 20 with the variant (48%)` as far as it is known."""
    if finding.depth is None:
        return NOT_ASSESSED
    if finding.alt_depth is None or finding.depth == 0:
        return f"{finding.depth} reads"
    share = finding.alt_depth / finding.depth
    return f"{finding.depth} reads, {finding.alt_depth} with the variant ({share:.0%})"


def location(finding: Finding) -> str:
    """`chr7:117559590 ATCT>A (GRCh38)`; 1-based, as in VCF."""
    return f"chr{finding.contig}:{finding.position} {finding.ref}>{finding.alt} ({finding.assembly.value})"


def _sections(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    ordered = sorted(findings, key=lambda finding: list(Section).index(finding.section))
    numbered = [(number, finding) for number, finding in enumerate(ordered, start=1)]
    return [
        {
            "title": title,
            "findings": [_finding(number, item) for number, item in numbered if item.section is section],
        }
        for section, title in _SECTION_TITLES.items()
        if any(item.section is section for _, item in numbered)
    ]


def _finding(number: int, finding: Finding) -> dict[str, Any]:
    classification = finding.classification
    return {
        "number": number,
        "gene": finding.gene,
        "name": " ".join(part for part in (finding.hgvs_c, finding.hgvs_p) if part) or location(finding),
        "hgvs_c": finding.hgvs_c or "",
        "hgvs_p": finding.hgvs_p or "",
        "zygosity": finding.zygosity.value.replace("_", " ").capitalize(),
        "inheritance": finding.inheritance or NOT_STATED,
        "classification": classification.label if classification else "Not classified",
        "class_code": classification.value if classification else "unclassified",
        "condition": "; ".join(finding.conditions) or NOT_STATED,
        "facts": [
            ("Transcript", finding.transcript or NOT_STATED),
            ("Zygosity", finding.zygosity.value.replace("_", " ").capitalize()),
            ("Consequence", finding.consequence.replace("_", " ").capitalize() or NOT_ASSESSED),
            ("Inheritance", finding.inheritance or NOT_STATED),
            ("Condition", "; ".join(finding.conditions) or NOT_STATED),
            ("Read depth", display_depth(finding)),
            ("Location", location(finding)),
            ("Population frequency", display_frequency(finding)),
            ("Genomic HGVS", finding.hgvs_g or NOT_STATED),
            ("ClinVar", display_clinvar(finding)),
        ],
        "interpretation": finding.interpretation,
        "criteria": [
            {
                "code": criterion.code,
                "strength": criterion.strength.replace("_", " ").capitalize(),
                "met": criterion.state is CriterionState.MET,
                "evidence": criterion.evidence,
            }
            for criterion in sorted(finding.criteria, key=lambda item: item.state is not CriterionState.MET)
            if criterion.state is not CriterionState.NOT_EVALUATED
        ],
        "not_evaluated": _not_evaluated(finding.criteria),
    }


def _not_evaluated(criteria: Sequence[Criterion]) -> list[dict[str, str]]:
    """Criteria nobody could evaluate, gathered under their shared reason."""
    by_reason: dict[str, list[str]] = {}
    for criterion in criteria:
        if criterion.state is CriterionState.NOT_EVALUATED:
            by_reason.setdefault(criterion.evidence, []).append(criterion.code)
    return [{"codes": ", ".join(codes), "reason": reason} for reason, codes in by_reason.items()]


_DIRECTION_OVERRIDES = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_CONTROL_KEPT = frozenset("\n\t")
_LONG_WORD = re.compile(r"\S{28,}")
_BREAK_AFTER = re.compile(r"([_:;,/>=.\-])(?=\S)|(\S{6})(?=\S)")
_BREAK = "\N{ZERO WIDTH SPACE}"


def printable(text: str) -> str:
    """Text safe to set: composed, with control and direction-override characters made visible as `[U+202E]`.

    An invisible override could make a name or a variant read differently from what is stored.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(escape_character(char) if _is_hidden(char) else char for char in composed)


def breakable(text: str) -> str:
    """Let words of 28 characters and more (long HGVS) break at punctuation, else every 6 characters."""
    return _LONG_WORD.sub(lambda word: _BREAK_AFTER.sub(rf"\g<0>{_BREAK}", word.group()), text)


def escape_character(char: str) -> str:
    """The visible stand-in of a character that cannot be shown: its code point."""
    return f"[U+{ord(char):04X}]"


def _is_hidden(char: str) -> bool:
    if char in _CONTROL_KEPT:
        return False
    category = unicodedata.category(char)
    bidirectional = unicodedata.bidirectional(char)
    return category in {"Cc", "Cs", "Co", "Cn"} or bidirectional in _DIRECTION_OVERRIDES
