// A sheet may show some of its columns: those that Python names, or a component that leads it by the window's event
// "convlab-columns", of what has the same identity. ~n keeps the place of column n, which is not there yet.

function withColumns(message, { columns: chosen, formula }) {
  if (!chosen.length) return message;
  const absent = { at: -1, shape: null, said: message.labels.not_yet };
  const rows = message.rows.map((row) => (row.module ? row : { ...row, cells: chosen.map((n) => (n < 0 ? absent : row.cells[n])) }));
  const line = formula || (message.formula && "\u00a0"); // its place stays, or the sheet would jump
  return { ...message, columns: chosen.map((n) => message.columns[n < 0 ? ~n : n]), rows, formula: line };
}

const toldOf = ({ columns, formula }) => JSON.stringify([columns, formula]);

class Following {
  // show(): the choice has changed.
  constructor(show) {
    this.hear = (/** @type {any} */ { detail }) => {
      this.led = detail;
      if (detail.identity !== this.message?.identity || toldOf(detail) === this.told) return; // these columns are there
      this.told = toldOf(detail);
      show();
    };
    window.addEventListener("convlab-columns", this.hear);
  }

  // Python's message with the columns that are chosen; who leads may have had the next one before.
  chosen(message) {
    this.message = message;
    const choice = this.led?.identity === message.identity ? this.led : { columns: message.shown, formula: message.formula };
    this.told = toldOf(choice);
    return withColumns(message, choice);
  }

  stop() {
    window.removeEventListener("convlab-columns", this.hear);
  }
}
