// How large pictures and numbers stand on the screen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { cellSizes, sumStyle, middleFor, kernelCell, widened } = load(
  "cellSizes, sumStyle, middleFor, kernelCell, widened", "shared/base", "kernel_lab/grid", "kernel_lab/sizes",
);

test("a pixel is as large in the output as in the input, or each picture fills its room", () => {
  assert.deepEqual(cellSizes([8, 8], [6, 6], [400, 500], true), { input: 50, output: 50 });
  assert.deepEqual(cellSizes([8, 8], [6, 6], [400, 500], false), { input: 50, output: 66 });
  assert.deepEqual(cellSizes([128, 128], [63, 63], [400, 500], true), { input: 3.125, output: 3.125 });
});

test("a smaller output, level with the input's middle, leaves room for what stands below it", () => {
  for (const [rows, outRows, high, below] of [[8, 6, 400, 300], [128, 126, 500, 300], [128, 63, 500, 300], [12, 4, 400, 280]]) {
    const { input, output } = cellSizes([rows, rows], [outRows, outRows], [1000, high, below], true);
    assert.equal(input, output);
    assert.ok(rows * input <= high && ((rows + outRows) / 2) * output <= below);
  }
});

test("pictures keep within their room, whatever their shape", () => {
  for (const rows of [1, 2, 8, 13, 128, 262]) {
    for (const cols of [1, 7, 8, 131, 262]) {
      for (const room of [[173, 400], [330, 560], [620, 300]]) {
        const { input, output } = cellSizes([rows, cols], [Math.ceil(rows / 2), cols], room, false);
        assert.ok(input * cols <= room[0] && input * rows <= room[1]);
        assert.ok(output * cols <= room[0] && output * Math.ceil(rows / 2) <= room[1]);
      }
    }
  }
  assert.ok(8 * cellSizes([8, 8], [6, 6], [400, -20], true).input > 100, "a window without room still has pictures");
});

const longest = (decimals) => [decimals + 2, decimals + 3, decimals + 3]; // such as 0.53, -0.11, -0.06

const across = ([, , columns], { wide }) => wide.reduce((sum, cell) => sum + columns * (cell + 2), 50);
const down = ([channels, rows], { high }) => channels * (rows * (high + 2) + 2 + (channels > 1 ? 20 : 0));

test("sums up to 5x5 on RGB are whole between the pictures, in type of 12.5 px or more", () => {
  for (const channels of [1, 3]) {
    for (let rows = 1; rows <= 5; rows++) {
      for (let columns = 1; columns <= 5; columns++) {
        const shape = [channels, rows, columns];
        const room = [middleFor(columns).width - 2, channels === 1 ? 220 : 350];
        const style = sumStyle(shape, longest, room);
        assert.ok(across(shape, style) <= room[0] && down(shape, style) <= room[1], `${shape}: ${JSON.stringify(style)}`);
        assert.ok(style.font >= 12.5 && style.decimals >= 2);
        assert.ok(!middleFor(columns).below);
      }
    }
  }
});

test("the more room, the larger the type", () => {
  const small = sumStyle([1, 3, 3], longest, [540, 200]);
  const tight = sumStyle([3, 3, 3], longest, [540, 200]);
  assert.ok(small.font > tight.font && small.decimals === 3);
  assert.equal(sumStyle([3, 7, 7], longest, [100, 100]).font, 12.5);
});

test("a sum leaves room below it where that costs no decimals", () => {
  const style = (height, most) => sumStyle([3, 3, 3], longest, [540, height, most]);
  assert.ok(style(270, 500).high < style(500, 500).high && style(270, 500).decimals === 3);
  assert.deepEqual(style(100, 500), style(500, 500));
});

test("kernels stand beside each other while they fit", () => {
  const wide = (count, columns) => count * columns * (kernelCell(count, 5, columns, middleFor(columns)).wide + 2) + (count - 1) * 10;
  for (const columns of [1, 2, 3, 4, 5]) for (const count of [1, 3]) assert.ok(wide(count, columns) <= middleFor(columns).width + 2, `${count} of ${columns}`);
  assert.equal(kernelCell(1, 3, 3, middleFor(3)).wide, 58);
});

test("on a large screen kernel and sum are larger", () => {
  const [usual, large] = [middleFor(3), middleFor(3, 1824)];
  assert.ok(large.width > usual.width && middleFor(3, 9000).width <= 1.4 * usual.width);
  assert.ok(kernelCell(1, 3, 3, large).high > kernelCell(1, 3, 3, usual).high);
  assert.deepEqual(middleFor(3, 700), usual);
  assert.ok(middleFor(3, 1200).width < usual.width && middleFor(3, 1400, true).width < usual.width);
});

test("a little more room lets the numbers of ten to twelve columns in", () => {
  assert.deepEqual([8, 10, 11, 12, 13, 128].map((columns) => widened(columns, 1)), [false, false, true, true, false, false]);
  assert.equal(widened(12, 3), false);
  assert.deepEqual(cellSizes([12, 12], [10, 10], [440, 500, 500, 390], true), { input: 36, output: 36 });
});
