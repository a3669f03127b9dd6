"""Words apart from code: what is shown comes from gettext or a Markdown file."""

import ast
import re

import pytest

from tests import sources

# Marks a label, or fetches prose: what stands inside has its place in a catalogue or a Markdown file.
TRANSLATED = {"_", "N_", "gettext", "ngettext"}
LOGS = {"log", "logger", "logging"}
# What Streamlit shows as it is given. Data and keys go through other functions.
SHOWING = re.compile(
    r"(sub)?header|title|markdown|write|caption|text|latex|badge|info|warning|error|success|toast|exception"
    r"|button|(download|link)_button|page_link|checkbox|toggle|radio|selectbox|multiselect|pills|tabs"
    r"|segmented_control|slider|select_slider|(text|number|camera|chat)_input|text_area|color_picker"
    r"|file_uploader|expander|popover|status|spinner|progress|metric|dialog"
)
SHOWN_OPTIONS = {
    "label",
    "help",
    "title",
    "page_title",
    "placeholder",
    "caption",
    "text",
    "alt",
    "description",
}
# The same in every language: names, and PyTorch's arguments.
NAMES = re.compile(
    r"\b(ConvLab|PyTorch|Streamlit|RGB"
    r"|model\.eval|model\.train|out_channel|in_channel|batch_size|in_channels|out_channels|kernel_size|stride|padding|padding_mode|dilation|weight|bias)\b"
)
# The header of a .npy file; Python's prompt, behind which stands code; an optimiser with its argument.
NOT_PROSE = ("'fortran_order'", ">>> ", "SGD, momentum 0.9")

WORD = re.compile(r"[^\W\d_]{2,}")
TWO_WORDS = re.compile(r"[^\W\d_]{2,}[,.:;!?)\"'’]*\s+[(\"'‘]*[^\W\d_]{2,}")
MARKUP = re.compile(r"<style>.*</style>|<[^>]*>|:material/\w+:", re.DOTALL)


def is_prose(text: str, shown: bool = False) -> bool:
    """Whether a text has two words in a row; where it is known to be shown, one word that is no name."""
    if any(mark in text for mark in NOT_PROSE):
        return False
    text = MARKUP.sub("", text)
    return bool(WORD.search(NAMES.sub("", text)) if shown else TWO_WORDS.search(text))


class _Words(ast.NodeVisitor):
    """Collects the strings of a file that are prose, or are handed to Streamlit to be shown."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def _body(self, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for child in ast.iter_child_nodes(node):
            docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if not docstring:
                self.visit(child)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        # A function named ..._code writes the program that a page shows: no language but Python.
        if not node.name.endswith("code"):
            self._body(node)

    visit_Module = visit_ClassDef = _body
    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc and "UserError" in ast.unparse(node.exc):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func)
        if name in TRANSLATED:
            fixed = node.args and not isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
            if not fixed:
                self._report(node, f"{name}() of a text put together while running")
        elif name.split(".")[0] not in LOGS:
            self._shown(node, name)
            self.generic_visit(node)

    def _shown(self, node: ast.Call, name: str) -> None:
        owner, _, method = name.rpartition(".")
        shown = [option.value for option in node.keywords if option.arg in SHOWN_OPTIONS]
        if owner and SHOWING.fullmatch(method):
            shown += node.args[:1]
        for value in shown:
            for part in ast.walk(value) if isinstance(value, ast.JoinedStr) else [value]:
                text = part.value if isinstance(part, ast.Constant) else None
                if isinstance(text, str) and is_prose(text, shown=True):
                    self._report(node, text)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and is_prose(node.value):
            self._report(node, node.value)

    def _report(self, node: ast.expr, text: str) -> None:
        problem = f"line {node.lineno}: {text!r}"
        if problem not in self.found:
            self.found.append(problem)


def words_in_python(source: str) -> list[str]:
    words = _Words()
    words.visit(ast.parse(source))
    return words.found


# A comment, a regular expression (where an operand may stand), or a string: the strings are what is wanted.
JS_TOKEN = re.compile(
    r"""//[^\n]* | /\*.*?\*/
      | (?<=[(,=:\[!&|?{};])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/
      | "(?P<double>(?:\\.|[^"\\\n])*)" | '(?P<single>(?:\\.|[^'\\\n])*)'
      | `(?P<template>(?:\\.|[^`\\])*)`""",
    re.VERBOSE | re.DOTALL,
)
JS_SHOWN = re.compile(
    r"(?:textContent|innerText|innerHTML|title|placeholder|alt|ariaLabel"
    r"|[\"']aria-(?:label|description|roledescription|valuetext)[\"'])\s*[:=]\s*$"
)
JS_NOT_SHOWN = re.compile(
    r"(?:\.font\s*=|\bstyle\s*:|\.cssText\s*=|Error\(|console\.\w+\(|matchMedia\(|querySelector(?:All)?\()\s*$"
)
JS_FIELD = re.compile(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


def words_in_javascript(source: str) -> list[str]:
    """Texts that a script says by itself; all its words are to reach it from Python, as data.labels."""
    found = []
    for token in JS_TOKEN.finditer(source):
        text = next((part for part in token.groups() if part), "")
        text = JS_FIELD.sub("", text) if token["template"] else text
        before = source[max(0, token.start() - 40) : token.start()]
        shown = bool(JS_SHOWN.search(before))
        if is_prose(text, shown) and not JS_NOT_SHOWN.search(before):
            found.append(f"line {source.count(chr(10), 0, token.start()) + 1}: {text!r}")
    return found


def errors_without_catalogue(source: str) -> list[str]:
    """UserErrors the sentence of which translators cannot find: it has to stand inside N_()."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "UserError"
        if node.args and isinstance(node.args[0], ast.Constant | ast.JoinedStr | ast.BinOp)
    ]


def test_pages_and_interface_say_nothing_by_themselves() -> None:
    files = [*sources.lessons(), *sources.interface()]
    assert [p for f in files for p in sources.at(f, words_in_python(f.read_text()))] == []


def test_components_say_nothing_by_themselves() -> None:
    assert [p for f in sources.scripts() for p in sources.at(f, words_in_javascript(f.read_text()))] == []


def test_every_sentence_of_an_error_can_be_translated() -> None:
    files = [*sources.lessons(), *sources.interface(), *sources.library()]
    assert [p for f in files for p in sources.at(f, errors_without_catalogue(f.read_text()))] == []


@pytest.mark.parametrize(
    "source",
    [
        'x = "Two words"',
        'x = f"Size: {n} pixels wide"',
        'st.button("Play")',
        'left.caption("Output")',
        'st.slider(_("Size"), help="In pixels")',
        'st.button(f"Play {n}")',
        'st.selectbox(_("Picture"), ["First one", "other"])',
        'raise UserError("This is wrong")',
        '_(f"Photo of {name}")',
        '_("Photo of " + name)',
        'st.set_page_config(page_title=f"ConvLab: {n} pages")',
        'def title():\n    return "<b>Two words</b>"',
    ],
)
def test_prose_in_a_page_is_found(source: str) -> None:
    assert len(words_in_python(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of a file."""',
        'def f():\n    """A docstring of a function."""',
        '_("Two words")',
        'ngettext("{n} pixel wide", "{n} pixels wide", n)',
        'st.button(_("Play now"))',
        'log.warning("the disk is full: %s", error)',
        'raise ValueError("a mistake of ours")',
        'raise UserError(N_("This {thing} is wrong"), thing=1)',
        'st.container(key="kernel_editor")',
        'st.title("ConvLab")',
        'st.number_input("kernel_size", 1, 7)',
        "html = '<div class=\"root big\"></div>'",
        'st.error(text, icon=":material/error:")',
        'CSS = "<style>.cell { border: thin solid }</style>"',
        'def picture_code():\n    return "from convlab.pictures import images"',
    ],
)
def test_what_is_no_prose_is_left_alone(source: str) -> None:
    assert words_in_python(source) == []


@pytest.mark.parametrize(
    "source",
    [
        'node.append("Drag me now");',
        "button.textContent = 'Play';",
        'element("input", { "aria-label": "Speed" });',
        "node.title = `Row ${row}`;",
        "text += `${a} of the ${b} pixels`;",
        'x = y.match(/["\']/); z = "two words";',
    ],
)
def test_prose_in_a_script_is_found(source: str) -> None:
    assert len(words_in_javascript(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '// A comment that says "two words".',
        "/* and 'another one' here */",
        "node.textContent = labels.play;",
        'node.textContent = "";',
        'node.setAttribute("aria-pressed", "true"); x = { "aria-hidden": "true" };',
        'context.font = "600 12px system-ui, sans-serif";',
        "text = `${fill(labels.at, { row: r, column: c })} ${values.join(', ')}`;",
        'throw new Error("no such blob");',
        'matchMedia("(prefers-reduced-motion: reduce)"); node.querySelector("div span");',
        'element("i", { style: `--paint: rgb(${colour}); --mark: ${mark}` });',
        'x = text.match(/one two/); y = a / b; node.style.color = "rgb(0 0 0)";',
    ],
)
def test_what_is_no_prose_in_a_script_is_left_alone(source: str) -> None:
    assert words_in_javascript(source) == []


def test_an_untranslatable_error_is_found() -> None:
    assert len(errors_without_catalogue('raise UserError(f"No such {kernel}")')) == 1
    assert errors_without_catalogue('raise UserError(N_("No such {kernel}"), kernel=k)') == []
