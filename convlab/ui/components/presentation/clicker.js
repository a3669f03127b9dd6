// The keys of a clicker, for the card of a station: onward is first the answer, then the next station.

const CLICKER = { PageDown: 1, ArrowRight: 1, PageUp: -1, ArrowLeft: -1 };
const ONWARD = ["show", "next"]; // parts of the card, and what is pressed in each
const BACK = ["previous"];
const USES_ARROWS = ["slider", "tab", "radio", "option", "menuitem", "spinbutton"].map((role) => `[role=${role}]`).join();
const USES_PAGES = ["textarea", "select", "[role=listbox]"].join();

// Whether the control that has the focus uses this key itself; those of the labs take it before it comes here.
function isUsed(event) {
  const node = event.composedPath()[0];
  if (!(node instanceof Element)) return false;
  if (event.key.startsWith("Page")) return Boolean(node.closest(USES_PAGES));
  return node.matches("input") || Boolean(node.closest(TYPED_IN) || node.closest(USES_ARROWS));
}

// What a key of the clicker presses on the card; undefined where it presses nothing.
function clicked(event, /** @type {ParentNode} */ page = document) {
  const way = CLICKER[event.key];
  const alone = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.repeat);
  if (!way || !alone || event.defaultPrevented || isUsed(event)) return undefined;
  const found = (way > 0 ? ONWARD : BACK).map((part) => page.querySelector(`[class*=st-key-course-${part}] :is(a,button)`)).find(Boolean);
  return /** @type {HTMLElement | undefined} */ (found);
}
