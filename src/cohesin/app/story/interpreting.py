"""Second part: the laboratory interprets over the Opal face; classification is the console's."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from cohesin.app.demo.clinic import VCF
from cohesin.app.demo.content import EXOME_FILE, JUDGEMENTS, PANELS, QUALITY, SEXES, TRIO, TRIO_FILE
from cohesin.app.story.ordering import Ordered
from cohesin.app.story.telling import Story, need
from cohesin_genomics.vcf.split import split_samples

_CHUNK: Final = 1 << 16
_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')
PATIENT: Final = {
    "First Name": "Robin",
    "Last Name": "Story",
    "Patient DOB": "04/17/1988",
    "Patient Sex": "Female",
    "Indication for Testing": "Carrier screening before pregnancy",
    "Specimen Type": "Saliva",
    "Ordering Physician": "Dr. Robin Hale",
}


class Interpreted(msgspec.Struct, kw_only=True):
    """What the second part leaves."""

    project: int = 0
    panels: dict[str, int] = {}
    genomes: dict[str, int] = {}
    report: int = 0
    trio: int = 0
    pdf: bytes = b""


class Opal:
    """Calls of the face with the demo's key."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._auth = (story.record.opal.login, story.record.opal.password)

    def answer(self, method: str, path: str, *, status: int = 200, **more: Any) -> httpx.Response:
        return self._story.call(method, f"/opal{path}", auth=self._auth, status=status, **more)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        return self.answer(method, path, json=body, **more).json()


def launch(story: Story, ordered: Ordered) -> Interpreted:
    """Project, uploads, panels, both reports, until both can be reviewed."""
    made, opal = Interpreted(), Opal(story)
    with story.step("Opal project"):
        body: dict[str, Any] = {
            "project_name": f"Story {story.mark}",
            "description": "The main job, step by step",
        }
        made.project = opal.call("POST", "/projects", body)["id"]
        story.result(f"project {made.project}")
    _upload(story, opal, made, ordered)
    for key in ("carrier", "immune"):
        _make_panel(story, opal, made, key)
    with story.step("Panel report launched"):
        body = {
            "report_type": "panel",
            "genome_id": made.genomes["exome"],
            "proband_sex": "female",
            "panel_id": made.panels["carrier"],
            "project_id": made.project,
            "assay_type_id": story.record.ids["assayType"],
            "accession_id": f"STORY-{story.mark}-P",
        }
        report = opal.call("POST", "/reports", body)["clinical_report"]
        made.report = report["id"]
        story.result(f"report {made.report}: {report['status']}")
    with story.step("Trio report launched"):
        body = {
            "report_type": "panel_trio",
            "proband": {"genome_id": made.genomes["proband"], "sex": "male"},
            "mother_genome_id": made.genomes["mother"],
            "father_genome_id": made.genomes["father"],
            "panel_id": made.panels["immune"],
            "hpo_terms": ["HP:0002718", "HP:0002721"],
            "accession_id": f"STORY-{story.mark}-T",
        }
        report = opal.call("POST", "/reports", body)["clinical_report"]
        made.trio = report["id"]
        story.result(f"report {made.trio}: {report['status']}")
    for name, number in (("Panel report is ready", made.report), ("Trio report is ready", made.trio)):
        _wait(story, opal, name, number)
    return made


def _upload(story: Story, opal: Opal, made: Interpreted, ordered: Ordered) -> None:
    with tempfile.TemporaryDirectory(prefix="cohesin-story-") as folder:
        split = split_samples(VCF / TRIO_FILE, Path(folder))
        files = {"exome": VCF / EXOME_FILE, **{role: split[sample] for role, sample in TRIO.items()}}
        for role, file in files.items():
            title = "VCF under the kit's barcode" if role == "exome" else f"VCF of the trio's {role}"
            with story.step(f"{title}, streamed"):
                query = {
                    "genome_label": f"{role} {story.mark}",
                    "genome_sex": SEXES.get(role, "female"),
                    "assembly_version": "hg19",
                    "external_id": ordered.barcode if role == "exome" else f"{ordered.barcode}-{role}",
                }
                path = f"/projects/{made.project}/genomes"
                answer = opal.answer("PUT", path, params=query, content=_chunks(file)).json()
                made.genomes[role] = answer["genome_id"]
                story.result(f"genome {answer['genome_id']}, {answer['size']}, {answer['external_id']}")


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _make_panel(story: Story, opal: Opal, made: Interpreted, key: str) -> None:
    wanted = next(one for one in PANELS if one.key == key)
    with story.step(f"Panel with regions: {wanted.name}"):
        body: dict[str, Any] = {"name": f"{wanted.name} {story.mark}", "description": wanted.description}
        number = made.panels[key] = opal.call("POST", "/panels", body)["id"]
        genes = {"gene_symbols": ",".join([*wanted.genes, "NOTAGENE"])}
        added = opal.call("POST", f"/panels/{number}/regions", genes)
        regions = opal.call("GET", f"/panels/{number}/regions")
        need(len(regions) == len(wanted.genes), f"{len(regions)} regions instead of {len(wanted.genes)}")
        story.result(f"panel {number}: {len(regions)} genes; not found: {', '.join(added['not_found'])}")


def _wait(story: Story, opal: Opal, name: str, number: int) -> None:
    with story.step(name):
        final = {"READY TO REVIEW", "FAILED"}
        report = story.until(
            lambda: opal.answer("GET", f"/reports/{number}"), lambda one: one["status"] in final, "the report"
        )
        need(report["status"] == "READY TO REVIEW", f"it is {report['status']}")
        need(report["variant_report_id"], "it has no variant_report_id")
        story.result(f"{report['status']}, {report['variant_count']} variants")


def review(story: Story, made: Interpreted) -> None:
    """Variants read and judged, patient fields, draft, approval, final PDF."""
    opal = Opal(story)
    path = f"/reports/{made.report}"
    found = _read_variants(story, opal, made)
    chosen = [one for one in JUDGEMENTS if (one.gene, one.position) in found]
    with story.step("Variants placed in the report"):
        need(chosen, "no variant of the demo's judgements is there")
        for one in chosen:
            steps = [
                {"op": "replace", "path": "/status", "value": "CONFIRMED"},
                {"op": "replace", "path": "/to_report", "value": one.to_report},
            ]
            number = found[one.gene, one.position]["id"]
            after = opal.call("PATCH", f"{path}/variants/{number}", steps)
            need((after["status"], after["to_report"]) == ("CONFIRMED", one.to_report), "it was not stored")
        story.result(", ".join(f"{one.gene} {one.to_report}" for one in chosen))
    _classify(story, made, {found[one.gene, one.position]["id"]: one for one in chosen})
    with story.step("Patient fields and quality values"):
        stored = opal.call("POST", f"{path}/patient_fields", PATIENT | {"Last Name": f"Story {story.mark}"})
        quality = opal.call("POST", f"{path}/qc_data", dict(QUALITY))
        story.result(f"{len(stored)} fields, {len(quality)} quality values")
    with story.step("Preview"):
        opal.answer("GET", f"{path}/pdf_report", status=422)
        draft = opal.answer("GET", f"{path}/pdf_preview").content
        need(draft.startswith(b"%PDF-"), "the preview is no PDF")
        story.result(f"draft PDF of {len(draft):,} bytes; the final one is refused until approval")
    with story.step("Status to APPROVED"):
        for value in ("WAITING FOR APPROVAL", "APPROVED"):
            steps = [{"op": "replace", "path": "/status", "value": value}]
            report = opal.call("PATCH", f"{path}/update_status", steps)["clinical_report"]
        story.result(f"{report['status']}, version {report['version']}")
    with story.step("Final PDF"):
        made.pdf = opal.answer("GET", f"{path}/pdf_report").content
        need(made.pdf.startswith(b"%PDF-") and made.pdf != draft, "it is not the final PDF")
        again = opal.answer("GET", f"{path}/pdf_report").content
        need(again == made.pdf, "it is another file the second time")
        story.result(f"{len(made.pdf):,} bytes, the same bytes again")


def _read_variants(story: Story, opal: Opal, made: Interpreted) -> dict[tuple[str, int], dict[str, Any]]:
    found: dict[tuple[str, int], dict[str, Any]] = {}
    with story.step("Variants read"):
        lines = []
        for number in (made.report, made.trio):
            variants = opal.call("GET", f"/reports/{number}?extended=true")["variants"]
            need(variants, f"report {number} has no variants")
            first = variants[0]
            name = first["hgvs_p"] or first["hgvs_c"] or f"{first['chromosome']}:{first['start_on_chrom']}"
            lines.append(f"report {number}: {len(variants)}, first {first['gene_symbol']} {name}")
            if number == made.report:
                found = {(one["gene_symbol"], one["start_on_chrom"]): one for one in variants}
        story.result("; ".join(lines))
    return found


def _classify(story: Story, made: Interpreted, chosen: dict[int, Any]) -> None:
    with story.step("Variants classified in the console"):
        page = story.call("GET", "/sign-in").text
        login = {"email": story.record.owner.email, "password": story.record.owner.password or ""}
        form = {**login, "csrf": _token(page), "next": f"/reports/{made.report}"}
        story.call("POST", "/sign-in", data=form, status=303)
        headers = {"X-CSRF-Token": _token(story.call("GET", f"/reports/{made.report}").text)}
        for number, one in chosen.items():
            base = f"/reports/{made.report}/variants/{number}"
            body: dict[str, Any] = {"classification": one.classification}
            story.call("POST", f"{base}/classification", data=body, headers=headers)
            words = {"interpretation": one.interpretation}
            story.call("POST", f"{base}/interpretation", data=words, headers=headers)
        story.result(", ".join(f"{one.gene} {one.classification}" for one in chosen.values()))


def _token(page: str) -> str:
    found = _CSRF.search(page)
    need(found, "the page has no token")
    assert found is not None
    return found[1]
