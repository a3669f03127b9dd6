// What every component needs: unpacking a message, DOM building, numbers, colours, theme.

// The other half of pack() in base.py: {header fields..., bytes(name), floats(name)}.
function unpack(data) {
  // A message may sit at an odd address in the websocket's buffer: typed views then need a copy of their own.
  return unpackBuffer(data.slice().buffer);
}

function unpackBuffer(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const place = (name) => [4 + length + header.blobs[name][0], header.blobs[name][1]];
  header.bytes = (name) => new Uint8Array(buffer, ...place(name));
  header.floats = (name) => {
    const [start, size] = place(name);
    return new Float32Array(buffer, start, size / 4);
  };
  return header;
}

// Streamlit calls a component's default export at every run, always with the same parent:
// build once, then update.
const mounted = new WeakMap();
function mountOnce(component, build) {
  const { parentElement } = component;
  let instance = mounted.get(parentElement);
  if (!instance) {
    instance = build(parentElement.querySelector(".root"), component);
    mounted.set(parentElement, instance);
  }
  instance.component = component;
  instance.update(unpack(component.data));
  return () => {
    // Streamlit also cleans up when new data overtakes a module that is still loading: the instance lives on then.
    if (parentElement.isConnected) return;
    if (instance.destroy) instance.destroy();
    mounted.delete(parentElement);
  };
}

// element("button.play", {title: "…", onclick: f}, child, "text")
function element(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// Text with {name} fields, as translators write it.
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const MINUS = "\u2212";

// A number as people read it: fixed decimals, a true minus sign, no "-0".
function fixed(value, decimals) {
  if (!Number.isFinite(value)) return String(value).replace("-", MINUS);
  let text = value.toFixed(decimals);
  if (Number(text) === 0) text = text.replace("-", "");
  return text.replace("-", MINUS);
}

// The shortest text that says the value to `digits` significant digits.
function brief(value, digits = 4) {
  if (!Number.isFinite(value)) return String(value).replace("-", MINUS);
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e6 || size < 1e-4 ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
  return text.replace("-", MINUS);
}

// A colour table is 256 RGB triples; position 0..1 picks one.
function colourAt(table, position) {
  const i = 3 * Math.max(0, Math.min(255, Math.round(position * 255)));
  return [table[i], table[i + 1], table[i + 2]];
}

function readableOn([r, g, b]) {
  const linear = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) > 0.18 ? "#000" : "#fff";
}

function themeColour(node, name, fallback) {
  return getComputedStyle(node).getPropertyValue(name).trim() || fallback;
}

function download(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
