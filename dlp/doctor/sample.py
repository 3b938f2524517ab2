"""What the live test sends: patients nobody is, and an ordinary file."""

from __future__ import annotations

__all__ = ["LEAK_PATH", "METHOD", "ORDINARY_PATH", "TYPE", "leak", "ordinary"]

# How they are sent.
METHOD, TYPE = "POST", "text/csv"
LEAK_PATH, ORDINARY_PATH = "/dlp-doctor/leak", "/dlp-doctor/orders"

PEOPLE = 20
_NAMES = ("Martin", "Bernard", "Petit", "Durand", "Moreau")
_FIRST = ("Camille", "Louis", "Emma", "Hugo", "Manon", "Jules", "Zoé")


def leak() -> bytes:
    """Return a table of patients with valid identifiers that were never given to anyone.

    They are born abroad in a country whose code (999) INSEE does not use.
    """
    rows = ["nom;prenom;date_naissance;nir;commentaire"]
    for number in range(PEOPLE):
        year, month = 40 + number * 2, number % 12 + 1
        bare = f"{number % 2 + 1}{year:02}{month:02}99999{number + 1:03}"
        key = 97 - int(bare) % 97
        name, first = _NAMES[number % len(_NAMES)], _FIRST[number % len(_FIRST)]
        rows.append(f"{name};{first};{number + 1:02}/{month:02}/19{year};{bare}{key:02};diabète")
    return "\n".join(rows).encode()


def ordinary() -> bytes:
    """Return an ordinary table."""
    rows = ["article;quantite;prix"]
    rows += [f"Gants taille {number % 4 + 6};{number * 10};{number}.50" for number in range(1, 60)]
    return "\n".join(rows).encode()
