"""What a report does not allow."""

from __future__ import annotations

from cohesin.kernel.errors import ConflictError, RuleRefusedError


class ReportApprovedError(RuleRefusedError):
    code = "REPORT_APPROVED"
    message = "The report is approved and cannot be changed."


class ReportNotApprovedError(RuleRefusedError):
    code = "REPORT_NOT_APPROVED"
    message = "The report is not approved."


class ReportNotWaitingError(RuleRefusedError):
    code = "REPORT_NOT_WAITING"
    message = "Genomes can be attached to a report that waits only."


class StatusRefusedError(RuleRefusedError):
    code = "STATUS_REFUSED"
    message = "The report cannot be set to this status now."


class NoPreviewError(RuleRefusedError):
    code = "NO_PREVIEW"
    message = "There is no preview of a report in this state."


class ApprovalLostError(ConflictError):
    """Somebody else approved or changed the report in the same moment."""

    code = "APPROVAL_LOST"
    message = "The report was approved or changed by somebody else meanwhile."


class BadVariantFileError(RuleRefusedError):
    """The file that was sent to set variants is not a VCF."""

    code = "BAD_VARIANT_FILE"
