r"""
Undo what makes a text read otherwise to a program than to a person.

Characters that are not seen part a word, letters of another alphabet pass for Latin ones, and a
mark turns round what stands behind it: "n\u200bot", or "not" with a Cyrillic o, is no "not" then.
"""

import re

# What no font shows: joiners, fillers, marks of direction, variation selectors, tags. And lines and
# shapes around letters, though not those that strike them out.
_TAGS = "\U000e0000-\U000e007f"
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\u0305\u0332\u0333\u033f\u20dd-\u20e0\u20e2-\u20e4"
)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Small capitals, and white letters on black, which Unicode does not hold to be the same letters.
_STYLED = {
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True)),
    **{chr(0x1F150 + at): letter for at, letter in enumerate(_ALPHABET)},
    **{chr(0x1F170 + at): letter for at, letter in enumerate(_ALPHABET)},
}
_STYLED_LETTER = re.compile(f"[{''.join(_STYLED)}]")
_UNSEEN_ONES = re.compile(f"[{_UNSEEN}{_TAGS}]+")
# What is written from right to left is in order; a right-to-left override turns round the rest.
_TURNED = re.compile("\u202e([^\u202c\n\u0590-\u08ff]*)\u202c?")
_TWINS = dict(
    zip(
        "асеорхуіјѕһԁԛԝкАВЕКМНОРСТХУІЈЅοαρνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aceopxyijshdqwkABEKMHOPCTXYIJSoapvABEZHIKMNOPTYX",
        strict=True,
    )
)
# A word of Latin letters and of their twins alone: of "kWh" and "μm" it is not the case.
_TWIN = f"[{''.join(_TWINS)}]"
_MIXED = re.compile(
    rf"(?<![^\W\d_])(?:[A-Za-z]+{_TWIN}|{_TWIN}+[A-Za-z])(?:[A-Za-z]|{_TWIN})*(?![^\W\d_])"
)
# Characters beyond the first 65,536 would make the search five times as long.
_FIRST_HIGH = "\U00010000"
_ANY = re.compile(f"[{_UNSEEN}{''.join(c for c in (*_STYLED, *_TWINS) if c < _FIRST_HIGH)}]")


def undisguise(text: str) -> str:
    r"""
    Write *text* as a reader sees it; its length may change.

    >>> undisguise("did n\u200bot")
    'did not'
    """
    if not _ANY.search(text) and max(text, default="") < _FIRST_HIGH:
        return text
    text = _STYLED_LETTER.sub(lambda letter: _STYLED[letter[0]], text)
    text = _UNSEEN_ONES.sub("", _TURNED.sub(lambda turned: turned[1][::-1], text))
    return _MIXED.sub(lambda word: "".join(_TWINS.get(one, one) for one in word[0]), text)
