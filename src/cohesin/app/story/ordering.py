"""First part: a partner orders over the Toolbox face, and the laboratory takes the kit in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from cohesin.app.demo.content import ADDRESS, KIT_SKU, PHONE
from cohesin.app.story.sink import Sink, check_signatures
from cohesin.app.story.telling import Story, need

LAB = "/api/v1/secure/lab"


class Ordered(msgspec.Struct, kw_only=True):
    """What the first part leaves for the others."""

    staff: dict[str, str] = {}
    partner: dict[str, str] = {}
    secret: str = ""
    barcode: str = ""
    kit_id: str = ""
    customer: int = 0
    order: int = 0


def order(story: Story, sink: Sink) -> Ordered:
    """Token, customer, shipment, kit, registration, order, lab intake, events, webhook."""
    made = Ordered(barcode=f"STORY-{story.mark}")
    _sign_in(story, made)
    _make_partner(story, made, sink)
    with story.step("Customer"):
        body: dict[str, Any] = {
            "first_name": "Robin",
            "last_name": f"Story {story.mark}",
            "date_of_birth": "1988-04-17",
            "consent_date": "2026-01-12",
            "sex": "female",
            "reference_id": story.mark,
        }
        made.customer = _toolbox(story, made, "POST", "customers/", body, 201)["id"]
        story.result(f"customer {made.customer}")
    _order_kit(story, made)
    with story.step("Panel order"):
        body = {"customer": made.customer, "order_items": [{"panel_sku": "methylation-1"}]}
        made.order = _toolbox(story, made, "POST", "customer-panel-orders/", body, 201)["id"]
        story.result(f"order {made.order} of methylation-1; its report is pending until there are data")
    _take_in(story, made)
    with story.step("Events"):
        events = _toolbox(story, made, "GET", "events/", None, 200)
        kinds = [event["type"] for event in reversed(events)]
        need(kinds, "there are no events")
        story.result(", ".join(kinds))
    with story.step("Webhook, both signatures"):
        received = sink.wait_for(kinds[-1])
        check_signatures(received, made.secret)
        story.result(f"{received.event['type']} received, X-Toolbox-Signature and webhook-signature are good")
    return made


def _toolbox(story: Story, made: Ordered, method: str, path: str, body: Any, status: int) -> Any:
    return story.call(method, f"/api/v1/{path}", json=body, headers=made.partner, status=status).json()


def lab(story: Story, made: Ordered, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """A call of the laboratory's staff."""
    answer = story.call(method, f"{LAB}/{path}", json=body, headers=made.staff, status=status)
    return answer.json()["data"]


def _sign_in(story: Story, made: Ordered) -> None:
    with story.step("Laboratory signs in"):
        login = {"email": story.record.owner.email, "password": story.record.owner.password}
        answer = story.call("POST", "/api/v1/public/auth/login", json=login).json()
        made.staff = {"Authorization": f"Bearer {answer.get('data', answer)['accessToken']}"}
        story.result(story.record.owner.email)


def _make_partner(story: Story, made: Ordered, sink: Sink) -> None:
    with story.step("Ordering partner with a webhook"):
        body: dict[str, Any] = {"name": f"Story partner {story.mark}", "webhook_url": sink.url}
        partner = lab(story, made, "POST", "partners/", body, 201)["id"]
        made.secret = lab(story, made, "POST", f"partners/{partner}/webhook-secret", status=201)["secret"]
        account = {"username": f"story-{story.mark}"}
        login = lab(story, made, "POST", f"partners/{partner}/toolbox-accounts", account, 201)
        story.result(f"webhooks go to {sink.url}")
    with story.step("Toolbox token"):
        credentials = {"username": account["username"], "password": login["password"]}
        token = story.call("POST", "/api/v1/api-token-auth/", json=credentials).json()["token"]
        made.partner = {"Authorization": f"JWT {token}"}
        own = {"username": story.record.toolbox.username, "password": story.record.toolbox.password}
        story.call("POST", "/api/v1/api-token-auth/", json=own)
        story.result("token for the new account; the demo's account signs in as well")


def _order_kit(story: Story, made: Ordered) -> None:
    with story.step("Shipment"):
        body: dict[str, Any] = {
            "customer": made.customer,
            "recipient_address": dict(ADDRESS),
            "recipient_phone": PHONE,
            "sku": KIT_SKU,
            "quantity": 1,
        }
        shipment = _toolbox(story, made, "POST", "customer-shipments/", body, 201)
        story.result(f"shipment {shipment['id']} of one {shipment['sku']}")
    with story.step("Kit"):
        kit = _toolbox(story, made, "POST", "kits/", {"barcode": made.barcode}, 201)
        story.result(f"kit {kit['id']}, barcode {made.barcode}")
    with story.step("Registration"):
        confirmed = datetime.now(UTC).isoformat(timespec="seconds")
        body = {"customer": made.customer, "kit": kit["id"], "verification_date": confirmed}
        registration = _toolbox(story, made, "POST", "customer-kit-registrations/", body, 201)
        story.result(f"registration {registration['id']}, confirmed {registration['verification_date']}")
    with story.step("Laboratory sends the kit"):
        sent = next(one for one in lab(story, made, "GET", "shipments/") if one["number"] == shipment["id"])
        added = lab(story, made, "POST", f"shipments/{sent['id']}/kits", {"barcode": made.barcode})
        made.kit_id = added["id"]
        story.result(f"kit {added['status']} in shipment {shipment['id']}")


def _take_in(story: Story, made: Ordered) -> None:
    with story.step("Laboratory takes the kit in"):
        location = {"location_id": story.record.ids["location"]}
        lab(story, made, "PATCH", f"kits/{made.kit_id}", location)
        for step in ("receive", "start"):
            kit = lab(story, made, "POST", f"kits/{made.kit_id}/{step}")
        story.result(f"kit {kit['status']} at {story.record.ids['location']}")


def read_order(story: Story, made: Ordered) -> None:
    """The ordered panel's report is made from the kit's data."""
    with story.step("Panel order's report is ready"):

        def fetch() -> Any:
            return story.call("GET", f"/api/v1/reports/?customer={made.customer}", headers=made.partner)

        def is_ready(reports: Any) -> bool:
            return any(one["status"] == "report-ready" for one in reports)

        ready = story.until(fetch, is_ready, "the ordered report")
        report = next(one for one in ready if one["status"] == "report-ready")
        files = _toolbox(story, made, "GET", f"report-files/?report={report['id']}", None, 200)
        path = f"/api/v1/report-files/{files[0]['id']}/download/"
        content = story.call("GET", path, headers=made.partner).content
        need(content.startswith(b"%PDF-"), "the file is no PDF")
        story.result(f"report {report['id']} ready, PDF of {len(content):,} bytes")


def await_webhook(story: Story, made: Ordered, sink: Sink) -> None:
    """What happened since came to the webhook as well."""
    with story.step("Every event came as a webhook"):
        kinds = {event["type"] for event in _toolbox(story, made, "GET", "events/", None, 200)}
        for kind in sorted(kinds):
            check_signatures(sink.wait_for(kind), made.secret)
        story.result(f"{sink.count()} webhooks: {', '.join(sorted(kinds))}")
