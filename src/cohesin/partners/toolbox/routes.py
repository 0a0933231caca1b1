"""Importing this declares every operation of the face, and its webhooks."""

from cohesin.partners.toolbox import (
    account_routes,
    customer_routes,
    kit_routes,
    order_routes,
    report_routes,
    token_routes,
    webhooks,
)

__all__ = [
    "account_routes",
    "customer_routes",
    "kit_routes",
    "order_routes",
    "report_routes",
    "token_routes",
    "webhooks",
]
