"""Folders that are called like a part of the data: for training, validation, testing, or without classes."""

import re
import unicodedata
from typing import Literal

Role = Literal["train", "val", "test", "unlabelled"]

_WORDS: dict[Role, tuple[str, ...]] = {
    "train": (
        *("train", "training", "trn", "learn", "entrenamiento", "entrainement", "apprentissage"),
        *("addestramento", "treino", "训练", "訓練", "学習", "학습", "훈련"),
        *("обучение", "обучающая", "тренировка", "تدريب"),
    ),
    "val": (
        *("val", "valid", "validate", "validation", "vali", "dev", "devel", "development", "validierung"),
        *("validación", "validacion", "validazione", "validação", "验证", "驗證", "検証", "검증"),
        *("валидация", "проверка"),
    ),
    "test": (
        *("test", "testing", "tst", "eval", "evaluation", "evaluate", "holdout", "prueba", "pruebas"),
        *("teste", "测试", "測試", "テスト", "시험", "테스트", "тест", "тестовая", "اختبار"),
    ),
    "unlabelled": ("pred", "predict", "prediction", "predictions", "unlabeled", "unlabelled"),
}
_ROLE_OF = {unicodedata.normalize("NFKC", word): role for role, words in _WORDS.items() for word in words}

# train_set, Trainingsdaten, seg_train, images-test, test1, 80-train, val2017, 测试集
_AROUND = (
    "sets?|data(?:set)?|imgs?|images?|pictures|photos|pics|folder|split|seg|s?daten|集|数据|セット|データ"
)
_ANY = "|".join(sorted(_ROLE_OF, key=len, reverse=True))
_NAMED = re.compile(rf"[\d\W_]*(?:(?:{_AROUND})[\W_]*)?({_ANY})[\W_]*(?:{_AROUND})?[\W_\d]*")
_LONGEST = 100  # what is longer is no class either
_ENGLISH = "training|train|validation|valid|val|testing|test"
_BEFORE = re.compile(rf"({_ENGLISH})[\W_]*(.+)", re.IGNORECASE | re.DOTALL)
_BEHIND = re.compile(rf"(.+?)[\W_]+({_ENGLISH})", re.IGNORECASE | re.DOTALL)


def role(name: str) -> Role | None:
    """The part of the data that a folder's name says it is, in any case of letters."""
    match = _NAMED.fullmatch(unicodedata.normalize("NFKC", name[:_LONGEST]).casefold().strip())
    return _ROLE_OF[match[1]] if match else None


def glued(name: str) -> tuple[Role, str] | None:
    """The role and the rest of names such as trainA, train_cat and cat-test."""
    name = name[:_LONGEST]
    if role(name):
        return None
    if match := _BEFORE.fullmatch(name):
        return _ROLE_OF[match[1].casefold()], match[2]
    if match := _BEHIND.fullmatch(name):
        return _ROLE_OF[match[2].casefold()], match[1]
    return None
