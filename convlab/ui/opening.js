// What stands on the page while PyTorch loads: one convolution, its window going from pixel to pixel.

const STEP_MS = 400;
const PATIENCE_MS = 3000; // a page that has begun is shown then, whatever it still does

const data = JSON.parse(document.getElementById("convlab-opening-data").textContent);
const opening = document.getElementById("convlab-opening");
const [picture, weights, output] = opening.querySelectorAll("figure > div");
const sum = opening.querySelector("pre");

const figure = (value) => (Math.round(value * 10) / 10 || 0).toString().replace("-", "−");

// Cells with their numbers; ink that can be read on their ground.
function grid(parent, cols, values, colour) {
  parent.style.gridTemplateColumns = `repeat(${cols}, auto)`;
  return values.map((value) => {
    const cell = parent.appendChild(document.createElement("span"));
    const [red, green, blue] = colour(value);
    cell.style.background = `rgb(${red}, ${green}, ${blue})`;
    cell.style.color = 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000" : "#fff";
    cell.textContent = figure(value);
    return cell;
  });
}

const grey = (value) => Array(3).fill(Math.round(255 * value));

function signed(end) {
  const stops = data.colours.map((text) => [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16)));
  return (value) => {
    const place = ((value / end + 1) / 2) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    return stops[below].map((from, n) => Math.round(from + (stops[below + 1][n] - from) * (place - below)));
  };
}

function draw() {
  const size = data.greys.length;
  const places = [...Array(size).keys()];
  const values = padPicture(data.greys.flat(), [1, size, size], places, places, [0], [1]);
  const map = convolve(values, [data.kernel], { stride: 1, dilation: 1, bias: 0, activation: "none" });
  const end = Math.max(...map.values.map(Math.abs));
  const cells = grid(picture, size, [...values.values], grey);
  grid(weights, data.kernel.length, data.kernel.flat(), () => [247, 247, 247]);
  const results = grid(output, map.cols, [...map.values], signed(end));
  return (place) => {
    const [top, left] = [Math.floor(place / map.cols), place % map.cols];
    results.forEach((cell, n) => cell.toggleAttribute("data-under", n === place));
    const inside = (n) => [Math.floor(n / size) - top, (n % size) - left];
    cells.forEach((cell, n) => cell.toggleAttribute("data-under", inside(n).every((at) => at >= 0 && at < data.kernel.length)));
    const lines = data.kernel.map((row, i) => row.map((weight, j) => product(values.values[(top + i) * size + left + j], weight)).join(" + "));
    sum.textContent = `${lines.join(" +\n")}\n= ${figure(map.values[place])}`;
    return (place + 1) % results.length;
  };
}

const product = (value, weight) => `${figure(value)}·${weight < 0 ? `(${figure(weight)})` : figure(weight)}`;

const under = draw();
let place = under(0);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const timer = still ? 0 : setInterval(() => (place = under(place)), STEP_MS);
opening.lang = data.language;
opening.toggleAttribute("data-large", new URLSearchParams(location.search).get("present") === "1");
opening.toggleAttribute("data-drawn", true);

// It goes when a page has drawn itself: Streamlit has shown something of it, and its script has ended.
let patience = 0;
const watch = new MutationObserver(() => {
  if (!document.querySelector('[data-testid="stMain"] [data-testid="stElementContainer"]')) return;
  patience ||= setTimeout(leave, PATIENCE_MS);
  if (document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')) leave();
});

function leave() {
  watch.disconnect();
  clearInterval(timer);
  clearTimeout(patience);
  opening.remove();
}

watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-test-script-state"] });
