"""The types of the laboratory's events."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "kit.created": "A kit was made.",
        "kit.moved": "A kit is handled at another location.",
        "kit.shipped": "A kit was shipped.",
        "kit.received": "The laboratory received a kit.",
        "kit.started": "The laboratory began to work on a kit.",
        "kit.data_ready": "The data of a kit are ready.",
        "kit.data_replaced": "The data of a kit were replaced.",
        "kit.data_removed": "The data of a kit were removed.",
        "kit.failed": "A kit failed in the laboratory.",
        "kit.lost": "A kit was lost.",
        "kit_registration.created": "A kit was registered.",
        "kit_registration.updated": "A kit's registration was changed.",
        "lab_customer.created": "A customer was added.",
        "lab_customer.updated": "A customer was changed.",
        "lab_panel.created": "A panel was added to the catalogue.",
        "lab_partner.created": "A partner was added.",
        "lab_partner.updated": "A partner was changed.",
        "lab_partner.secret_renewed": "A partner got a new signing secret.",
        "lab_shipment.created": "A shipment was ordered.",
        "lab_shipment.updated": "A shipment was changed.",
        "lab_shipment.shipped": "A shipment left.",
        "lab_shipment.canceled": "A shipment was cancelled.",
        "lab_report.ready": "A report is ready.",
        "lab_report.delivered": "A report was delivered.",
        "lab_report.replaced": "A report's file was replaced.",
        "lab_report.opened": "A report was opened.",
        "lab_report.downloaded": "A report was downloaded.",
        "lab_report.blocked_no_consent": "A report waits for the customer's consent.",
        "lab_report.blocked_not_registered": "A report waits for the kit's registration.",
        "panel_order.created": "A panel was ordered.",
    }
)
