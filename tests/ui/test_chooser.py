"""The Kernels page's pictures: uploads good and bad, the camera, the board, and whose they are."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.pictures import files, images
from convlab.pictures.board import Board
from convlab.ui.words import escaped
from tests.corpus import PictureFile, corpus
from tests.pages.test_kernels import PAGE, assert_is_pytorchs, controls, run_script, set_to
from tests.ui.driver import lab, open_page, received, send, troubles

CAT = images.working(images.load(corpus()["rgb.png"].data), 32, grey=True)


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    return app.file_uploader(key="chooser.upload").set_value((name, data, "image/png")).run()


@pytest.fixture(scope="module")
def uploading() -> AppTest:
    """One session that is given file after file."""
    return open_page(PAGE, picture="upload", size=32, colour="rgb")


@pytest.mark.parametrize("name", [name for name, file in corpus().items() if file.ok])
def test_a_picture_is_taken(name: str, uploading: AppTest) -> None:
    file: PictureFile = corpus()[name]
    upload(uploading, name, file.data)
    assert torch.equal(
        assert_is_pytorchs(uploading).pixels, images.working(images.load(file.data), 32, grey=False)
    )
    assert not uploading.info


@pytest.mark.parametrize("name", [name for name, file in corpus().items() if not file.ok])
def test_anything_else_gets_a_sentence_and_the_last_picture_stays(name: str, uploading: AppTest) -> None:
    upload(uploading, "good.png", corpus()["rgb.png"].data)
    before = lab(uploading).pixels
    upload(uploading, name, corpus()[name].data)
    (sentence,) = troubles(uploading)
    assert 30 < len(sentence) < 200
    assert sentence.endswith("\\.")
    assert "Something went wrong" not in sentence
    assert torch.equal(lab(uploading).pixels, before)


def test_too_large_a_file_names_the_limit() -> None:
    app = open_page(PAGE, picture="upload")
    upload(app, "large.png", bytes(images.MAX_UPLOAD_MB * 1_000_000 + 1))
    (sentence,) = troubles(app)
    assert "limit is 40 MB" in sentence


@pytest.mark.parametrize(
    "name", ["![x](http://evil.example/x.png)", "<img src=x onerror=alert(1)>.png", "$x$:tada:**b**.png"]
)
def test_a_files_name_is_not_repeated(name: str) -> None:
    app = open_page(PAGE, picture="upload")
    upload(app, name, b"no picture")
    assert not any(name in element.value for element in (*app.error, *app.info, *app.markdown, *app.caption))


def test_an_upload_outlives_its_widget() -> None:
    app = open_page(PAGE, picture="upload", size=32)
    upload(app, "cat.png", corpus()["rgb.png"].data)
    assert torch.equal(lab(app).pixels, CAT)
    set_to(app, "picture", "photo:brick")
    assert not torch.equal(lab(app).pixels, CAT)
    set_to(app, "picture", "upload")
    assert torch.equal(assert_is_pytorchs(app).pixels, CAT)
    set_to(app, "size", 16)
    assert assert_is_pytorchs(app).pixels.shape == (1, 16, 16)


def test_the_code_reads_the_upload_from_a_file(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(PAGE, picture="upload", size=32, experiment="code")
    upload(app, "cat.png", corpus()["rgb.png"].data)
    monkeypatch.chdir(str(tmp_path))
    with open("my_picture.png", "wb") as file:
        file.write(corpus()["rgb.png"].data)
    assert torch.equal(run_script(app.code[0].value)["output"], lab(app).output)


@pytest.mark.parametrize("own", ["upload", "camera"])
def test_a_link_to_someone_elses_picture_shows_the_cat_and_says_so(own: str) -> None:
    theirs, mine = open_page(PAGE, picture="upload"), open_page(PAGE, picture=own)
    upload(theirs, "x.png", corpus()["rgb.png"].data)
    mine.run()
    (notice,) = mine.info
    assert "Photo: Cat" in notice.value
    assert torch.equal(assert_is_pytorchs(mine).pixels, lab(open_page(PAGE, size=128)).pixels)
    assert "chooser.upload.file" not in mine.session_state
    assert mine.query_params == {"picture": own}


def test_what_was_done_to_a_picture_is_said_below_it(uploading: AppTest) -> None:
    upload(uploading, "good.png", corpus()["rgb.png"].data)
    assert not [caption for caption in uploading.caption if "file" in caption.value]
    for name in ("grey_float.tif", "animated.gif"):
        upload(uploading, name, corpus()[name].data)
        (remark,) = files.read(corpus()[name].data).remarks
        assert escaped(str(remark)) in [caption.value for caption in uploading.caption]


def test_the_camera_gives_a_picture() -> None:
    app = open_page(PAGE, picture="camera", size=32)
    app.camera_input(key="chooser.camera").set_value(
        ("photo.jpg", corpus()["rgb.jpg"].data, "image/jpeg")
    ).run()
    wanted = images.working(images.load(corpus()["rgb.jpg"].data), 32, grey=True)
    assert torch.equal(assert_is_pytorchs(app).pixels, wanted)


def test_a_stroke_on_the_board_reaches_pytorch() -> None:
    app = open_page(PAGE, picture="board")
    assert torch.equal(assert_is_pytorchs(app).pixels, torch.zeros(1, 16, 16, dtype=torch.uint8))
    painted = Board(16, bytes(n % 16 for n in range(256)))
    send(app, "chooser.board", "paint", f"1 {painted.encode()}")
    shown = assert_is_pytorchs(app)
    assert torch.equal(shown.pixels, images.working(painted.pixels(), 16, grey=True))
    assert app.query_params == {"picture": "board", "board": painted.encode()}
    assert received(app, "chooser.board")[1]["cells"] == painted.cells


NO_STROKES: list[object] = [None, 7, [], {}, "", "1", "1 ", ["1 16-" + "1" * 256]]
NO_STROKES += [f"1 16-{'g' * 256}", f"1 17-{'0' * 289}", f"1 32-{'1' * 1024}", "1 " + "x" * 100_000]
NO_STROKES += [f"{number} 16-{'1' * 256}" for number in ("x", "-1", "9" * 20, "٣", "1\n")]


@pytest.mark.parametrize("payload", NO_STROKES, ids=lambda payload: ascii(payload)[:24])
def test_a_stroke_that_is_none_changes_nothing(payload: object) -> None:
    app = open_page(PAGE, picture="board")
    before = controls(app)
    send(app, "chooser.board", "paint", payload)
    assert_is_pytorchs(app)
    assert controls(app) == before


def test_a_board_of_another_size_keeps_its_middle() -> None:
    app = open_page(PAGE, picture="board", board="8-" + "f" * 64)
    app.selectbox(key="chooser.board_size").set_value(12).run()
    shown = assert_is_pytorchs(app)
    assert shown.pixels.shape == (1, 12, 12)
    assert int((shown.pixels > 0).sum()) == 64
    assert controls(app).board.startswith("12-")
