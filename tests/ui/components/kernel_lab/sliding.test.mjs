// How long playing takes, and where it is when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { Course } = load("Course", "shared/base", "shared/player", "kernel_lab/flight", "kernel_lab/sliding");
const SIZES = [[6, 6], [126, 126], [254, 254], [1, 9], [9, 1], [2, 40], [3, 2], [1, 2], [2, 1]];

test("ten seconds whatever the size", () => {
  for (const [rows, cols] of SIZES) {
    const course = new Course(rows, cols);
    assert.ok(Math.abs(course.when(rows * cols - 1) - 10) < 1e-6, `${rows} x ${cols}`);
    assert.ok(Math.abs(course.at(10) - (rows * cols - 1)) < 1e-6);
    assert.equal(course.at(0), 0);
  }
});

test("the first row takes its time, and no place takes longer than the one before", () => {
  for (const [rows, cols] of SIZES.filter(([rows]) => rows > 1)) {
    const course = new Course(rows, cols);
    assert.ok(course.when(Math.min(cols, rows * cols - 1)) >= 3.99);
    for (let place = 1; place < rows * cols - 1; place++) assert.ok(course.stay(place) <= course.stay(place - 1) + 1e-9);
  }
});

test("when a place is reached is the reverse of where one is", () => {
  for (const [rows, cols] of SIZES) {
    const course = new Course(rows, cols);
    for (let place = 0; place < rows * cols; place += 0.37) assert.ok(Math.abs(course.at(course.when(place)) - place) < 1e-6 * rows * cols);
  }
});

test("a single place has nowhere to go", () => {
  const course = new Course(1, 1);
  assert.deepEqual([course.at(3), course.when(0)], [0, 0]);
});
