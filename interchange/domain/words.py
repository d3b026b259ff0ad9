"""Bytes as words that people can read out over a telephone and compare, in any language of the parties.

Each pair of bytes becomes one word of five letters, consonant and vowel in turn, as Daniel Wilkerson's proquints do
(arXiv:0901.4016): 4 bits a consonant, 2 bits a vowel, 4 + 2 + 4 + 2 + 4.
"""

from __future__ import annotations

from typing import Final

CONSONANTS: Final = "bdfghjklmnprstvz"
VOWELS: Final = "aiou"
_WORD_BYTES = 2


def words(data: bytes) -> tuple[str, ...]:
    """Write bytes as words, in their order.

    Args:
        data: an even number of bytes, such as a digest.

    Returns:
        One word of five lower-case letters for two bytes.
    """
    pairs = [data[start : start + _WORD_BYTES] for start in range(0, len(data), _WORD_BYTES)]
    return tuple(_word(int.from_bytes(pair)) for pair in pairs)


def _word(value: int) -> str:
    return "".join(
        (
            CONSONANTS[value >> 12 & 15],
            VOWELS[value >> 10 & 3],
            CONSONANTS[value >> 6 & 15],
            VOWELS[value >> 4 & 3],
            CONSONANTS[value & 15],
        )
    )
