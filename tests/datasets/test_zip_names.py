"""Names in a zip, in the encodings that systems write without a word."""

import io
import itertools
import random
import struct
import zipfile
import zlib
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlab.datasets import zip_names
from tests.datasets.files import zipped, zipped_raw

WORDS = {
    "gbk": "小鸟 飞机 汽车 苹果 香蕉 橘子 房子 晴天 雨天 玫瑰 郁金香 老虎 狮子 大象 蝴蝶 蜜蜂 照片 图片",
    "big5": "小鳥 飛機 汽車 蘋果 香蕉 橘子 房子 晴天 雨天 玫瑰 鬱金香 老虎 獅子 大象 蝴蝶 蜜蜂 照片 圖片",
    "cp932": "鳥 飛行機 猫 犬 自動車 花 馬 魚 りんご バナナ みかん 緑 写真 画像 表示 表紙 ソファ 能面",
    "cp949": "새 비행기 고양이 자동차 꽃 나무 물고기 사과 바나나 사람 남자 여자 호랑이 코끼리 나비 사진",
    "cp866": "птица самолёт кошка собака машина цветок дерево лошадь корова овца рыба Яблоко человек",
    "cp1251": "птица самолёт кошка собака машина цветок дерево лошадь корова овца рыба Яблоко человек",
    "cp437": "Vögel Flügel Bäume Äpfel Häuser Mäuse Löwe Käfer Füße été forêt élan niño pájaro",
    "cp850": "Vögel Flügel Bäume Äpfel Häuser Mäuse Löwe Käfer Füße été forêt élan niño pájaro maçã",
}  # fmt: skip


class Names(NamedTuple):
    of: tuple[str, ...]
    guessed: str = ""
    certain: bool = True


def read(file: io.BytesIO) -> Names:
    with zipfile.ZipFile(file) as archive:
        return Names(*zip_names.decoded(archive.infolist()))


def raw(names: list[str], encoding: str) -> io.BytesIO:
    return zipped_raw({name.encode(encoding): b"x" for name in names})


@pytest.mark.parametrize("encoding", WORDS)
@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), count=st.integers(2, 4))
def test_words_are_read_as_they_were_written_or_a_doubt_is_told(encoding: str, seed: int, count: int) -> None:
    words = random.Random(seed).sample(WORDS[encoding].split(), count)
    names = [f"{word}/{word}_{place}.png" for place, word in enumerate(words)]
    found = read(raw(names, encoding))
    assert found.of == tuple(names) or not found.certain


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp852", "żółw gęś łabędź koń pająk słoń ćma kůň želva pták žirafa čáp"),
        ("cp1250", "żółw gęś łabędź koń pająk słoń ćma kůň želva pták žirafa čáp"),
        ("cp857", "kuş köpek çiçek ağaç balık ördek tavşan eşek yılan güneş"),
        ("cp737", "πουλί σκύλος γάτα αεροπλάνο λουλούδι δέντρο ψάρι άλογο"),
        ("cp862", "ציפור כלב חתול מטוס פרח עץ דג סוס"),
        ("cp1256", "طائر كلب قطة طائرة زهرة شجرة سمك حصان"),
        ("cp874", "นก หมา แมว เครื่องบิน ดอกไม้ ต้นไม้ ปลา ม้า"),
        ("koi8-r", "птица самолёт кошка собака машина цветок"),
    ],
)
def test_rarer_encodings_are_not_misread_without_a_doubt(encoding: str, words: str) -> None:
    for one, other in itertools.pairwise(words.split()):
        names = [f"{word}/0.png" for word in (one, other)]
        if not all(map(str.isascii, names)):
            found = read(raw(names, encoding))
            assert found.of == tuple(names) or not found.certain, found


@pytest.mark.parametrize("encoding", WORDS)
def test_all_words_together_leave_no_wrong_one(encoding: str) -> None:
    names = [f"{word}/0.png" for word in WORDS[encoding].split()]
    assert read(raw(names, encoding)).of == tuple(names)


@given(words=st.lists(st.text(min_size=1), min_size=1, max_size=5, unique=True))
def test_what_says_that_it_is_utf8_is_taken_at_its_word(words: list[str]) -> None:
    names = [
        f"ä{word.replace(chr(0), '').encode(errors='ignore').decode()}/{n}" for n, word in enumerate(words)
    ]
    assert read(zipped(dict.fromkeys(names, b"x"))) == Names(tuple(names))


@pytest.mark.parametrize("words", [*WORDS.values(), "Ελληνικά γάτα σκύλος", "हिन्दी बिल्ली कुत्ता", "😀 🐈"])
def test_utf8_without_a_word_is_seen(words: str) -> None:
    names = [f"{word}/0.png" for word in words.split()]
    assert read(raw(names, "utf-8")) == Names(tuple(names), "utf-8")


def test_plain_names_need_no_guess() -> None:
    assert read(raw(["bird/0.png", "plane/0.png"], "ascii")) == Names(("bird/0.png", "plane/0.png"))


def test_a_second_byte_of_0x5c_is_no_backslash() -> None:
    assert b"\\" in "表示".encode("cp932")
    assert read(raw(["表示/0.png", "表紙/0.png"], "cp932")).of == ("表示/0.png", "表紙/0.png")


def test_one_archive_has_one_encoding() -> None:
    """What nothing reads as a whole is shown byte by byte, and the doubt is told."""
    members = {"小鸟/0.png".encode("gbk"): b"x", "Vögel/0.png".encode(): b"x", b"\xff\x80\xfe/0": b"x"}
    found = read(zipped_raw(members))
    assert len(set(found.of)) == 3
    assert (found.guessed, found.certain) != ("gbk", True)


def unicode_path(name: str, of: bytes) -> bytes:
    body = b"\1" + struct.pack("<I", zlib.crc32(of)) + name.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


@pytest.mark.parametrize(
    ("of", "wanted"),
    [(b"V?gel/0.png", "Vögel/0.png"), (b"another/0.png", "V?gel/0.png")],
    ids=["fits", "not"],
)
def test_a_name_in_utf8_beside_another_one_counts_while_it_belongs_to_it(of: bytes, wanted: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        member = zipfile.ZipInfo("V?gel/0.png")
        member.extra = struct.pack("<HHI", 0x5455, 4, 0) + unicode_path("Vögel/0.png", of)
        archive.writestr(member, b"x")
    assert read(file).of == (wanted,)


@given(extra=st.binary(max_size=40))
def test_any_extra_field_is_passed_over(extra: bytes) -> None:
    assert zip_names._unicode_path(extra, b"a") is None or b"\x75\x70" in extra


@given(names=st.lists(st.binary(min_size=1).filter(lambda name: b"\0" not in name), min_size=1, unique=True))
def test_any_bytes_give_names(names: list[bytes]) -> None:
    assert len(read(zipped_raw(dict.fromkeys(names, b"x"))).of) == len(names)


def test_very_many_names_take_no_long_look() -> None:
    names = [f"{number:05}Vögel/ä{number}.png".encode("cp850") for number in range(20_000)]
    encoding, certain = zip_names.encoding_of(names)
    assert ("Vögel".encode(encoding), certain) == ("Vögel".encode("cp850"), True)


def test_very_long_names_take_no_long_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, likelihood = [], zip_names._likelihood

    def watched(text: str, encoding: str) -> float:
        looked.append(len(text))
        return likelihood(text, encoding)

    monkeypatch.setattr(zip_names, "_likelihood", watched)
    names = [f"{number:03}Vögel".encode("cp850") + b"\x84" * 3000 for number in range(100)]
    zip_names.encoding_of(names)
    assert 0 < max(looked) <= 10_000


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", "ä ö ü é ñ å ç ß æ"),
        ("utf-8", "Hund Katze_ü Katze_ä été âne ö Ça"),
        ("gbk", "猫 狗 马 牛 水 龙 飞 帽"),
        ("cp949", "개 새 말 책 천 채 체 배"),
        ("big5", "貓 狗 馬 牛 鼠 樹"),
    ],
)
def test_of_names_of_a_letter_each_the_doubt_is_told(encoding: str, words: str) -> None:
    for count in (1, 2, 3):
        for names in itertools.combinations(words.split(), count):
            guessed, certain = zip_names.encoding_of([name.encode(encoding) for name in names])
            right = all(name.encode(encoding).decode(guessed) == name for name in names)
            assert right or not certain, (names, guessed)


def test_several_letters_that_are_utf8_are_no_korean() -> None:
    assert zip_names.encoding_of([name.encode() for name in ("Katze ü", "ä", "Bär", "ö")]) == ("utf-8", True)
