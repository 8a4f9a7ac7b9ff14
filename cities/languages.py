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
