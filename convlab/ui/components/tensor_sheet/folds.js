// Which rows are shown: what is in a folded module is not, and of a long list only the beginning until one asks for more.

const FOLDS_FROM = 40; // rows
const STAYS_OPEN = 3; // rows in a module
const FIRST_SHOWN = 120;

// Rows in each module, at any depth.
function rowsWithin(rows) {
  const within = rows.map(() => 0);
  for (const row of rows) for (let above = row.parent; above >= 0; above = rows[above].parent) within[above]++;
  return within;
}

// The modules that are folded at first: in a large network all but the small ones. The network itself stays open.
function foldedAtFirst(rows) {
  if (rows.length < FOLDS_FROM) return new Set();
  const within = rowsWithin(rows);
  return new Set(rows.flatMap((row, n) => (row.module && row.parent >= 0 && within[n] > STAYS_OPEN ? [row.name] : [])));
}

// The numbers of the rows that no folded module hides.
function unfoldedRows(rows, folded) {
  const hidden = rows.map(() => false);
  const found = [];
  rows.forEach((row, n) => {
    hidden[n] = row.parent >= 0 && (hidden[row.parent] || folded.has(rows[row.parent].name));
    if (!hidden[n]) found.push(n);
  });
  return found;
}

function depthOf(rows, n) {
  let depth = 0;
  for (let above = rows[n].parent; above >= 0; above = rows[above].parent) depth++;
  return depth;
}

// All of a message that its lines show, but the values: where it is the same, so are the lines.
const laidOut = ({ rows, columns, zeros }) => {
  const cells = (line) => line.map(({ at, shape, said }) => [at >= 0, shape, said]);
  return JSON.stringify([zeros, columns.map(({ title, gradients }) => [title, gradients]), rows.map((row) => ({ ...row, cells: cells(row.cells) }))]);
};
