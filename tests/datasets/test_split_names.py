"""How people call the parts of their data."""

import pytest

from convlab.datasets.split_names import role

NAMES = {
    "train": "train Train TRAINING training train_set train-set trainset seg_train images_train train2017",
    "val": "val VALID valid validation val_set Validation-Set validset dev val2017 seg_val",
    "test": "test Testing TEST test_set seg_test test1 testdata evaluation eval test_images",
    "unlabelled": "seg_pred pred unlabeled Unlabelled prediction",
    None: "car trains trainer raining testament valley device devil testing-ground contest latest b 1 _",
}


@pytest.mark.parametrize("wanted", NAMES)
def test_the_usual_names(wanted: str | None) -> None:
    names = NAMES[wanted].split()
    assert {name: role(name) for name in names} == dict.fromkeys(names, wanted)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        *(
            (name, "train")
            for name in ("train data", " Train set ", "Trainingsdaten", "训练集", "訓練データ")
        ),
        *((name, "test") for name in ("Testdaten", "测试集", "テストデータ", "prueba")),
        *((name, "val") for name in ("Validierungsdaten", "验证集", "validacio\u0301n")),
    ],
)
def test_names_of_several_words_and_other_languages(name: str, wanted: str) -> None:
    assert role(name) == wanted
