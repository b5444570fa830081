"""The accounts that ``scripts/seed.py`` makes: for development, because everybody can read their password."""

DEMO_PASSWORD = "demo-password-1843"  # noqa: S105 - of demo accounts, which production closes
_ENGINEERS = {
    "ada@example.com": "Ada Lovelace",
    "grace@example.com": "Grace Hopper",
    "alan@example.com": "Alan Turing",
    "katherine@example.com": "Katherine Johnson",
    "edsger@example.com": "Edsger Dijkstra",
}
"""The first one owns most."""
EVENTFLOW_TYPES = {
    "admin@eventflow.com": "SystemAdmin",
    "manager1@eventflow.com": "EventManager",
    "vendor1@eventflow.com": "Vendor",
    "customer1@eventflow.com": "Customer",
    "coordinator1@eventflow.com": "Coordinator",
}
"""The people of EventFlow's sample, and their user types."""
DEMO_PEOPLE = _ENGINEERS | {
    "admin@eventflow.com": "Amina Okafor",
    "manager1@eventflow.com": "Marta Kowalska",
    "vendor1@eventflow.com": "Victor Lindqvist",
    "customer1@eventflow.com": "Carla Mendes",
    "coordinator1@eventflow.com": "Caleb Osei",
}
"""Their names by their addresses."""
