"""Names in a zip by their real encoding: many programs write that of their system and do not say which."""

import contextlib
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator

_SAYS_UTF8 = 0x800  # the flag of a name in UTF-8
_UNICODE_PATH = 0x7075  # the extra field with a name in UTF-8, beside another one

# What systems write without a word, the more widespread first; its first is what the standard says.
_WESTERN = (
    *("cp437", "cp850", "cp1252", "cp852", "cp866", "cp1251", "cp1250", "cp857", "cp1254", "cp737", "cp1253"),
    *("cp862", "cp1255", "cp720", "cp1256", "cp874"),
)
_EASTERN = ("gbk", "cp932", "cp949", "big5")
_RARE = ("euc_jp", "koi8_r")
_FALLBACK = "cp437"  # knows all 256 bytes

# A code point of two bytes is a common one where its first byte lies here: level 1 of each standard.
_COMMON = {
    "gbk": (("gb2312", 0xB0, 0xD7),),
    "cp932": (("cp932", 0x88, 0x97), ("cp932", 0x82, 0x83)),  # kanji; kana
    "cp949": (("euc_kr", 0xB0, 0xC8),),
    "big5": (("big5", 0xA4, 0xC6),),
    "euc_jp": (("euc_jp", 0xB0, 0xCF), ("euc_jp", 0xA4, 0xA5)),
}
# The syllables that most Korean text is made of: of 2,350 in the standard, any other text would hit few.
_SYLLABLES = (
    "가각간갈감갑값강갖같개거건걸검것게겠격견결경계고곡곤골공과관광괴교구국군굴권귀규균귤그극근글금급기긴"
    "길김까깨꼬꽃꾸꿈끝끼나난날남낮낳내너널네녀년념노녹논높놓누눈뉴느는늘능니다단달담답당대더덕덩데도독돈"
    "돌동두둑드든들등디따딸때또뜻라락란랑래략량러런레려력련렬령로록론료루류륙률르른를름리린림립링마막만많"
    "말맛망매맥머먼먹메면명모목몸못몽무문물미민밀바박밖반받발밤밥방배백버번벌범법베벽변별병보복본볼봄부북"
    "분불붕비빛빨뻐뼈뿌사산살삼상새색생서석선설섬성세소속손솔송수숙순술숨쉬스슬습승시식신실심십싸쌀써쓰씨"
    "아악안알암압앞애야약양어억언얼엄업없에여역연열염영예오옥온올와완왕외요욕용우운울움원월위유육윤율융으"
    "은을음응의이익인일임입있잎자작잔잘잠장재쟁저적전절점접정제조족존종좋주죽준줄중즉즐증지직진질집짜쪽차"
    "착찬참창채책처천철첨청체초촌총최추축춘출충취측층치친침카칼커코콩쿠크큰키타탁탈탐탑태터텔토통퇴투튤트"
    "특틀티파판팔패퍼페편평포폭표푸품풍프피필하학한할함합항해햄행향허험혁현혈협형혜호혼홍화확환활황회획효"
    "후훈휴흐흑희히"
)
_CLEAR = 0.12  # by how much the best reading is above the next where there is no doubt
_CLEAR_OF_FEW = 0.3  # where all these names together have three letters at most, none of ASCII
_FINAL = "ςךםןףץ"  # of Greek and Hebrew words
_RARER = 0.1
_UTF8_FIRST = 0.35  # two bytes are hardly ever UTF-8 by chance, several pairs still less
_UTF8_LONG = 2.0  # three or four bytes never
_LOOKED_AT, _CHARACTERS = 500, 10_000  # names of folders and files, where there are more
_RUN = re.compile(r"[^\x00-\x7f]+")


def decoded(members: Iterable[zipfile.ZipInfo]) -> tuple[tuple[str, ...], str, bool]:
    """Names, the one encoding of those that do not tell theirs, or "", and whether that is certain."""
    told = [_told(member) for member in members]
    raw = sorted({name for name in told if isinstance(name, bytes)})
    encoding, certain = encoding_of(raw)
    names = tuple(name if isinstance(name, str) else name.decode(encoding) for name in told)
    return names, "" if all(map(bytes.isascii, raw)) else encoding, certain


def _told(member: zipfile.ZipInfo) -> str | bytes:
    """A name as text where the archive says that it is UTF-8, else its bytes."""
    if member.flag_bits & _SAYS_UTF8:
        return member.orig_filename
    raw = member.orig_filename.encode(_FALLBACK)  # zipfile has decoded it so
    return _unicode_path(member.extra, raw) or raw


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in UTF-8 that stands beside another one, if it still belongs to it."""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        body, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _UNICODE_PATH and body[:1] == b"\1" and body[1:5] == struct.pack("<I", zlib.crc32(raw)):
            try:
                return body[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def encoding_of(names: list[bytes]) -> tuple[str, bool]:
    """The encoding that reads all of these best, and whether no other text comes near it."""
    parts = sorted({part for name in names for part in name.split(b"/") if not part.isascii()})
    if not parts:
        return _FALLBACK, True
    read: dict[str, tuple[float, str]] = {}  # text -> how likely it is, the encoding
    for encoding in ("utf-8", *_EASTERN, *_WESTERN, *_RARE):
        try:
            texts = [part.decode(encoding) for part in parts]
        except UnicodeDecodeError:
            continue
        text = "\n".join(texts[:: -(-len(texts) // _LOOKED_AT)])[:_CHARACTERS]
        if text not in read:
            read[text] = _likelihood(text, encoding), encoding
    ranked = sorted(read.values(), key=lambda one: -one[0])
    (best, encoding), others = ranked[0], ranked[1:]
    letters = {char for part in parts for char in part.decode(encoding) if char.isalpha()}
    few = len(letters) <= 3 and not any(map(str.isascii, letters))
    clear = _CLEAR_OF_FEW if few else _CLEAR
    rivals = any(best - likely < clear or other == "utf-8" for likely, other in others)
    return encoding, not rivals


def _likelihood(text: str, encoding: str) -> float:
    """How much names read in an encoding look like words, about 0..1; of UTF-8 a little more."""
    weights = [weight for run in _RUN.finditer(text) for weight in _weights(text, run, encoding)]
    likely = sum(weights) / len(weights)
    if encoding in _RARE:
        likely -= _RARER
    if encoding == "utf-8":
        pairs = len(set(text) - set(map(chr, range(128))))
        likely += _UTF8_LONG if max(text) > "\u07ff" else _UTF8_FIRST * min(pairs, 3)
    return likely


def _weights(text: str, run: re.Match[str], encoding: str) -> Iterator[float]:
    """How likely each character of a run without ASCII is, in the letters around it."""
    begin, end = run.span()
    beside_latin = text[begin - 1 : begin].isalpha() or text[end : end + 1].isalpha()
    for place in range(begin, end):
        char, before = text[place], text[place - 1 : place]
        script = re.split("[ -]", unicodedata.name(char, "?"))[0]
        mark = unicodedata.category(char) in ("Mn", "Mc")
        if (mark and not before.isalpha()) or not (mark or char.isalpha()):
            yield 0.3 if script in ("FULLWIDTH", "IDEOGRAPHIC") else -0.5
        elif script == "LATIN":
            plain = any(one.isascii() and one.isalpha() for one in (before, text[place + 1 : place + 2]))
            yield -0.5 if _sudden(before, char) else 0.8 if plain else 0.2
        elif script in ("HALFWIDTH", "MODIFIER"):
            yield 0.0
        elif beside_latin or _sudden(before, char):
            yield -0.5
        elif script == "HANGUL":
            yield 1.2 if char in _SYLLABLES else 0.5
        elif script in ("CJK", "HIRAGANA", "KATAKANA"):
            yield 1.0 if _common(char, encoding) else 0.1
        elif char in _FINAL:
            yield -0.5 if text[place + 1 : place + 2].isalpha() else 0.9
        else:
            yield 0.6 if char.isupper() and before.isalpha() else 0.9


def _sudden(before: str, char: str) -> bool:
    """A capital behind a small letter: hardly in a word."""
    return before.islower() and char.isupper()


def _common(char: str, encoding: str) -> bool:
    for codec, first, last in _COMMON.get(encoding, ()):
        with contextlib.suppress(UnicodeEncodeError):
            if first <= char.encode(codec)[0] <= last:
                return True
    return encoding not in _COMMON
