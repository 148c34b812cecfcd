"""
Classes of characters that have a name. See ``patterns``.
"""

import re

from gossipchat.swim.patterns.tree import WORD, Ranges

DIGITS: Ranges = (("0", "9"),)
SPACE: Ranges = (("\t", "\n"), ("\f", "\r"), (" ", " "))
CLASSES = {"d": DIGITS, "w": WORD, "s": SPACE}
NAMED: dict[str, Ranges] = {
    "alnum": (("0", "9"), ("A", "Z"), ("a", "z")),
    "alpha": (("A", "Z"), ("a", "z")),
    "ascii": (("\0", "\x7f"),),
    "blank": (("\t", "\t"), (" ", " ")),
    "cntrl": (("\0", "\x1f"), ("\x7f", "\x7f")),
    "digit": DIGITS,
    "graph": (("!", "~"),),
    "lower": (("a", "z"),),
    "print": ((" ", "~"),),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
    "space": (("\t", "\r"), (" ", " ")),
    "upper": (("A", "Z"),),
    "word": WORD,
    "xdigit": (("0", "9"), ("A", "F"), ("a", "f")),
}
CATEGORY = re.compile("C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?")
"""Of Unicode's general categories those that Go has, and their initials."""
