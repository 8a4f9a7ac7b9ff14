"""The languages that officials work in: codes of ISO 639 (BCP 47 for the written standards of Norway), named in the reader's own."""

from common.text import fold, language_name

CODES = [
    "ar", "az", "be", "bg", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fi", "fo", "fr", "ga", "gd",
    "gl", "he", "hr", "hu", "hy", "is", "it", "ja", "ka", "ko", "lb", "lt", "lv", "mk", "mt", "nb", "nl", "nn", "pl", "pt",
    "ro", "ru", "sk", "sl", "sq", "sr", "sv", "tr", "uk", "zgh",
]  # fmt: skip


def named(codes) -> list[tuple[str, str]]:
    """(code, name) of `codes`, by name; a name begins with a capital letter, as in a list."""
    pairs = [(code, name[:1].upper() + name[1:]) for code in codes if (name := language_name(code))]
    return sorted(pairs, key=lambda pair: fold(pair[1]))


# The script of a name by its code points, and the languages of the list that are written in it.
SCRIPTS = [
    ("\u0370", "\u03ff", {"el"}),
    ("\u0400", "\u04ff", {"be", "bg", "mk", "ru", "sr", "uk"}),
    ("\u0530", "\u058f", {"hy"}),
    ("\u0590", "\u05ff", {"he"}),
    ("\u0600", "\u06ff", {"ar"}),
    ("\u10a0", "\u10ff", {"ka"}),
    ("\u2d30", "\u2d7f", {"zgh"}),
    ("\u3040", "\u30ff", {"ja"}),
    ("\u4e00", "\u9fff", {"ja"}),
    ("\uac00", "\ud7af", {"ko"}),
]


def written_in(name: str) -> set[str]:
    """The languages that `name` can be in by its script; none for Latin letters, which all may use."""
    return next((languages for first, last, languages in SCRIPTS if any(first <= c <= last for c in name)), set())
