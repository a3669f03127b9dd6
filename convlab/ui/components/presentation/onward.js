// The next station's card, at once: Streamlit has drawn it out of sight before one goes there; those that one comes from are
// kept as they were left. It lies over the page's card until that is the same; what is pressed and typed meanwhile waits for it.

const CARD = "course-card";
const LAID = "course-onward";
const HEAD = ".st-key-course-head";
const BODY = [".st-key-course-question", ".st-key-course-guess", ".st-key-course-answer"];
const LONGEST_MS = 6000; // then the page is as it is

// The station that an address names, in its lesson; "" for none.
function stationOf(url) {
  const query = new URL(url, location.href).searchParams;
  return query.has("station") ? `${query.get("station")} ${query.get("course") ?? ""}` : "";
}

// What a card tells: its name, its place, and what stands below, less the tools and ways in its head.
function toldBy(card) {
  const named = [...card.querySelector(HEAD).children].slice(0, 2);
  return [...named, ...card.querySelectorAll(BODY.join())].map((node) => node.textContent);
}

// The class that names a part of a card, in both of its copies.
const keyOf = (node) => [...(node.closest("[class*=st-key-course-]")?.classList ?? [])].find((name) => name.startsWith("st-key-course-"));

// The way along the stations in this tab; the pages come and go.
const along = {
  left: new Map(), // cards as they were left, for as long as one only goes from one to the next
  at: "",

  forget() {
    along.left.clear();
    along.at = "";
  },

  press(event) {
    const link = event.target instanceof Element && event.target.closest("a[data-testid=stPageLink-NavLink]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const card = link.closest(`.st-key-${CARD}`);
    const to = stationOf(link.href);
    if (!card || !to) return along.forget();
    const shown = along.left.get(to)?.cloneNode(true) ?? ahead(card, to.split(" ")[0]);
    along.left.set(along.at || stationOf(location.href), bare(card));
    along.at = to;
    if (shown) new Laid(card, shown, keyOf(link));
  },
};

// A copy of a card without what covers parts of the page.
function bare(card) {
  const copy = card.cloneNode(true);
  copy.querySelector(".st-key-course-veils")?.closest("[data-testid=stLayoutWrapper]").remove();
  return copy;
}

// The card as it will be at the next station; undefined where that is not drawn yet.
function ahead(card, station) {
  const drawn = document.querySelector(`.st-key-course-ahead-${CSS.escape(station)}`);
  if (!drawn) return undefined;
  const copy = bare(card);
  const next = /** @type {Element} */ (drawn.cloneNode(true));
  for (const node of next.querySelectorAll("[class*=st-key-course-ahead-]")) {
    node.setAttribute("class", node.getAttribute("class").replaceAll("st-key-course-ahead-", "st-key-course-"));
  }
  const head = copy.querySelector(HEAD);
  const [title, place, body] = [...next.children];
  head.children[0].replaceWith(title);
  head.children[1].replaceWith(place);
  copy.querySelector("[class*=st-key-course-tools]")?.closest("[data-testid=stLayoutWrapper]").remove();
  copy.querySelector(BODY[0]).closest("[data-testid=stHorizontalBlock]").parentElement.replaceWith(body);
  return copy;
}

// A card over the page's, until that tells the same.
class Laid {
  constructor(card, shown, link) {
    this.link = link; // its class, on both cards
    this.hadFocus = card.contains(document.activeElement);
    this.pressed = ""; // the class of what was pressed last
    this.clicker = null; // the key of a clicker that was
    this.node = shown;
    this.node.classList.replace(`st-key-${CARD}`, LAID);
    this.told = toldBy(shown);
    this.lay(card);
    this.heard = { click: this.click, keydown: this.key, pointerdown: this.hold, mousedown: this.hold };
    for (const name in this.heard) window.addEventListener(name, this.heard[name], true);
    this.observer = new MutationObserver(() => this.hasCome() && this.end());
    const attributeFilter = ["data-test-script-state", "data-stale"];
    this.observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter });
    this.limit = setTimeout(() => this.end(), LONGEST_MS);
  }

  lay(card) {
    const { left, top, width, height } = card.getBoundingClientRect();
    const { font, color, colorScheme } = getComputedStyle(card);
    const { backgroundColor } = getComputedStyle(find("[data-testid=stApp]"));
    // The page's own styles go while it gives way to another lesson's.
    this.node.append(...[...document.querySelectorAll("style")].filter((one) => one.textContent.includes(LAID)).map((one) => one.cloneNode(true)));
    document.body.append(this.node);
    document.documentElement.dataset.onward = "";
    const zoom = zoomOf(this.node);
    const [x, y, wide, high] = [left, top, width, height].map((length) => `${length / zoom}px`);
    Object.assign(this.node.style, { left: x, top: y, width: wide, minHeight: high, font, color, colorScheme, backgroundColor });
  }

  isField(node) {
    return node instanceof HTMLInputElement && this.node.contains(node);
  }

  // Its field takes what is typed, as any field does; nothing else does anything yet.
  hold = (event) => {
    if (this.isField(event.target)) event.stopPropagation();
    else taken(event);
  };

  click = (event) => {
    const isOnIt = event.target instanceof Element && this.node.contains(event.target);
    const control = isOnIt && event.target.closest("a, button");
    if (control) this.pressed = keyOf(control);
    this.hold(event);
  };

  key = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return this.hold(event);
    const isField = this.isField(event.target);
    if (event.key === "Enter") this.pressed = isField ? keyOf(this.node.querySelector(SUBMIT)) : this.link;
    else if (presenting() && CLICKER[event.key] && !isField) this.clicker = event;
    if (isField && event.key !== "Enter") event.stopPropagation();
    else taken(event);
  };

  hasCome() {
    const card = document.querySelector(`.st-key-${CARD}`);
    if (!card?.querySelector(HEAD)) return false;
    const told = toldBy(card);
    return told.join() === this.told.join() || (isIdle() && told[1] === this.told[1]);
  }

  end() {
    this.observer.disconnect();
    clearTimeout(this.limit);
    for (const name in this.heard) window.removeEventListener(name, this.heard[name], true);
    const field = this.node.querySelector("input");
    const typed = field && (field.value || field === document.activeElement) ? field.value : null;
    this.node.remove();
    delete document.documentElement.dataset.onward;
    const card = document.querySelector(`.st-key-${CARD}`);
    if (!card || !this.hasCome()) return; // it never came
    if (typed !== null) type(card.querySelector("input"), typed);
    else if (this.hadFocus && document.activeElement === document.body) find(`.${this.link} a`)?.focus();
    if (this.pressed || this.clicker) this.whenIdle();
  }

  // What was pressed is pressed on the page's own card, once that is whole.
  whenIdle(since = performance.now()) {
    if (!isIdle() && performance.now() - since < LONGEST_MS) return void requestAnimationFrame(() => this.whenIdle(since));
    const control = this.clicker ? clicked(this.clicker) : find(`.${this.pressed} :is(a, button)`);
    control?.click();
  }
}

const SUBMIT = "[class*=st-key-course-submit] button";
const find = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));
const isIdle = () => find("[data-testid=stApp]").dataset.testScriptState === "notRunning";

function type(field, text) {
  field.focus();
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
