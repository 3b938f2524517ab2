"""Memory that a peak took is given back, and nobody is asked for the little that comes and goes."""

from __future__ import annotations

from addons.giving_back import MUCH, GivingBack


def test_what_a_peak_took_is_given_back() -> None:
    resident, in_use, asked = [100 << 20], [100 << 20], []

    def trim() -> None:
        asked.append(resident[0])
        resident[0] = in_use[0]

    giving = GivingBack(lambda: resident[0], trim)
    resident[0] += MUCH // 2
    giving.look()
    assert not asked

    resident[0] = in_use[0] = 400 << 20
    giving.look()
    in_use[0] = 90 << 20
    giving.look()
    assert asked == [400 << 20] * 2
    assert resident[0] == 90 << 20
    giving.look()
    assert len(asked) == 2
