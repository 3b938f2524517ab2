"""Bytes that are compressed, encrypted or an image all over: they hold no words."""

from __future__ import annotations

__all__ = ["is_opaque"]

# Bytes that text in any encoding is made of, in UTF-16 too, and those that it has next to none of.
_CLASSES = bytes(
    ord("t") if byte in {0, 9, 10, 13, *range(32, 127)} else ord("c") if byte < 128 else ord("o")
    for byte in range(256)
)
# Text of a few lines inside of something else shows in a piece of this size.
_PIECE = 2 * 1024
# Of enough bytes, every seventh tells as much: no record of a binary format has so odd a width.
_STRIDE = 7
_ENOUGH = 8 * 1024


def is_opaque(block: bytes) -> bool:
    """Tell whether `block` is compressed, encrypted or an image all over, so that it has no words.

    Chance makes a tenth of such bytes controls, and a little more than a third of them text.
    """
    stride = _STRIDE if len(block) >= _ENOUGH else 1
    sample = block[::stride].translate(_CLASSES)
    size = _PIECE // stride
    for at in range(0, len(sample), size):
        # Of the few bytes at the end alone, chance would often make a text.
        start = max(0, min(at, len(sample) - size))
        end = min(start + size, len(sample))
        if sample.count(b"t", start, end) * 2 > end - start:
            return False
    return sample.count(b"c") >= len(sample) // 25
