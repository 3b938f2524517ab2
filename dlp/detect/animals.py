"""Animals: whose records look like patients' and are nobody's, as veterinarians keep them."""

from __future__ import annotations

import re

from dlp.detect.fold import fold

__all__ = ["is_animal"]

# What those are called that people bring to be treated, folded: fr, en, de, es, it, nl, pt.
# Bacteria are species, too, of what patients have, and so is `Homo sapiens`.
_ANIMALS = frozenset(
    "animal chien chienne chiot chat chatte chaton canin canine felin feline cheval jument poney"
    " equin equine ane vache bovin bovine taureau veau mouton brebis ovin ovine chevre caprin"
    " caprine porc porcin porcine cochon lapin furet hamster cobaye octodon souris tortue oiseau"
    " perroquet perruche canari poule coq serpent iguane gecko nac"
    " dog puppy bitch cat kitten horse mare pony donkey cow bull calf cattle sheep goat pig rabbit"
    " ferret hedgehog gerbil mouse rat turtle tortoise bird parrot parakeet budgie chicken snake"
    " hund hundin hunde katze kater pferd stute esel kuh rind kalb schaf ziege schwein kaninchen"
    " frettchen meerschweinchen maus schildkrote vogel papagei wellensittich huhn"
    " perro perra gato gata caballo yegua burro vaca toro ternero oveja cabra cerdo conejo huron"
    " raton tortuga pajaro loro gallina"
    " cane cagna gatto gatta cavallo cavalla asino mucca vitello pecora capra maiale coniglio"
    " furetto criceto topo tartaruga uccello pappagallo"
    " hond kat paard koe schaap geit varken konijn cavia vogel"
    " cao cadela gata cavalo egua porco coelho".split()
)
_WORD = re.compile(r"[a-z]+")


def is_animal(text: str) -> bool:
    """Tell whether the name of a species is that of an animal that is brought to be treated."""
    return any(
        word in _ANIMALS or word.removesuffix("s") in _ANIMALS for word in _WORD.findall(fold(text))
    )
