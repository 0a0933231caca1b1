"""Every operation of the face; importing this declares them all and what runs behind them."""

from cohesin.clinical import sweeping
from cohesin.clinical.reports import waiting
from cohesin.partners.opal import routes_files, routes_reports, routes_variants

__all__ = ["routes_files", "routes_reports", "routes_variants", "sweeping", "waiting"]
