"""The words of the demo: a small company's help desk for its own web platform. All names are made up."""

from __future__ import annotations

from random import Random

RESPONDERS = ("mira-ops", "jonas-web", "ayla-infra", "teo-billing", "sofia-edge", "ravi-desk")
TEAMS = {
    "team/network": ("ayla-infra", "sofia-edge"),
    "team/frontend": ("jonas-web", "mira-ops"),
    "team/billing": ("teo-billing", "ravi-desk"),
    "team/platform": ("mira-ops", "ayla-infra", "ravi-desk"),
}
CUSTOMERS = {
    "customer/harbour-foods": ("hf-it-desk", "hf-warehouse", "hf-accounts"),
    "customer/lumen-bikes": ("lumen-webshop", "lumen-store-3"),
    "customer/kestrel-travel": ("kestrel-ops", "kestrel-bookings", "kestrel-finance"),
    "customer/orchard-clinic": ("orchard-frontdesk", "orchard-admin"),
    "customer/tallow-print": ("tallow-prepress", "tallow-office"),
}
WALK_INS = ("quiet-otter", "seventh-floor", "norden-lab", "b-side", "plainfield", "copperline")
HELPER_BOT = "acme-helper[bot]"

_SUBJECTS = {
    "team/network": (
        "VPN drops every {n} minutes from the {site} office",
        "DNS look-ups for {host} fail now and then",
        "Packet loss between {site} and the data centre since {hour}:00",
        "Cannot reach {host} over IPv6",
        "Wi-Fi on floor {n} of {site} keeps asking for the password",
        "TLS certificate of {host} expires in {n} days",
        "Firewall blocks the new printer range in {site}",
        "{host} answers on port 443 but not on 8443",
        "Uploads to {host} stall at {pct} %",
        "Load balancer sends {pct} % of the traffic to one node",
    ),
    "team/frontend": (
        "Checkout button does nothing in {browser}",
        "Search page shows {n} results twice",
        "Date picker starts the week on Sunday in {site}",
        "Profile picture is cut off in {browser}",
        "Login form loses the e-mail address after a wrong password",
        "Export dialog closes by itself in {browser}",
        "Dark mode: text unreadable on the {page} page",
        "{page} page needs {n} seconds on a phone",
        "Keyboard focus is lost after saving the {page} form",
        "Translation missing on the {page} page",
        "Table on the {page} page cannot be sorted by date",
    ),
    "team/billing": (
        "Invoice {invoice} shows the wrong VAT rate",
        "Card payment refused although the bank agreed ({invoice})",
        "Credit note for {invoice} has not arrived",
        "Two reminders for the paid invoice {invoice}",
        "Need the {month} invoices as CSV",
        "Rounding differs by one cent on {invoice}",
        "Change of billing address is not taken over for {invoice}",
        "Order number missing on {invoice}",
        "Monthly statement for {month} is empty",
    ),
    "team/platform": (
        "Nightly export to the warehouse stuck at {pct} %",
        "API answers 500 for orders with more than {n} lines",
        "Webhook from the shop arrives {n} times",
        "Import of the price list stops at row {row}",
        "Background jobs are {n} minutes behind",
        "Password reset mail takes {n} minutes",
        "Backup report for {month} missing",
        "User cannot be deleted: still owns {n} documents",
        "Report {page} runs into the time limit",
        "Sandbox is still on last month's release",
        "Search index misses orders of {month}",
        "Rate limit of the API reached with {n} calls",
    ),
}
_URGENT = (
    ("team/platform", "Shop is down: every page answers 502"),
    ("team/network", "Nobody in {site} can reach the order system"),
    ("team/billing", "All card payments are refused since {hour}:00"),
    ("team/platform", "Login broken for everybody after the update"),
    ("team/network", "Branch {site} is offline, tills do not work"),
    ("team/frontend", "Checkout shows an empty page in every browser"),
    ("team/platform", "Orders are accepted but not saved"),
    ("team/billing", "Invoices go out to the wrong customers"),
    ("team/platform", "Database server of the shop is out of disk space"),
    ("team/network", "Phone lines of {site} are dead"),
    ("team/frontend", "Prices show as 0.00 in the shop"),
    ("team/platform", "Warehouse scanners get time-outs on every booking"),
)
_OPENINGS = (
    "This started {when}. {who} noticed first; it happens every time we try.",
    "We see this since {when}. Nothing was changed on our side.",
    "It worked last week. {who} can show it on a call if that helps.",
    "Not urgent for one person, but {n} colleagues have the same by now.",
    "Steps: open it, wait a moment, try again. The second attempt sometimes works.",
    "Screenshots are available. We have a workaround, but it costs us about {n} minutes a day.",
)
_URGENT_OPENINGS = (
    "Work has stopped for about {n} people. Please call us if you need anything.",
    "This began a few minutes ago and everybody is affected.",
    "Customers are calling. We need a first answer as soon as possible.",
)
FIRST_REPLIES = (
    "Thanks for the report. I can reproduce it and am looking into the cause.",
    "Thank you, I have taken this over. First look at the logs now.",
    "Confirmed on our side. I will come back with news today.",
    "Thanks. This looks related to last night's change; checking that first.",
    "I see it in the monitoring as well. Working on it.",
)
QUESTIONS = (
    "Could you tell us the exact time of the last failure and the account you used?",
    "Does it also happen in a private window? A screenshot of the whole page would help.",
    "Which version is shown at the bottom of the page?",
    "Can you send the reference number from the error message, please?",
)
UPDATES = (
    "Short update: the cause is found, the mend is in test.",
    "A first correction is live. Please keep an eye on it.",
    "We have asked the supplier and will write again when they answer.",
    "Still on it. The workaround from above stays valid until tomorrow.",
)
REQUESTER_REPLIES = (
    "It happened again just now, same message.",
    "Here is what you asked for: it was at a quarter past, with the shared account.",
    "Yes, in a private window too. Screenshot is in the mail.",
    "Better since this morning, but not gone.",
    "Any news on this?",
    "Thanks, we will test it right away.",
)
CLOSINGS = (
    "The correction is live. Closing this; just write here if it comes back.",
    "Done, and confirmed by a second test. Thanks for your patience.",
    "Fixed with today's release.",
)
DECLINED = "This works as intended; the handbook has a page about it. Closing, but happy to explain on a call."
DUPLICATE = "We follow this up in the other report and will keep you posted there."
REOPENINGS = (
    "Unfortunately it is back, exactly as before.",
    "This is not solved for us, we still see it at one site.",
)
BOT_WELCOME = "Thanks for writing! A colleague will look at this. You will be told here."
PULL_REQUESTS = (
    "Raise the time limit of the export job",
    "Show the reference number on the error page",
    "Update the certificates of the staging hosts",
    "Retry the payment call once",
    "Sort the order table by date",
    "Remove the old login form",
    "Cache the price list for ten minutes",
    "Tidy the billing address form",
    "Add a health check to the import worker",
    "Write the handbook page about exports",
)

_SLOTS = {
    "site": ("Hamburg", "Leeds", "Lyon", "Turin", "Ghent", "Malmö"),
    "host": ("shop.acme.example", "api.acme.example", "files.acme.example", "mail.acme.example", "vpn.acme.example"),
    "browser": ("Firefox", "Safari", "Chrome on Android", "Edge", "the tablet app"),
    "page": ("orders", "profile", "returns", "stock", "delivery", "contacts", "summary"),
    "month": ("January", "March", "April", "June", "August", "September", "November"),
    "when": ("this morning", "yesterday afternoon", "Monday", "the last update"),
    "who": ("Our front desk", "The night shift", "A customer", "Our accountant", "The store manager"),
}


def subject(rng: Random, team: str) -> str:
    """Make up a subject for a team."""
    return _filled(rng, rng.choice(_SUBJECTS[team]))


def opening(rng: Random) -> str:
    """Make up the text under a subject."""
    return _filled(rng, rng.choice(_OPENINGS))


def urgent(rng: Random, position: int) -> tuple[str, str, str]:
    """Team, subject and text of an emergency; positions next to each other differ."""
    team, text = _URGENT[position % len(_URGENT)]
    return team, _filled(rng, text), _filled(rng, rng.choice(_URGENT_OPENINGS))


def _filled(rng: Random, text: str) -> str:
    chosen = {name: rng.choice(values) for name, values in _SLOTS.items()}
    return text.format(
        n=rng.randint(2, 40),
        hour=f"{rng.randint(6, 19):02}",
        pct=rng.randint(12, 98),
        row=rng.randint(200, 9_900),
        invoice=f"R-{rng.randint(20_000, 29_999)}",
        **chosen,
    )
