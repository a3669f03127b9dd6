"""One block or many: each answer is what Python gives to the question, and the sheet shows what adds up."""

import torch
from torch import Tensor

from convlab.networks.residual_blocks import compare
from convlab.ui.components.tensor_sheet import Row
from convlab.ui.modules.depth_blocks import formula, objects, questions_code, running, sheet, verdict


def drawn(row: Row) -> list[Tensor]:
    return [tensor for tensor in row.tensors if tensor is not None]


def test_every_question_is_answered_by_the_network_itself() -> None:
    found = compare(4, 3)
    asked = questions_code(2)
    for net in (found.shared, found.separate):
        for question, answer in asked.items():
            assert answer(net) == eval(question, {"net": net})
    table = objects(found)
    rows = dict(zip(table["What one asks"], zip(*list(table.values())[1:], strict=True), strict=True))
    assert rows["`net.resblocks[0] is net.resblocks[2]`"] == ("True", "False")
    assert rows["`len({id(block) for block in net.resblocks})`"] == ("1", "3")
    assert rows["`id(net.resblocks[0])`"][0] == rows["`id(net.resblocks[2])`"][0]
    assert rows["`id(net.resblocks[0])`"][1] != rows["`id(net.resblocks[2])`"][1]


def test_the_chapters_counts_are_told() -> None:
    found = compare(32, 10)
    rows = objects(found)
    assert rows["One block, repeated"][-1] == "75,810"
    assert rows["A block each"][-1] == "159,330"
    text = " ".join(verdict(found))
    assert "**75,810** parameters at any depth" in text
    assert "**159,330** with 10 blocks and **994,530** with 100" in text
    assert "outputs: **0**" in text
    assert "repeated block's: **0**" in text
    said = "eval() is **0.7** away from train() there, and **0.0024** with a block each"
    assert said in running(found)


def test_the_columns_of_few_blocks_add_up() -> None:
    rows, columns = sheet(compare(4, 2))
    assert [column.title for column in columns[:2]] == ["resblocks[0]", "resblocks[1]"]
    for row in rows[1:]:
        *blocks, total, own = drawn(row)
        assert torch.allclose(torch.stack(blocks).sum(0), total, atol=1e-7)
        assert torch.equal(total, own)
    assert formula(2) == "{0} + {1} = {2}"


def test_of_many_blocks_some_are_drawn_and_no_sum_is_claimed_of_these() -> None:
    rows, columns = sheet(compare(4, 6))
    assert [column.title for column in columns] == [
        "resblocks[0]",
        "resblocks[5]",
        "all 6 added up",
        "the repeated block",
    ]
    assert {len(row.tensors) for row in rows[1:]} == {4}
    assert formula(6) == ""


def test_a_single_block_is_its_own_sum() -> None:
    rows, columns = sheet(compare(4, 1))
    assert [column.title for column in columns] == ["resblocks[0]", "one use alone", "the repeated block"]
    assert "the gradients of the one block and the repeated block's: **0**" in verdict(compare(4, 1))[0]
    assert formula(1) == "{0} = {1}"
    assert all(torch.equal(drawn(row)[0], drawn(row)[2]) for row in rows[1:])
