"""Names of any script in Latin letters too, as published tables write them, so that either spelling finds them."""

import re
import unicodedata
from collections.abc import Iterator

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "д": "d", "е": "e", "з": "z", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "ц": "ts", "ч": "ch", "ш": "sh",
}  # fmt: skip
# Ukraine: resolution 55 of the Cabinet of Ministers (2010), also used by the UN.
_UKRAINIAN = {
    **_CYRILLIC, "г": "h", "ґ": "g", "є": "ie", "ж": "zh", "и": "y", "і": "i", "ї": "i", "й": "i", "х": "kh",
    "щ": "shch", "ь": "", "ю": "iu", "я": "ia", "ё": "io", "ы": "y", "э": "e", "ъ": "",
}  # fmt: skip
_FIRST = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
# Russian and its neighbours: BGN/PCGN 1947, without its marks.
_RUSSIAN = {**_UKRAINIAN, "г": "g", "є": "ye", "и": "i", "й": "y", "ю": "yu", "я": "ya", "ё": "e"}
# Serbian and Macedonian: Gaj's Latin and its Macedonian counterpart, without their marks.
_SERBIAN = {
    **_RUSSIAN, "ђ": "dj", "ж": "z", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "х": "h", "ц": "c", "ч": "c", "џ": "dz",
    "ш": "s", "ѓ": "g", "ќ": "k", "ѕ": "dz",
}  # fmt: skip
_CYRILLIC_TABLES = [str.maketrans(table) for table in (_UKRAINIAN, _RUSSIAN, _SERBIAN)]
# Greek: ELOT 743, which is ISO 843.
_GREEK = str.maketrans(
    {
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
        "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch",
        "ψ": "ps", "ω": "o",
    }
)  # fmt: skip
_GREEK_PAIRS = [("ου", "ou"), ("γγ", "ng"), ("γξ", "nx"), ("γχ", "nch"), ("ντ", "nt")]
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def in_latin(text: str) -> Iterator[str]:
    """`text` with its Cyrillic or Greek written in Latin letters, and ä, ö, ü, å, ø as two letters; lower case."""
    text = unicodedata.normalize("NFC", text.casefold())
    if re.search("[\u0400-\u04ff]", text):
        first = re.sub(r"\b[єїйюя]", lambda found: _FIRST[found[0]], text.replace("зг", "zgh"))
        yield from dict.fromkeys([first.translate(_CYRILLIC_TABLES[0]), *map(text.translate, _CYRILLIC_TABLES[1:])])
    if re.search("[\u0370-\u03ff\u1f00-\u1fff]", text):
        yield _from_greek(text)
    if (two := text.translate(_UMLAUTS)) != text:
        yield two


def _from_greek(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    plain = re.sub(r"\bμπ", "b", plain)
    for pair, latin in _GREEK_PAIRS:
        plain = plain.replace(pair, latin)
    plain = re.sub(r"([αεη])υ", lambda found: found[1] + _after_vowel(plain, found.end()), plain)
    return plain.translate(_GREEK)


def _after_vowel(text: str, end: int) -> str:
    """αυ, ευ and ηυ end in f before a voiceless letter and at the end of a word, else in v."""
    return "f" if end == len(text) or text[end] in "θκξπστφχψ -" else "v"
