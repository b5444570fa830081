"""Fills an empty development database with a demo: python scripts/seed.py. Run twice, it changes nothing."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.caller import Caller, Origin, Tools
from app.core.clock import new_uuid7, system_clock
from app.core.config import Settings
from app.core.demo_accounts import DEMO_PASSWORD, DEMO_PEOPLE
from app.core.errors import AccountExists
from app.core.identity import Identity
from app.core.permissions import Role
from app.core.tenants import Tenants
from app.db.connection import Database
from app.db.constraints import product_error
from app.db.errors import UniqueViolation
from app.kernel import audit
from app.kernel.access import AccessDenied
from app.kernel.start_up import explained
from app.parts import Parts
from app.services import members, org_members, org_workspaces, organizations, workspaces
from scripts._seed_approvals import weeks_of_approvals
from scripts._seed_okrs import weeks_of_okrs
from scripts._seed_weeks import Moment, begin_cards, tell_in_order, weeks_of_cards
from scripts._seed_work import tell_of_an_engine, tell_of_events
from scripts._story import Story, StoryClock

OWNER_EMAIL = next(iter(DEMO_PEOPLE))
_ORIGIN = Origin("seed-demo", None)
_FOUNDERS = Tenants("SEED", None)
_WEEKS, _ENGINE_DAYS_AGO = 12, 14.0
"""How long ago the story begins, and its largest part."""


def run(settings: Settings) -> str:
    """Seeds the demo through the services, as their users would; answers a line about what it did."""
    return asyncio.run(fill(settings))


async def fill(settings: Settings) -> str:
    """As ``run``, in a loop that is there already."""
    if settings.is_production or not settings.is_local_issuer_enabled:
        return "No demo: it needs the local issuer and is not for production."
    clock = StoryClock(system_clock(), weeks=_WEEKS)
    parts = Parts(settings, Tools(clock, new_uuid7, os.urandom))
    async with parts.opened():
        return await _seed(parts, clock)


async def _seed(parts: Parts, clock: StoryClock) -> str:
    settings, database, tools, sign_in = parts.settings, parts.database, parts.tools, parts.sign_in
    assert sign_in is not None  # noqa: S101 - there is a local issuer
    callers: dict[str, Caller] = {}
    for email, name in DEMO_PEOPLE.items():
        try:
            made = await sign_in.register(_ORIGIN, email=email, password=DEMO_PASSWORD, display_name=name)
        except UniqueViolation as error:
            if isinstance(product_error(error), AccountExists):
                return "The demo is there already."
            raise
        now = tools.clock()
        identity = Identity(
            made.user_id, settings.local_issuer_tenant, "local", name, email, now, now + timedelta(hours=1)
        )
        callers[email] = Caller(identity, None, _ORIGIN)
    people = {email.partition("@")[0]: caller for email, caller in callers.items()}
    engineers = list(callers.values())[:5]
    engine = await _tell_a_story(database, tools, engineers)
    story = Story(database, tools, clock)
    cards = await begin_cards(story, people, engine)
    moments: list[Moment] = [
        *weeks_of_cards(story, people, engine, cards),
        *weeks_of_approvals(story, people, parts.approvables, engine),
        *weeks_of_okrs(story, parts, people, engine, cards),
        (_ENGINE_DAYS_AGO, partial(tell_of_an_engine, story, people, engine)),
    ]
    await tell_in_order(story, moments)
    clock.go_to(days_ago=0)
    await _tell_of_organizations(database, tools, engineers)
    events = await story.tell(
        people["admin"],
        workspaces.create_workspace,
        founders=_FOUNDERS,
        name="EventFlow",
        description="Events, and whoever works at them.",
    )
    await tell_of_events(story, people, events.id)
    return f"Seeded a demo: {len(callers)} people, 2 organisations, 8 workspaces, 2 projects and 2 events."


async def _tell_a_story(database: Database, tools: Tools, people: list[Caller]) -> str:
    """Everyday changes, so that lists and audit trails have something to show. Answers where most of them
    are."""
    ada, grace, alan, katherine, edsger = people

    async def create(owner: Caller, name: str, description: str) -> str:
        async with database.write() as tx:
            made = await workspaces.create_workspace(
                tx, owner, tools, founders=_FOUNDERS, name=name, description=description
            )
        return made.id

    async def add(owner: Caller, workspace_id: str, person: Caller, role: Role) -> str:
        async with database.write() as tx:
            member = await members.add_member(
                tx,
                owner,
                tools,
                workspace_id=workspace_id,
                user_id=person.user_id,
                role=role,
                display_name=None,
            )
        return member.id

    engine = await create(ada, "Analytical Engine", "Everything about the machine and its notes.")
    await add(ada, engine, grace, Role.ADMIN)
    alans = await add(ada, engine, alan, Role.VIEWER)
    await add(grace, engine, katherine, Role.MEMBER)
    async with database.write() as tx:
        await members.change_member(tx, grace, tools, workspace_id=engine, member_id=alans, role=Role.MEMBER)
    try:
        async with database.write() as tx:
            await workspaces.delete_workspace(tx, alan, tools, workspace_id=engine)
    except AccessDenied as denied:
        async with database.write() as tx:
            await audit.record_denial(tx, alan, tools, denied.denial)

    flight = await create(katherine, "Flight paths", "Trajectories, checked by hand.")
    await add(katherine, flight, ada, Role.OWNER)
    edsgers = await add(katherine, flight, edsger, Role.VIEWER)
    async with database.write() as tx:
        await workspaces.update_workspace(
            tx,
            ada,
            tools,
            workspace_id=flight,
            name="Orbital mechanics",
            description="Checked by hand, twice.",
        )
    async with database.write() as tx:
        await members.remove_member(tx, katherine, tools, workspace_id=flight, member_id=edsgers)

    compilers = await create(grace, "Compilers", "From symbols to machine code.")
    await add(grace, compilers, ada, Role.VIEWER)
    await add(grace, compilers, edsger, Role.ADMIN)

    old = await create(ada, "Old notes", "Kept for restoring.")
    async with database.write() as tx:
        await workspaces.delete_workspace(tx, ada, tools, workspace_id=old)
    return engine


async def _tell_of_organizations(database: Database, tools: Tools, people: list[Caller]) -> None:
    """Two, with an ADMIN each and somebody who is in both; one has had a workspace suspended."""
    ada, grace, alan, katherine, edsger = people

    async def found(owner: Caller, name: str, slug: str, admin: Caller, *others: Caller) -> str:
        async with database.write() as tx:
            made = await organizations.create_organization(
                tx, owner, tools, founders=_FOUNDERS, name=name, slug=slug
            )
        for person in (admin, *others):
            async with database.write() as tx:
                await org_members.add_org_member(
                    tx, owner, tools, org_id=made.id, user_id=person.user_id, display_name=None
                )
        async with database.write() as tx:
            await org_members.grant_org_admin(tx, owner, tools, org_id=made.id, user_id=admin.user_id)
        return made.id

    async def create(owner: Caller, org_id: str, name: str, description: str) -> str:
        async with database.write() as tx:
            made = await org_workspaces.create_org_workspace(
                tx, owner, tools, founders=_FOUNDERS, org_id=org_id, name=name, description=description
            )
        return made.id

    engines = await found(ada, "Analytical Engines Ltd", "analytical-engines", grace, alan)
    await create(grace, engines, "Punched cards", "Programs, and who wove them.")
    looms = await create(ada, engines, "Jacquard looms", "Until the patent is settled, nothing changes here.")
    async with database.write() as tx:
        await org_workspaces.change_org_workspace_status(
            tx, grace, tools, org_id=engines, workspace_id=looms, step="suspend", reason="Patent dispute"
        )
    research = await found(katherine, "Flight Research", "flight-research", edsger, ada)
    await create(katherine, research, "Wind tunnel", "Models, measured and compared.")


if __name__ == "__main__":
    with explained():
        print(run(Settings()))
