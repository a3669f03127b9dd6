// How the numbers of a picture are written into its cells: in few characters, alike in all of them.

const CELL_CHARACTER_EM = 0.602; // of a fixed-width font
const CELL_SIDES_PX = 5; // that two numbers beside each other are apart

// How many characters of `font` pixels a cell of `wide` pixels has room for.
const charactersIn = (wide, font) => Math.floor((wide - CELL_SIDES_PX) / (font * CELL_CHARACTER_EM));

// A number in a cell, with so many decimals where it is not large.
function cellNumber(value, decimals = 2) {
  const size = Math.abs(value);
  if (size < 99.995) return fixed(value, decimals);
  return size < 1e5 ? fixed(value, size < 999.5 ? 1 : 0) : value.toExponential(1).replaceAll("-", MINUS).replace("+", "");
}

// What writes one of these values within so many characters: one decimal where none of them needs a second; .40 for 0.40
// where one of them would be too long; -2.0 for -2.00, -12 for -12.00 where that is too long even so. No values: two decimals.
function cellWriter(values, characters) {
  const needsTwo = values.length === 0 || values.some((value) => Math.abs(value) < 99.995 && !value.toFixed(2).endsWith("0"));
  const decimals = needsTwo ? 2 : 1;
  const bare = values.length === 0 ? characters < 5 : values.some((value) => cellNumber(value, decimals).length > characters);
  return (value) => {
    const text = cellNumber(value, decimals);
    const short = bare ? text.replace(/^(\D?)0\./, "$1.") : text;
    if (short.length <= characters || Math.abs(value) >= 99.995) return short;
    const fewer = fixed(value, decimals - 1);
    return fewer.length <= characters ? fewer : fixed(value, 0);
  };
}

// What writes the numbers of a stage, where its cells have room for `lines` of them below each other; null where not.
function writerOn(stage, values, lines = 1) {
  const cell = stage.cell / stage.scale;
  return Math.round(cell) < leastForNumbers(lines) ? null : cellWriter(values, charactersIn(cell, stageFont(cell)));
}
