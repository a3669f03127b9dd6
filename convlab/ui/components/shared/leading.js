// What is pressed here shows its outcome elsewhere on the page: there the eye goes on, and at times the keyboard.

const PATIENCE_MS = 10000; // for what is to come

// Bring the beginning of a part of the page into sight, unless all of it is: the node with a class.
function leadEyeTo(name) {
  const node = document.querySelector(`.${name}`);
  const { top, bottom } = node?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
  if (top < 0 || bottom > window.innerHeight) node.scrollIntoView({ block: "start" });
}

// Bring the keyboard to the first button of the trail in a node with a class, once it is there: while the page is drawn anew, the
// node may still hold what stood at its place before. What somebody does meanwhile goes before; whether what was pressed is still
// on the page does not matter.
function leadKeyboardTo(name) {
  const last = performance.now() + PATIENCE_MS;
  const waiting = new AbortController();
  for (const act of ["keydown", "pointerdown"]) document.addEventListener(act, () => waiting.abort(), { capture: true, signal: waiting.signal });
  const look = () => {
    const shadows = [...document.querySelectorAll(`.${name} *`)].map((node) => node.shadowRoot).filter(Boolean);
    const first = /** @type {HTMLElement} */ (shadows.map((shadow) => shadow.querySelector("nav button")).find(Boolean));
    first?.focus({ preventScroll: true });
    if (first || performance.now() > last) waiting.abort();
    if (!waiting.signal.aborted) requestAnimationFrame(look);
  };
  look();
}
