"""Third part: the partner's system fetches the report over the Connect face."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cohesin.app.story.interpreting import Interpreted
from cohesin.app.story.ordering import Ordered
from cohesin.app.story.telling import Story, need
from cohesin.partners.caligenix.links import link_signer


def deliver(story: Story, ordered: Ordered, made: Interpreted, since: str, secret: str | None) -> None:
    """List with `since`, detail, link, bytes, and what is refused.

    `secret` is the installation's, where it is at hand: only with it can a link be made that has ended.
    """
    headers = {"Authorization": f"Bearer {story.record.caligenix.key}"}
    with story.step("Connect list with since"):
        answer = story.call("GET", "/v1/reports", params={"since": since}, headers=headers).json()
        mine = [
            one
            for one in answer["reports"]
            if one["kitBarcode"] == ordered.barcode and one["status"] == "AVAILABLE"
        ]
        named = [one for one in mine if story.mark in (one["reportTypeName"] or "")]
        need(len(named) == 1, f"{len(named)} available reports of this kit's panel instead of one")
        report = named[0]
        story.result(
            f"{len(answer['reports'])} changed since; this one: {report['reportTypeName']}, {report['status']}"
        )
    with story.step("Connect since its last change"):
        newest = max(one["updatedAt"] for one in answer["reports"])
        later = story.call("GET", "/v1/reports", params={"since": newest}, headers=headers).json()
        again = [one["id"] for one in later["reports"] if one["id"] == report["id"]]
        need(not again, "the report comes back though nothing changed")
        story.result("not there a second time")
    with story.step("Connect detail"):
        detail = story.call("GET", f"/v1/reports/{report['id']}", headers=headers).json()["report"]
        need(detail["id"] == report["id"], "another report came")
        story.result(f"{detail['clientName']}, kit {detail['kitBarcode']}")
    with story.step("Connect download link and PDF"):
        answer = story.call("GET", f"/v1/reports/{report['id']}/download-url", headers=headers).json()
        link = answer["downloadUrl"]
        content = story.call("GET", link).content
        need(content == made.pdf, "these are not the bytes that were approved")
        minutes = (int(answer["expiresAt"]) - time.time()) / 60
        story.result(f"{len(content):,} bytes, the approved ones; the link ends in {minutes:.0f} minutes")
    _refused(story, link, secret)


def _refused(story: Story, link: str, secret: str | None) -> None:
    parts = urlsplit(link)
    query = dict(parse_qsl(parts.query, strict_parsing=True))

    def changed(**values: str) -> str:
        return urlunsplit(parts._replace(query=urlencode({**query, **values})))

    with story.step("Tampered links refused"):
        other = "A" if query["sig"][0] != "A" else "B"
        for altered in (
            changed(expires=str(int(query["expires"]) + 3600)),
            changed(sig=other + query["sig"][1:]),
            changed(key=query["key"][:-4] + query["key"][-4:][::-1] + "A"),
        ):
            story.call("GET", altered, status=403)
        story.result("later end, other signature, other file: 403 each")
    with story.step("Ended link refused"):
        if secret is None:
            story.result(
                "not tried: a link that ends in the past can only be made with the installation's secret"
            )
            return
        past = {"key": query["key"], "expires": str(int(time.time()) - 1)}
        signed = link_signer(secret).query(parts.path, past, name="sig")
        refused = story.call("GET", urlunsplit(parts._replace(query=signed)), status=403).json()
        story.result(f"well signed, ended a second ago: 403 {refused['error']['message']}")
