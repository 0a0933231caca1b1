"""Requests that an operation answers with what it is for, where the least valid body is not enough."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.served import PASSWORD, Signed

NEW_PASSWORD = "another long enough password"

#: By "METHOD path": a template whose `{names}` are ids of things made for the call.
BODIES: dict[str, Any] = {
    "POST /api/v1/public/auth/login": {"email": "{email}", "password": PASSWORD},
    "POST /api/v1/public/auth/refresh": {"refreshToken": "{refresh}"},
    "POST /api/v1/secure/auth/me/change-password": {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD},
    "POST /api/v1/secure/groups/{id}/members": {"userId": "{owner}"},
    "POST /api/v1/secure/spaces/{id}/members": {"userId": "{owner}", "role": "reader"},
    "POST /api/v1/secure/spaces/{id}/categories": {"category_id": "{free_category}"},
    "POST /api/v1/secure/taxonomy/categories/{id}/link": {"entity_type": "space", "entity_id": "{space}"},
    "DELETE /api/v1/secure/taxonomy/categories/{id}/unlink": {
        "entity_type": "space",
        "entity_id": "{space}",
    },
    "DELETE /api/v1/secure/taxonomy/tags/{id}/unlink": {"entity_type": "space", "entity_id": "{space}"},
    "POST /api/v1/secure/taxonomy/tags/link": {
        "entity_type": "space",
        "entity_id": "{space}",
        "tag_name": "new",
    },
    "POST /api/v1/secure/taxonomy/tags/link/bulk": {
        "entity_type": "space",
        "entity_id": "{space}",
        "tag_names": ["one", "two"],
    },
    "POST /api/v1/secure/taxonomy/tags/bulk-update": {"updates": [{"id": "{tag}", "persistent": False}]},
    "POST /api/v1/secure/tenants/": {
        "name": "Checked",
        "domain": "{new_domain}",
        "ownerEmail": "{new_email}",
        "ownerPassword": PASSWORD,
    },
    "PATCH /api/v1/secure/jobs/{name}": {"enabled": True},
    "POST /api/v1/secure/jobs/{name}/trigger": {"data": {"startAfter": 3600}},
    "POST /api/v1/secure/webhooks/subscriptions": {
        "name": "Checked",
        "url": "http://127.0.0.1:9/",
        "events": ["never.happens"],
    },
}

QUERIES: dict[str, dict[str, str]] = {
    "GET /api/v1/secure/iam/can": {"entity_type": "space", "entity_id": "{space}", "action": "read"},
    "GET /api/v1/secure/taxonomy/categories/entity": {"entity_type": "space", "entity_id": "{space}"},
    "GET /api/v1/secure/taxonomy/tags/entity": {"entity_type": "space", "entity_id": "{space}"},
}

#: By "METHOD path": the rows of a spreadsheet that makes something, for the operations that take a form.
SHEETS = {
    "POST /api/v1/secure/spaces/import": "name\nChecked\n",
    "POST /api/v1/secure/groups/import": "name,permissions\nChecked,spaces:read\n",
    "POST /api/v1/secure/taxonomy/categories/import": "key,name\nchecked,Checked\n",
    "POST /api/v1/secure/taxonomy/tags/import": "name\nchecked\n",
}


def sent_with(name: str, body: Any) -> dict[str, Any]:
    """What a request carries: the body as JSON, or its spreadsheet as a form that is the same each time."""
    if name not in SHEETS:
        return {"json": body}
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="rows.csv"\r\n\r\n'
    return {
        "content": f"{head}{SHEETS[name]}\r\n--b--\r\n".encode(),
        "headers": {"Content-Type": "multipart/form-data; boundary=b"},
    }


#: The standing a tenant must have before a step of its life.
STANDINGS = {"activate": "pending", "suspend": "active", "reactivate": "inactive", "archive": "inactive"}


def filled(template: Any, names: dict[str, str]) -> Any:
    """The template with the things' ids put in."""
    if isinstance(template, dict):
        return {key: filled(value, names) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, names) for value in template]
    if isinstance(template, str) and template.startswith("{"):
        return names[template[1:-1]]
    return template


async def made_for(owner: Signed) -> dict[str, str]:
    """A space that carries a category and a tag, and others that it does not carry."""

    async def make(path: str, body: dict[str, Any], name: str = "id") -> str:
        response = await owner.post(f"/api/v1/secure/{path}", json=body)
        assert response.is_success, response.text
        return str(response.json()["data"][name])

    space = await make("spaces/", {"name": "Carrier"})
    linked, free = [await make("taxonomy/categories/", {"key": key, "name": key}) for key in ("on", "off")]
    await owner.post(f"/api/v1/secure/spaces/{space}/categories", json={"category_id": linked})
    mark = uuid4().hex[:12]
    return {
        "owner": owner.user_id,
        "email": owner.email,
        "refresh": owner.answer["refreshToken"],
        "new_domain": f"{mark}.example.org",
        "new_email": f"{mark}@example.org",
        "space": space,
        "linked_category": linked,
        "free_category": free,
        "linked_tag": await make(f"spaces/{space}/tags", {"tag_name": "on"}, "tag_id"),
        "tag": await make("taxonomy/tags/curated", {"tag_name": "off"}),
    }
