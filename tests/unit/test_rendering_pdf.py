"""The PDF of a clinical report, read back with an independent library."""

from __future__ import annotations

import io
import re

import msgspec
import pikepdf
import pytest
from pypdf import PdfReader

from cohesin.clinical.rendering.pdf import ReportNotApprovedError, render_pdf
from cohesin.clinical.rendering.snapshot import Fact, ReportStatus
from tests.unit.report_samples import BENIGN, EMPTY, F508DEL, TRIO, long_report


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, white space folded, invisible break opportunities removed."""
    reader = PdfReader(io.BytesIO(pdf))
    return [re.sub(r"\s+", " ", page.extract_text().replace("\u200b", "")) for page in reader.pages]


def text_of(pdf: bytes) -> str:
    return " ".join(pages_of(pdf))


def unbroken(text: str) -> str:
    return re.sub(r"\s+", "", text)


def with_patient(**names: str):
    facts = tuple(
        Fact(fact.name, names.get(fact.name.replace(" ", "_"), fact.value)) for fact in TRIO.patient
    )
    return msgspec.structs.replace(TRIO, patient=facts)


@pytest.fixture(scope="module")
def trio_text() -> str:
    return unbroken(text_of(render_pdf(TRIO, draft=False)))


def test_every_fact_of_the_snapshot_is_on_the_page(trio_text):
    expected = [
        *(part for fact in TRIO.patient for part in (fact.name, fact.value)),
        *(part for fact in TRIO.quality for part in (fact.name, fact.value)),
        *(part for term in TRIO.phenotypes for part in (term.id, term.label)),
        *(
            part
            for release in TRIO.releases
            for part in (release.name, release.release, release.scope, release.licence)
        ),
        *(part for fact in TRIO.parameters for part in (fact.name, fact.value)),
        *(member.genome_label for member in TRIO.test.family),
        *TRIO.test.genes,
        *TRIO.not_assessed,
        *TRIO.genes_not_covered,
        *TRIO.references,
        *TRIO.laboratory.address_lines,
        TRIO.laboratory.phone,
        TRIO.method,
        TRIO.library_version,
        TRIO.approval.name,
        TRIO.approval.role,
        "23 November 2026, 14:05 UTC",
        "20 November 2026, 09:12 UTC",
    ]
    missing = [fact for fact in expected if unbroken(fact) not in trio_text]
    assert missing == []


def test_every_finding_shows_its_names_evidence_and_reasons(trio_text):
    for finding in TRIO.findings:
        names = [
            finding.gene,
            finding.transcript,
            finding.hgvs_c,
            finding.hgvs_p,
            finding.classification.label,
        ]
        words = [finding.interpretation, *(criterion.evidence for criterion in finding.criteria)]
        codes = [criterion.code for criterion in finding.criteria]
        assert [part for part in (*names, *words, *codes) if unbroken(part) not in trio_text] == []
    assert unbroken(F508DEL.hgvs_g) in trio_text
    assert unbroken("chr7:117559590 ATCT>A (GRCh38)") in trio_text
    assert unbroken("Not found in gnomAD v4.1") in trio_text
    assert unbroken("PP3, BP4 (no in-silico scores loaded)") in trio_text


def test_what_was_not_looked_up_is_not_assessed():
    unseen = msgspec.structs.replace(BENIGN, clinvar=None, frequency=None, classification=None)
    text = text_of(
        render_pdf(msgspec.structs.replace(TRIO, findings=(unseen,), not_assessed=()), draft=False)
    )
    assert "Population frequency Not assessed" in text
    assert "ClinVar Not assessed" in text
    assert "Not classified" in text
    assert "Benign" not in text


@pytest.mark.parametrize("draft", [True, False])
@pytest.mark.parametrize("count", [0, 3, 40])
def test_each_page_has_its_number_ids_and_only_a_draft_its_mark(count, draft):
    pages = pages_of(render_pdf(long_report(count), draft=draft))
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert TRIO.accession_number in page
        assert f"{TRIO.report_id}, version 1" in page
        assert TRIO.laboratory.name in page
        assert TRIO.title in page
        assert ("DRAFT" in page) is draft


def test_forty_findings_are_all_set_once_in_the_list_and_once_in_full():
    text = text_of(render_pdf(long_report(40), draft=False))
    for index in range(40):
        assert text.count(f"c.{1000 + index}A>G") == 2


def test_a_report_without_findings_says_so_and_claims_nothing():
    pages = pages_of(render_pdf(EMPTY, draft=True))
    assert len(pages) == 1
    assert "No variants are reported." in pages[0]
    assert "does not exclude a genetic cause" in pages[0]
    assert "Not yet approved." in pages[0]
    assert "must not be taken as examined" in pages[0]


def test_the_same_snapshot_gives_the_same_bytes_whatever_was_rendered_between():
    first = render_pdf(TRIO, draft=False)
    render_pdf(EMPTY, draft=True)
    assert render_pdf(TRIO, draft=False) == first
    assert render_pdf(with_patient(First_Name="Other"), draft=False) != first


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")',
        "#panic[x] $x^2$ *bold* _it_ @ref <label>",
        '"); #sys.inputs //',
        "= Heading",
        "#[\\u{41}] `raw` ~ -- ...",
    ],
)
def test_typed_text_is_never_markup(hostile):
    text = text_of(render_pdf(with_patient(Last_Name=hostile), draft=False))
    assert unbroken(hostile) in unbroken(text)
    assert "root:" not in text


@pytest.mark.parametrize(
    "name",
    ["Łucja Žižek-Ødegård", "Nguyễn Thị Ánh", "Αλέξανδρος", "Жанна Їжакевич", "漢字 太郎", "山田はなこ"],
)
def test_names_in_many_scripts_are_shown(name):
    assert unbroken(name) in unbroken(text_of(render_pdf(with_patient(First_Name=name), draft=False)))


def test_a_character_without_a_glyph_is_shown_as_its_code_point():
    text = text_of(render_pdf(with_patient(First_Name="Kim 김 ไ 😀 done"), draft=False))
    assert "Kim [U+AE40] [U+0E44] [U+1F600] done" in text


def test_hidden_characters_are_made_visible():
    text = text_of(render_pdf(with_patient(First_Name="A\u202eB\x07C"), draft=False))
    assert "A[U+202E]B[U+0007]C" in text


def test_a_very_long_allele_breaks_inside_its_column():
    long_name = "c.1521_1522ins" + "ACGT" * 60
    finding = msgspec.structs.replace(F508DEL, hgvs_c=long_name, alt="A" + "ACGT" * 60)
    pdf = render_pdf(msgspec.structs.replace(TRIO, findings=(finding,)), draft=False)
    assert unbroken(text_of(pdf)).count(long_name) == 2


def test_it_is_an_archival_document_with_title_language_and_embedded_fonts():
    with pikepdf.open(io.BytesIO(render_pdf(TRIO, draft=False))) as pdf:
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
            assert metadata["dc:title"] == TRIO.title
        assert str(pdf.Root.Lang).startswith("en")
        assert "20261123140500" in str(pdf.docinfo["/CreationDate"])
        descriptors = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert descriptors
        assert all("/FontFile2" in item or "/FontFile3" in item for item in descriptors)
        assert all("SourceSansPro" in str(item.FontName) for item in descriptors)


def test_only_an_approved_snapshot_becomes_final():
    with pytest.raises(ReportNotApprovedError):
        render_pdf(EMPTY, draft=False)


def test_an_amended_report_tells_why():
    amended = msgspec.structs.replace(
        TRIO, status=ReportStatus.AMENDED, version=2, amendment_reason="DNAH5 was reclassified."
    )
    text = text_of(render_pdf(amended, draft=False))
    assert "Amended report" in text
    assert "This report amends an earlier version. DNAH5 was reclassified." in text
    assert "version 2" in text
