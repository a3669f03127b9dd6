// Loads scripts of the browser components under Node. They share one scope and export nothing: they are joined as Python
// joins them for the browser, and the names that are asked for are handed out.

import { readFileSync } from "node:fs";

export function load(names, ...files) {
  const sources = files.map((file) => readFileSync(new URL(`../../../convlab/ui/components/${file}.js`, import.meta.url), "utf8"));
  return new Function(`${sources.join("\n")}\nreturn { ${names} };`)();
}

// What test_javascript.py computed for this file: Python's numbers to compare with.
export const numbers = JSON.parse(readFileSync(process.env.NUMBERS, "utf8"));
