"""What a variant does: consequences, HGVS names, ClinVar and frequency, one by one or a genome at once."""

from cohesin_genomics.annotation.annotate import TranscriptField, annotate, annotate_variant, genomic_name
from cohesin_genomics.annotation.bulk import ANNOTATION_COLUMNS, annotate_frame
from cohesin_genomics.annotation.transcript_fields import parse_ann, parse_csq, parse_transcripts

__all__ = [
    "ANNOTATION_COLUMNS",
    "TranscriptField",
    "annotate",
    "annotate_frame",
    "annotate_variant",
    "genomic_name",
    "parse_ann",
    "parse_csq",
    "parse_transcripts",
]
