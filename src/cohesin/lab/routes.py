"""Importing this declares every operation, task and event subscriber of the laboratory."""

from cohesin.lab.deliveries import routes as deliveries
from cohesin.lab.kits import routes as kits
from cohesin.lab.orders import routes as orders
from cohesin.lab.panels import routes as panels
from cohesin.lab.partners import routes as partners
from cohesin.lab.reports import review
from cohesin.lab.reports import routes as reports
from cohesin.lab.shipments import routes as shipments

__all__ = ["deliveries", "kits", "orders", "panels", "partners", "reports", "review", "shipments"]
