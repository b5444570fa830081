"""The accounts that ``scripts/seed.py`` makes: for development, because everybody can read their password."""

DEMO_PASSWORD = "demo-password-1843"  # noqa: S105 - of demo accounts, which production closes
DEMO_PEOPLE = {
    "ada@example.com": "Ada Lovelace",
    "grace@example.com": "Grace Hopper",
    "alan@example.com": "Alan Turing",
    "katherine@example.com": "Katherine Johnson",
    "edsger@example.com": "Edsger Dijkstra",
}
"""Their names by their addresses; the first one owns most."""
