"""What is named on the command line: files, data sets, options of a design."""

from pathlib import Path

import pytest

from convlab.commands.inputs import options, prepared, read
from convlab.datasets import shelf
from convlab.errors import UserError
from convlab.networks import checkpoints


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("n_blocks=100", 100),
        ("kernel_size=1x3", (1, 3)),
        ("shared=true", True),
        ("shared=false", False),
        ("shared=True", True),
        ("shared=False", False),
        ("shared=TRUE", True),
        ("shared=None", None),
        ("kernel_size=(1, 3)", (1, 3)),
        ("kernel_size=[1,3]", (1, 3)),
        ("activation=relu", "relu"),
        ("activation=", ""),
        ("n_blocks=12345", "12345"),
        ("kernel_size=1x3x5", "1x3x5"),
        ("n_blocks=\u0661", "\u0661"),
        ("activation=a=b", "a=b"),
        ("n_blocks=\uff11\uff10", 10),
        ("kernel_size=1\u00d73", (1, 3)),
        ("n_blocks=1,5", "1,5"),
    ],
)
def test_an_option_is_a_number_two_numbers_yes_or_no_or_text(text: str, wanted: object) -> None:
    assert options([text]) == {text.split("=")[0]: wanted}


def test_the_last_of_two_counts_and_what_has_no_value_is_refused() -> None:
    assert options(["a=1", "b=2", "a=3"]) == {"a": 3, "b": 2}
    with pytest.raises(UserError, match="'x' is no option: write NAME=VALUE"):
        options(["a=1", "x"])


def test_a_file_is_read_no_further_than_a_checkpoint_may_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w.pt").write_bytes(bytes(range(100)))
    assert read(tmp_path / "w.pt") == bytes(range(100))
    monkeypatch.setattr(checkpoints, "MAX_BYTES", 10)
    assert read(tmp_path / "w.pt") == bytes(range(11))
    for path, reason in (
        (tmp_path, "Is a directory"),
        (tmp_path / "no", "No such file"),
        (Path("a\0b"), "no such file"),
    ):
        with pytest.raises(UserError, match=f"cannot be read: {reason}"):
            read(path)


def test_a_data_set_is_prepared_and_its_key_is_given_and_how_it_was_read_is_told(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = prepared(str(pictures))
    assert shelf.get(key).classes == ("bright", "dark")
    assert prepared(key) == key
    told = "No folders make a split: 20% of each class validate, drawn with seed 0.\n"
    assert capsys.readouterr() == ("", told * 2)  # a bar only where it takes long
    (pictures / "dark" / "twin.png").write_bytes((pictures / "bright" / "0.png").read_bytes())
    (pictures / "dark" / "notes.txt").write_text("?")
    prepared(str(pictures))
    said = capsys.readouterr().err
    assert "are damaged were left out: 1 (dark/notes.txt)." in said
    assert "more than one class, pixel for pixel: 1, such as under 'bright' and 'dark'" in said
    assert prepared("sketches") == "sketches"
    assert capsys.readouterr() == ("", "")
    with pytest.raises(UserError, match="no data set and no file 'nowhere'"):
        prepared("nowhere")
