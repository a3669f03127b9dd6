// What every component needs: unpacking a message, DOM building, numbers, colours, theme.

// The other half of pack() in __init__.py: bytes -> {header fields..., bytes(name), floats(name)}.
function unpack(data) {
  // A message may sit at an odd address in the websocket's buffer: typed views then need a copy of their own.
  const { buffer } = data.length === data.buffer.byteLength ? data : data.slice();
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const view = (Type) => (name) => new Type(buffer, 4 + length + header.blobs[name][0], header.blobs[name][1] / Type.BYTES_PER_ELEMENT);
  return Object.assign(header, { bytes: view(Uint8Array), floats: view(Float32Array) });
}

// What all components are: built once from Python's first message, then told of every one, the first too.
class Component {
  constructor(root, { labels }) {
    this.root = root;
    this.labels = labels;
    this.streamlit = null; // what Streamlit hands over at each run
    this.live = element("p.visually-hidden", { "aria-live": "polite" });
  }

  // Hand an event to Python, which hears of it in on_EVENT_change.
  send(event, payload) {
    this.streamlit.setTriggerValue(event, payload);
  }

  // Have a screen reader say it, once: the same words again would be read again.
  say(text) {
    writeInto(this.live, text);
  }

  // The parts of a component stop by themselves: those that have something to stop have a stop().
  stop() {
    for (const part of Object.values(this).flat()) part?.stop?.();
  }
}

// The default export of a component's main.js. Streamlit calls it at every run, always with the same parent.
const mounted = new WeakMap();
const mount = (Class) => (streamlit) => {
  const { parentElement } = streamlit;
  const message = unpack(streamlit.data);
  const data = message.answers ? unpack(message.bytes("message")) : message;
  const instance = built(Class, parentElement, data);
  instance.streamlit = streamlit;
  instance.newest ??= new Newest((newer) => instance.update(newer));
  instance.newest.hear(message.answers, data);
  return () => {
    // Streamlit also cleans up when new data overtakes a module that is still loading: the instance lives on then.
    if (parentElement.isConnected) return;
    end(instance);
    mounted.delete(parentElement);
  };
};

function end(instance) {
  instance.newest.stop();
  instance.stop();
}

// The instance that lives there. Its labels are read once, so another language builds another one.
function built(Class, parent, data) {
  const before = mounted.get(parent);
  if (before && before.language === data.language) return before;
  const root = parent.querySelector(".root");
  if (before) {
    end(before);
    root.replaceWith(element("div.root"));
  }
  const instance = new Class(parent.querySelector(".root"), data);
  instance.language = data.language;
  mounted.set(parent, instance);
  return instance;
}

const SVG_TAGS = ["svg", "g", "path", "line", "circle", "rect", "text"];

// element("button.play", {title: "…", onclick: f}, child, "text")
function element(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const space = SVG_TAGS.includes(tag) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const node = /** @type {any} */ (document.createElementNS(space, tag));
  if (classes.length) node.setAttribute("class", classes.join(" "));
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
}

const button = (text, onclick, attributes = {}) => element("button", { type: "button", onclick, ...attributes }, text);

// Put a text into a node. The same again would cost a layout, and so does each text on a canvas behind one that changes: what
// draws many parts writes all texts of the page first. Another text node would be looked at by every selector with :has().
function writeInto(node, text) {
  const { firstChild } = node;
  const place = firstChild && firstChild === node.lastChild && firstChild.nodeType === TEXT_NODE ? firstChild : node;
  if (place.textContent !== text) place.textContent = text;
}

const TEXT_NODE = 3;

// Text with {name} fields, as translators write it.
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// Sentences, labels and values one behind the other, those that are empty left out; Chinese has no blank behind its marks.
function inARow(...said) {
  const parted = (before) => (before && !/[\u3002\uff01\uff0c\uff1a\uff1b\uff1f]$/.test(before) ? " " : "");
  return said.filter(Boolean).reduce((before, last) => `${before}${parted(before)}${last}`, "");
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

// [row, column] steps of the arrow keys.
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// Streamlit listens to plain letters too ("c", "r"): keys that were used here end here.
function taken(event) {
  event.preventDefault();
  event.stopPropagation();
}

// The cell that a key leads to from [row, column], within [rows, columns]; undefined where the key has no step.
function steered(event, /** @type {number[]} */ [row, column], /** @type {number[]} */ [rows, columns], steps = ARROWS) {
  const step = steps[event.key];
  return step && [clamp(row + step[0], 0, rows - 1), clamp(column + step[1], 0, columns - 1)];
}

const MINUS = "\u2212";

// A number as people read it: fixed decimals, a true minus sign, no "-0".
function fixed(value, decimals) {
  const text = value.toFixed(decimals);
  return text.replace("-", Number(text) === 0 ? "" : MINUS);
}

// The shortest text that says the value to `digits` significant digits.
function brief(value, digits = 4) {
  const size = Math.abs(value);
  const text = size && (size >= 1e6 || size < 1e-4) ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
  return text.replace("-", MINUS);
}

const FLOAT32_NOISE = 1e-6; // of a sum of float32, beside the largest of what it is made of

// As brief(), for one of many values of which the largest has this size: what is only rounding beside it is about 0.
function briefIn(value, size, digits = 4) {
  return value && Math.abs(value) < FLOAT32_NOISE * size ? "\u2248 0" : brief(value, digits);
}

// A colour table is 256 RGB triples; position 0..1 picks one.
function colourAt(table, position) {
  const i = 3 * clamp(Math.round(position * 255), 0, 255);
  return [table[i], table[i + 1], table[i + 2]];
}

function readableOn(/** @type {number[]} */ [r, g, b]) {
  const linear = (v) => (v <= 0.04045 * 255 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) > 0.18 ? "#000" : "#fff";
}

// Give a cell with text a colour of the table.
function tint(cell, table, position) {
  const colour = colourAt(table, position);
  cell.style.background = `rgb(${colour})`;
  cell.style.color = readableOn(colour);
}

// A canvas's context, once the canvas has this many pixels; it is cleared only where it had others.
function sized(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  return canvas.getContext("2d");
}

// Before a class a page is enlarged: pixels of the window, as events and boxes have them, to a node's own. Asking may cost a
// layout: not while one points.
const zoomOf = (node) => node.currentCSSZoom ?? 1;

// Pixels of the screen to a node's own: some screens are finer.
const pixelsOf = (node) => (window.devicePixelRatio || 1) * zoomOf(node);

// [width, height] of a node in pixels of the screen; at least one.
const pixelSize = (node) => {
  const { width, height } = node.getBoundingClientRect();
  return /** @type {[number, number]} */ ([width, height].map((length) => Math.max(1, Math.round(length * (window.devicePixelRatio || 1)))));
};

// Call back when a node is first shown, and whenever it gets other pixels of the screen: by its size, its zoom or the screen.
function watchPixels(node, callback) {
  const observer = new ResizeObserver(callback);
  try {
    observer.observe(node, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(node); // Safari does not know the box
  }
}

// Whether whoever looks wants no motion.
const movesLittle = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// Put RGBA bytes, row by row, on a canvas of that many cells.
function paint(canvas, rgba, width, height) {
  sized(canvas, width, height).putImageData(new ImageData(rgba, width, height), 0, 0);
}

function download(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
