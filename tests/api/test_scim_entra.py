"""Requests as Entra ID's provisioning sends them, and as other directories do, each with what it is answered: one
list, in order, against one running service. https://learn.microsoft.com/entra/identity/app-provisioning/
use-scim-to-provision-users-and-groups and known-issues of it say how Entra ID's differ from RFC 7644."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.directory import GROUP, PATCH, USER, connect
from tests.harness import Service
from tests.http_client import httpx

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CUSTOM = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User"
OID, OTHER_OID = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
NOBODY = "00000000-0000-7000-8000-000000000000"
ANYTHING = object()


class Step(NamedTuple):
    """A request and its answer. ``{name}`` in a path or text is an id that an earlier step has saved."""

    what: str
    method: str
    path: str
    body: Any
    status: int
    fields: dict[str, Any] = {}  # noqa: RUF012 - never changed
    """By dotted path; None for what is not there."""
    save: str | None = None
    headers: dict[str, str] = {}  # noqa: RUF012


def patched(*operations: Any) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def op(op: str, path: str | None = None, value: Any = None) -> dict[str, Any]:
    return {"op": op} | ({"path": path} if path else {}) | ({"value": value} if value is not None else {})


ADA = {
    "schemas": [USER, ENTERPRISE],
    "externalId": OID,
    "userName": "ada@contoso.local",
    "active": True,
    "displayName": "Ada Lovelace",
    "emails": [{"primary": True, "type": "work", "value": "ada@contoso.local"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"},
    "roles": [],
    ENTERPRISE: {"department": "Engines", "manager": "26118915-6090-4610-87e4-49d8ca9f808d"},
    CUSTOM: {"tag": "701984"},
    "favouriteColour": "teal",
}
MAIL = 'emails[type eq "work"].value'
A, G = "/Users/{ada}", "/Groups/{staff}"

STEPS = (
    # The gallery's test connection: a filter that finds nothing is an empty list.
    Step(
        "test connection",
        "GET",
        '/Users?filter=userName eq "AzureAD_Test@x"',
        None,
        200,
        {"totalResults": 0, "Resources": []},
    ),
    Step(
        "test connection, by id",
        "GET",
        f'/Users?filter=externalId eq "{NOBODY}"',
        None,
        200,
        {"totalResults": 0},
    ),
    Step(
        "test connection, groups",
        "GET",
        '/Groups?excludedAttributes=members&filter=displayName eq "x"',
        None,
        200,
        {"totalResults": 0},
    ),
    Step(
        "what is supported",
        "GET",
        "/ServiceProviderConfig",
        None,
        200,
        {
            "patch.supported": True,
            "bulk.supported": False,
            "etag.supported": True,
            "filter.supported": True,
            "sort.supported": False,
        },
    ),
    Step("schemas", "GET", "/Schemas", None, 200, {"totalResults": 3}),
    Step("one schema", "GET", f"/Schemas/{USER}", None, 200, {"id": USER}),
    Step("types", "GET", "/ResourceTypes", None, 200, {"totalResults": 2}),
    # People.
    Step(
        "a new user, with an address of no public domain",
        "POST",
        "/Users",
        ADA,
        201,
        {
            "active": True,
            "emails.0.value": "ada@contoso.local",
            "externalId": OID,
            "meta.version": 'W/"1"',
            f"{ENTERPRISE}>department": "Engines",
        },
        "ada",
    ),
    Step("the same again", "POST", "/Users", ADA, 409, {"scimType": "uniqueness"}),
    Step(
        "the same name in other letters",
        "POST",
        "/Users",
        ADA | {"userName": "ADA@Contoso.local", "externalId": "x"},
        409,
        {"scimType": "uniqueness"},
    ),
    Step(
        "the same object id in other letters",
        "POST",
        "/Users",
        ADA | {"userName": "other", "externalId": OID.upper()},
        409,
        {"scimType": "uniqueness"},
    ),
    Step(
        "read",
        "GET",
        A,
        None,
        200,
        {
            "userName": "ada@contoso.local",
            "favouriteColour": "teal",
            f"{CUSTOM}>tag": "701984",
            f"{ENTERPRISE}>manager.value": "26118915-6090-4610-87e4-49d8ca9f808d",
        },
    ),
    Step("read what is not there", "GET", f"/Users/{NOBODY}", None, 404, {"status": "404"}),
    Step("read what can be no id", "GET", "/Users/abc", None, 404),
    Step(
        "found by name",
        "GET",
        '/Users?filter=userName eq "ada@contoso.local"',
        None,
        200,
        {"totalResults": 1, "Resources.0.id": "{ada}"},
    ),
    Step(
        "found by name in other letters",
        "GET",
        '/Users?filter=userName Eq "ADA@contoso.LOCAL"',
        None,
        200,
        {"totalResults": 1},
    ),
    Step(
        "found by external id", "GET", f'/Users?filter=externalId eq "{OID}"', None, 200, {"totalResults": 1}
    ),
    Step(
        "an external id has its letters",
        "GET",
        f'/Users?filter=externalId eq "{OID.upper()}"',
        None,
        200,
        {"totalResults": 0},
    ),
    Step("found by id", "GET", '/Users?filter=id eq "{ada}"', None, 200, {"totalResults": 1}),
    Step(
        "found by work address",
        "GET",
        '/Users?filter=emails[type eq "work"].value eq "ada@contoso.local"',
        None,
        200,
        {"totalResults": 1},
    ),
    Step(
        "found by address",
        "GET",
        '/Users?filter=emails.value eq "ADA@contoso.local"',
        None,
        200,
        {"totalResults": 1},
    ),
    Step(
        "not found by home address",
        "GET",
        '/Users?filter=emails[type eq "home"].value eq "ada@contoso.local"',
        None,
        200,
        {"totalResults": 0},
    ),
    Step(
        "found by a path with its URN",
        "GET",
        f'/Users?filter={USER}:userName eq "ada@contoso.local"',
        None,
        200,
        {"totalResults": 1},
    ),
    Step(
        "found by both",
        "GET",
        f'/Users?filter=userName eq "ada@contoso.local" and externalId eq "{OID}"',
        None,
        200,
        {"totalResults": 1},
    ),
    Step(
        "found by no index", "GET", '/Users?filter=name.familyName co "love"', None, 200, {"totalResults": 1}
    ),
    Step(
        "found by a date",
        "GET",
        '/Users?filter=meta.created gt "2020-01-01T00:00:00Z"',
        None,
        200,
        {"totalResults": 1},
    ),
    Step("those who are active", "GET", "/Users?filter=active eq true", None, 200, {"totalResults": 1}),
    Step("those who are not", "GET", "/Users?filter=active eq false", None, 200, {"totalResults": 0}),
    Step(
        "a filter that is none", "GET", "/Users?filter=userName eq", None, 400, {"scimType": "invalidFilter"}
    ),
    Step(
        "by what nobody has", "GET", '/Users?filter=nothing eq "a"', None, 400, {"scimType": "invalidFilter"}
    ),
    Step("sorted", "GET", "/Users?sortBy=userName", None, 501),
    Step(
        "a page",
        "GET",
        "/Users?startIndex=1&count=1",
        None,
        200,
        {"startIndex": 1, "itemsPerPage": 1, "totalResults": 1},
    ),
    Step(
        "beyond the last page",
        "GET",
        "/Users?startIndex=5&count=10",
        None,
        200,
        {"totalResults": 1, "Resources": []},
    ),
    Step("a page of nothing", "GET", "/Users?count=0", None, 200, {"totalResults": 1, "Resources": []}),
    Step(
        "some attributes",
        "GET",
        f"{A}?attributes=userName",
        None,
        200,
        {"userName": "ada@contoso.local", "displayName": None},
    ),
    Step(
        "all but some",
        "GET",
        f"{A}?excludedAttributes=emails",
        None,
        200,
        {"emails": None, "displayName": "Ada Lovelace"},
    ),
    Step(
        "by a search in the body",
        "POST",
        "/Users/.search",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": 'userName sw "ada"',
            "count": 10,
        },
        200,
        {"totalResults": 1},
    ),
    Step(
        "of all types",
        "POST",
        "/.search",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": 'displayName eq "Ada Lovelace"',
        },
        200,
        {"totalResults": 1},
    ),
    # Changes.
    Step("Replace with a capital", "PATCH", A, patched(op("Replace", "displayName", "Ada King")), 204),
    Step("replace without", "PATCH", A, patched(op("replace", "displayName", "Countess")), 204),
    Step(
        "the name is another",
        "GET",
        A,
        None,
        200,
        {"displayName": "Countess", "favouriteColour": "teal", "meta.version": 'W/"3"'},
    ),
    Step("nothing changes nothing", "PATCH", A, patched(op("Replace", "displayName", "Countess")), 204),
    Step(
        "without a path",
        "PATCH",
        A,
        patched(op("Replace", None, {"displayName": "Ada", "name.givenName": "Augusta", "title": "Ms"})),
        204,
    ),
    Step(
        "all three",
        "GET",
        A,
        None,
        200,
        {"displayName": "Ada", "name.givenName": "Augusta", "title": "Ms", "meta.version": 'W/"4"'},
    ),
    Step("a path with a filter", "PATCH", A, patched(op("Replace", MAIL, "ada@corp")), 204),
    Step(
        "found by the new address",
        "GET",
        '/Users?filter=emails.value eq "ada@corp"',
        None,
        200,
        {"totalResults": 1},
    ),
    Step(
        "not by the old",
        "GET",
        '/Users?filter=emails.value eq "ada@contoso.local"',
        None,
        200,
        {"totalResults": 0},
    ),
    Step(
        "a filter in the value",
        "PATCH",
        A,
        patched(op("Add", None, {MAIL: "ada@contoso.local", f"{ENTERPRISE}:department": "Numbers"})),
        204,
    ),
    Step(
        "both",
        "GET",
        A,
        None,
        200,
        {"emails.0.value": "ada@contoso.local", f"{ENTERPRISE}>department": "Numbers"},
    ),
    Step(
        "an address that is not there yet",
        "PATCH",
        A,
        patched(op("Add", 'emails[type eq "home"].value', "a@home.test")),
        204,
    ),
    Step(
        "a phone number likewise",
        "PATCH",
        A,
        patched(op("Add", 'phoneNumbers[type eq "mobile"].value', "+44 20")),
        204,
    ),
    Step(
        "a street likewise",
        "PATCH",
        A,
        patched(op("Replace", 'addresses[type eq "work"].streetAddress', "1 Row")),
        204,
    ),
    Step(
        "they are",
        "GET",
        A,
        None,
        200,
        {
            "emails.1.value": "a@home.test",
            "phoneNumbers.0.type": "mobile",
            "addresses.0.streetAddress": "1 Row",
        },
    ),
    Step("a path with a URN", "PATCH", A, patched(op("Replace", f"{USER}:title", "Countess")), 204),
    Step("a path of an extension", "PATCH", A, patched(op("Add", f"{ENTERPRISE}:employeeNumber", "42")), 204),
    Step(
        "a manager by the bare id", "PATCH", A, patched(op("Replace", f"{ENTERPRISE}:manager", NOBODY)), 204
    ),
    Step(
        "a manager as the RFC has it",
        "PATCH",
        A,
        patched(op("Replace", f"{ENTERPRISE}:manager", {"value": NOBODY, "$ref": f"../Users/{NOBODY}"})),
        204,
    ),
    Step(
        "an unknown extension",
        "PATCH",
        A,
        patched(op("Add", f"{CUSTOM}:tag", "1"), op("Add", f"{CUSTOM}:other", "2")),
        204,
    ),
    Step("an unknown attribute", "PATCH", A, patched(op("Replace", "favouriteColour", "red")), 204),
    Step(
        "they are kept",
        "GET",
        A,
        None,
        200,
        {
            "title": "Countess",
            f"{ENTERPRISE}>employeeNumber": "42",
            f"{ENTERPRISE}>manager.value": NOBODY,
            f"{CUSTOM}>tag": "1",
            f"{CUSTOM}>other": "2",
            "favouriteColour": "red",
        },
    ),
    Step(
        "a role as text of JSON",
        "PATCH",
        A,
        patched(op("Add", "roles", [{"value": '{"id":"1"}', "primary": "True"}])),
        204,
    ),
    Step("Remove with a capital", "PATCH", A, patched(op("Remove", "title")), 204),
    Step("remove what is not there", "PATCH", A, patched(op("remove", "nickName")), 204),
    Step("remove by filter", "PATCH", A, patched(op("Remove", 'emails[type eq "home"]')), 204),
    Step("they are gone", "GET", A, None, 200, {"title": None, "emails.1": None, "roles.0.primary": True}),
    Step(
        "an operation that is none",
        "PATCH",
        A,
        patched(op("Frob", "title", "a")),
        400,
        {"scimType": ANYTHING},
    ),
    Step(
        "a path that is none",
        "PATCH",
        A,
        patched(op("Replace", "title[", "a")),
        400,
        {"scimType": "invalidPath"},
    ),
    Step(
        "a name that is blank",
        "PATCH",
        A,
        patched(op("Replace", "userName", " ")),
        400,
        {"scimType": "invalidValue"},
    ),
    Step(
        "a name with a NUL",
        "PATCH",
        A,
        patched(op("Replace", "displayName", "a\x00b")),
        400,
        {"scimType": "invalidValue"},
    ),
    Step("a body that is no message", "PATCH", A, {"active": False}, 400),
    Step("of nobody", "PATCH", f"/Users/{NOBODY}", patched(op("Replace", "active", False)), 404),
    # Conditions.
    Step(
        "a stale change", "PATCH", A, patched(op("Replace", "title", "a")), 412, headers={"If-Match": 'W/"1"'}
    ),
    Step("a stale deletion", "DELETE", A, None, 412, headers={"If-Match": 'W/"1"'}),
    Step("whatever it is", "PATCH", A, patched(op("Replace", "title", "b")), 204, headers={"If-Match": "*"}),
    # Soft delete, and back: booleans as text.
    Step("stopped, as text", "PATCH", A, patched(op("Replace", "active", "False")), 204),
    Step("is not active", "GET", A, None, 200, {"active": False}),
    Step("found among them", "GET", "/Users?filter=active eq false", None, 200, {"totalResults": 1}),
    Step("put back, as text", "PATCH", A, patched(op("Replace", None, {"active": "True"})), 204),
    Step("is active", "GET", A, None, 200, {"active": True}),
    Step(
        "stopped, as a list of one",
        "PATCH",
        A,
        patched({"op": "Replace", "path": "active", "value": False}),
        204,
    ),
    Step("put back", "PATCH", A, patched(op("add", "active", True)), 204),
    # Groups.
    Step(
        "a group without members",
        "POST",
        "/Groups",
        {
            "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": OTHER_OID,
            "displayName": "Staff",
            "meta": {"resourceType": "Group"},
        },
        201,
        {"displayName": "Staff", "externalId": OTHER_OID},
        "staff",
    ),
    Step(
        "found by name",
        "GET",
        '/Groups?excludedAttributes=members&filter=displayName eq "STAFF"',
        None,
        200,
        {"totalResults": 1, "Resources.0.members": None},
    ),
    Step("one without members", "GET", f"{G}?excludedAttributes=members", None, 200, {"members": None}),
    Step("another name", "PATCH", G, patched(op("Replace", "displayName", "Everybody")), 204),
    Step(
        "another name without a path",
        "PATCH",
        G,
        patched(op("Replace", None, {"id": "{staff}", "displayName": "Staff"})),
        204,
    ),
    Step("a member", "PATCH", G, patched(op("Add", "members", [{"$ref": None, "value": "{ada}"}])), 204),
    Step("the same member", "PATCH", G, patched(op("Add", "members", [{"value": "{ada}"}])), 204),
    Step(
        "once in it",
        "GET",
        G,
        None,
        200,
        {"members.0.value": "{ada}", "members.1": None, "displayName": "Staff"},
    ),
    Step(
        "groups of a member", "GET", '/Groups?filter=members.value eq "{ada}"', None, 200, {"totalResults": 1}
    ),
    Step(
        "whether in a group",
        "GET",
        '/Groups?excludedAttributes=members&filter=id eq "{staff}" and members eq "{ada}"',
        None,
        200,
        {"totalResults": ANYTHING},
    ),
    Step(
        "the member says so", "GET", A, None, 200, {"groups.0.value": "{staff}", "groups.0.display": "Staff"}
    ),
    Step(
        "a stranger as a member",
        "PATCH",
        G,
        patched(op("Add", "members", [{"value": NOBODY}])),
        400,
        {"scimType": "invalidValue"},
    ),
    Step(
        "what can be no id as a member",
        "PATCH",
        G,
        patched(op("Add", "members", [{"value": "abc"}])),
        400,
        {"scimType": "invalidValue"},
    ),
    Step(
        "taken out by value",
        "PATCH",
        G,
        patched(op("Remove", "members", [{"$ref": None, "value": "{ada}"}])),
        204,
    ),
    Step("taken out again", "PATCH", G, patched(op("Remove", "members", [{"value": "{ada}"}])), 204),
    Step("is empty", "GET", G, None, 200, {"members": []}),
    Step(
        "a member without a path",
        "PATCH",
        G,
        patched(op("add", None, {"members": [{"value": "{ada}"}], "displayName": "Crew"})),
        204,
    ),
    Step("taken out by a filter", "PATCH", G, patched(op("remove", 'members[value eq "{ada}"]')), 204),
    Step("in it by a URN", "PATCH", G, patched(op("add", f"{GROUP}:members", [{"value": "{ada}"}])), 204),
    Step("all members replaced", "PATCH", G, patched(op("replace", "members", [{"value": "{ada}"}])), 204),
    Step("nobody in place of all", "PATCH", G, patched(op("replace", "members", [])), 204),
    Step("all taken out", "PATCH", G, patched(op("remove", "members")), 204),
    Step(
        "put whole",
        "PUT",
        G,
        {"schemas": [GROUP], "displayName": "Staff", "members": [{"value": "{ada}"}]},
        200,
        {"displayName": "Staff", "members.0.value": "{ada}", "externalId": None},
    ),
    Step(
        "a group in a group",
        "PATCH",
        G,
        patched(op("add", "members", [{"value": "{staff}", "type": "Group"}])),
        400,
    ),
    Step("deleted", "DELETE", G, None, 204),
    Step("deleted again", "DELETE", G, None, 404),
    # A whole replacement, and again after deletion.
    Step(
        "put whole",
        "PUT",
        A,
        {
            "schemas": [USER],
            "userName": "ada@contoso.local",
            "externalId": OID,
            "displayName": "Ada",
            "active": True,
        },
        200,
        {"displayName": "Ada", "emails": None, "favouriteColour": None},
    ),
    Step("deleted", "DELETE", A, None, 204),
    Step("is not there", "GET", A, None, 404),
    Step("found no more", "GET", f'/Users?filter=externalId eq "{OID}"', None, 200, {"totalResults": 0}),
    Step("made again", "POST", "/Users", ADA, 201, {"externalId": OID}, "ada"),
    Step("is active again", "GET", A, None, 200, {"active": True}),
    Step(
        "made inactive",
        "POST",
        "/Users",
        {"schemas": [USER], "userName": "bob", "externalId": OTHER_OID, "active": "false"},
        201,
        {"active": False},
    ),
    Step(
        "of no known way",
        "POST",
        "/Bulk",
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": []},
        501,
    ),
    Step(
        "of another media type", "POST", "/Users", "userName=a", 415, headers={"Content-Type": "text/plain"}
    ),
    Step(
        "no JSON",
        "POST",
        "/Users",
        "{",
        400,
        {"scimType": "invalidSyntax"},
        headers={"Content-Type": "application/scim+json"},
    ),
    Step("nothing", "GET", "/Nothing", None, 404),
    Step("a method that is none", "DELETE", "/Users", None, 405),
)


async def test_each_request_is_answered_as_entra_expects(service: Service) -> None:
    directory = await connect(await service.person("ada"))
    saved: dict[str, str] = {}
    assert len(STEPS) >= 60
    for number, step in enumerate(STEPS):
        where = f"{number}: {step.what}"
        path, headers = filled(step.path, saved), dict(step.headers)
        if isinstance(step.body, str):
            sent = {"Authorization": f"Bearer {directory.secret}", **headers}
            response = await service.client.request(
                step.method, f"{directory.root}{path}", headers=sent, content=step.body
            )
        else:
            response = await directory.request(step.method, path, filled(step.body, saved), headers=headers)
        assert response.status_code == step.status, (where, response.text)
        for name, value in step.fields.items():
            found = field(response, name)
            assert found is not None if value is ANYTHING else found == filled(value, saved), (
                where,
                name,
                found,
            )
        if step.save:
            saved[step.save] = response.json()["id"]


def filled(value: Any, saved: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(each, saved) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, saved) for each in value]
    if isinstance(value, str):
        for name, each in saved.items():
            value = value.replace(f"{{{name}}}", each)
    return value


def field(response: httpx.Response, name: str) -> Any:
    """``a.0.b``; the name of an extension, which has dots, ends with ``>``."""
    value = response.json()
    extension, _, rest = name.rpartition(">")
    if extension:
        value = value.get(extension, {})
    for part in rest.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value
