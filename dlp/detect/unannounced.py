"""People that no title and no name of a field announces: in lists with birth dates or remarks, in
mentions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.detect.cases import named_in, people_of_cases
from dlp.detect.fold import readable
from dlp.detect.logins import may_hold_passwords
from dlp.detect.mentions import BELOW_OR_BESIDE, mentioned
from dlp.detect.remarked import AILMENTS, may_be_remarked, people_remarked
from dlp.detect.rounds import ROUNDS, people_of_rounds
from dlp.detect.told import is_many, is_sign, lists_things, tells_signs
from dlp.detect.unnamed import people_unnamed
from dlp.detect.untitled import BIRTHS, CODES, DATES, GROUPS, medical_records, persons_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.detect.lexicon import Lexicon
    from dlp.detect.meanings import Meaning
    from dlp.detect.persons import Record

__all__ = ["unannounced"]


def unannounced(
    window: bytes,
    low: int,
    high: int,
    lexicon: Lexicon,
    header: tuple[str, ...],
    hear: Callable[[], frozenset[str]],
    silent: Callable[[], bool],
    meaning: Callable[[str], Meaning | None],
    told: int,
    topical: int,
    *,
    keyed: bool,
    first: bool,
) -> list[Record]:
    """Return the records of people that stand between `low` and `high` of `window`.

    Args:
        window: Text with what stands before and after.
        low: Where it begins.
        high: Where it ends.
        lexicon: The health terms.
        header: Titles of the table that the text is, if any.
        hear: Says what the words there say that the text is.
        silent: Tells whether they say nothing of that.
        meaning: Says what a name of a field means.
        told: People there that a table's titles have told of.
        topical: Those of whom they have told what they speak or write of.
        keyed: Whether names of fields say where names stand, and so passwords.
        first: Whether nobody was told of before, who may stand here a second time, in pieces.
    """
    things = len(header) if lists_things(header) else 0
    block = window[low:high]
    ailing = AILMENTS.search(window, low, high) is not None
    listed = is_many(BIRTHS, block) or (ailing and is_many(DATES, block))
    remarks = ailing and not things and may_be_remarked(block)
    mentions = not things and any(
        one.search(window, low, high) for one in (BELOW_OR_BESIDE, ROUNDS)
    )
    # What people write to each other holds no zeros.
    spoken = b"\0" not in block
    speaks = spoken and not (things or told or topical)
    sole = not (listed or remarks or mentions)
    # To look for names takes half as long as to look for terms.
    people = named_in(window, low, high) if sole and speaks else None
    dated = first and speaks and (DATES.search(block) is not None or b"date(" in block)
    if sole and people is None and not dated and silent():
        return []
    # Where nothing says anything medical, nobody's health is told, unless by a portal's passwords.
    coded = listed and any(is_many(one, block) for one in (CODES, GROUPS))
    medical = coded or lexicon.speaks(readable(window))
    if not (medical or (listed and not keyed and may_hold_passwords(block))):
        return []
    around = (window, low, high, lexicon, hear())
    found = persons_in(window, low, high, things) if listed else None
    named = (list(mentioned(*around)) or people_of_rounds(*around)) if mentions else []
    if len(named) == 1 and named[0].applies:
        # One by himself, whose patients have what he writes of.
        return []
    if speaks and medical and not named:
        people = people or named_in(window, low, high)
        named = people_of_cases(people, lexicon, around[-1]) if people else []
    remarked = people_remarked(*around) if remarks else []
    # A table that ended here has told of as many, or objects but for the last, which goes on; both
    # of these may tell of the same people.
    enough = told + topical + 1
    named = named if len(named) > topical else []
    remarked = remarked if len(remarked) > enough else []
    # What is said of no more matters only to what others say.
    idle = found is None or (1 < enough >= len(found[1]) and not (named or remarked))
    records = [] if found is None or idle else medical_records(found, lexicon, around[-1])
    if records is None:
        return []
    several = (records if len(records) > enough else [], named, remarked)
    best = max(several, key=lambda some: sum(one.weight() for one in some))
    if dated and not best:
        best = people_unnamed(*around, meaning)
    if best and tells_signs(readable(window[low:high])):
        return [one for one in best if not all(is_sign(t.folded) for t in one.terms if not t.weak)]
    return best
