"""The types of the clinical room's events."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "project.created": "A project was made.",
        "genome.uploaded": "A genome was uploaded.",
        "genome.annotated": "A genome was read and annotated.",
        "genome.failed": "A genome could not be read.",
        "genome.updated": "A genome was changed or moved.",
        "genome.deleted": "A genome was deleted.",
        "gene_panel.created": "A gene panel was made.",
        "gene_panel.updated": "A gene panel was changed.",
        "gene_panel.genes_added": "Genes were added to a panel.",
        "assay_type.created": "An assay type was made.",
        "secondary_job.created": "A job of secondary analysis was asked for.",
        "condition_gene.created": "A condition was tied to a gene.",
        "clinical_report.created": "A clinical report was launched.",
        "clinical_report.updated": "A clinical report was changed.",
        "clinical_report.ready": "A clinical report is ready to review.",
        "clinical_report.failed": "A clinical report failed.",
        "clinical_report.status_changed": "A clinical report took another status.",
        "clinical_report.variants_changed": "Variants of a clinical report were judged.",
        "clinical_report.note_added": "A note was added to a variant.",
        "clinical_report.comment_changed": "The comment of a clinical report was changed.",
        "clinical_report.patient_fields_changed": "Patient fields of a clinical report were changed.",
        "clinical_report.quality_changed": "Quality values of a clinical report were changed.",
        "clinical_report.approved": "A clinical report was approved.",
    }
)
