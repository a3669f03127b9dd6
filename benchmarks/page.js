// Runs in the page that is measured. Each function arms window.bench, a promise of what the next input leads to.
// "Painted" is the first task after the frame in which a change is drawn.

const afterFrame = (then) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => then(performance.now());
  channel.port2.postMessage(0);
};
const painted = (then) => requestAnimationFrame(() => afterFrame(then));

// The empty page: ms from the key to the frame that shows the text.
function armText(text) {
  window.bench = new Promise((resolve) => {
    let start;
    document.addEventListener("keydown", (event) => (start = event.timeStamp), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      if (document.querySelector('[data-testid="stText"]').textContent !== text) return;
      observer.disconnect();
      painted((now) => resolve(now - start));
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

// The lab: {browser, torch}, ms from the key to the frames that show the browser's own drawing of the edit and
// PyTorch's (browser is undefined where PyTorch was faster), and by whom the picture was drawn in the end.
function armLab(root) {
  window.bench = new Promise((resolve) => {
    const edit = Number(root.dataset.revision) + 1;
    const times = {};
    let start;
    document.addEventListener("keydown", (event) => (start = event.timeStamp), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      const by = root.dataset.drawnBy;
      if (Number(root.dataset.revision) !== edit || by in times) return;
      times[by] = 0;
      // The browser draws inside a frame already: what it drew is painted at the end of that one.
      const then = (now) => (times[by] = now - start);
      if (by === "browser") return afterFrame(then);
      painted((now) => {
        then(now);
        observer.disconnect();
        setTimeout(() => resolve({ ...times, last: root.dataset.drawnBy }), 50);
      });
    });
    observer.observe(root, { attributes: true, attributeFilter: ["data-revision", "data-drawn-by"] });
  });
}

// The network lab: {drawn, apart}, ms from the key to the frames that show the new layer's maps, and the unit in it taken
// apart. That is before Streamlit has heard of it: what it says of the unit later changes nothing that one sees.
function armLayer(root) {
  window.bench = new Promise((resolve) => {
    let start;
    document.addEventListener("keydown", (event) => (start = event.timeStamp), { capture: true, once: true });
    const before = { ...root.dataset };
    const times = {};
    const observer = new MutationObserver(() => {
      if (root.dataset.shown !== before.shown && times.drawn === undefined) {
        times.drawn = 0;
        painted((now) => (times.drawn = now - start));
      }
      if (root.dataset.apart === before.apart) return;
      observer.disconnect();
      painted((now) => resolve({ ...times, apart: now - start }));
    });
    observer.observe(root, { attributes: true, attributeFilter: ["data-shown", "data-apart"] });
  });
}

// The network lab: ms from the key that changes a kernel's weight to the frame that shows what PyTorch makes of it, in all
// maps behind it and in the verdict.
function armKernel(root) {
  window.bench = new Promise((resolve) => {
    let start;
    document.addEventListener("keydown", (event) => (start = event.timeStamp), { capture: true, once: true });
    const before = root.dataset.editsMade;
    const observer = new MutationObserver(() => {
      const { editsMade, editsDrawn } = root.dataset;
      if (editsMade === before || Number(editsDrawn) < Number(editsMade)) return;
      observer.disconnect();
      painted((now) => resolve(now - start));
    });
    observer.observe(root, { attributes: true, attributeFilter: ["data-edits-drawn"] });
  });
}

// The network lab: ms from the key or the click that leads to another unit to the frame that shows all of it, taken apart, its
// map unfolded. That is before Streamlit has heard of it: what it says of the unit later changes nothing that one sees.
function armUnit(root, type) {
  window.bench = new Promise((resolve) => {
    let start;
    document.addEventListener(type, (event) => (start = event.timeStamp), { capture: true, once: true });
    const before = root.dataset.apart;
    const observer = new MutationObserver(() => {
      if (start === undefined || root.dataset.apart === before) return;
      observer.disconnect();
      painted((now) => resolve(now - start));
    });
    observer.observe(root, { attributes: true, attributeFilter: ["data-apart"] });
  });
}

// Any page: ms from the key, or from its release ("keyup") where that is what a browser acts upon, to the frame in which texts or
// parts of these nodes have changed.
function armChanged(nodes, type = "keydown") {
  window.bench = new Promise((resolve) => {
    let start; // heard at the window: on the document, what the route answers first is held back
    window.addEventListener(type, (event) => (start = event.timeStamp), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      if (start === undefined) return;
      observer.disconnect();
      painted((now) => resolve(now - start));
    });
    for (const node of nodes) observer.observe(node, { subtree: true, childList: true, characterData: true });
  });
}

// From station to station: {question, page}, ms from the key to the frames that show the card of the station at this place of
// the way, be it laid over the page's, and all of its page.
function armStep(place) {
  window.bench = new Promise((resolve) => {
    let start;
    document.addEventListener("keydown", (event) => (start = event.timeStamp), { capture: true, once: true });
    const times = {};
    const observer = new MutationObserver(() => {
      const heads = [...document.querySelectorAll(".st-key-course-head")].filter((head) => head.textContent.includes(place));
      if (start === undefined || !heads.length) return;
      if (times.question === undefined) {
        times.question = 0;
        painted((now) => (times.question = now - start));
      }
      if (!heads.some((head) => head.closest(".st-key-course-card"))) return;
      const running = document.querySelector('[data-testid="stApp"]').dataset.testScriptState !== "notRunning";
      if (running || document.querySelector('[data-stale="true"]')) return;
      observer.disconnect();
      painted((now) => resolve({ ...times, page: now - start }));
    });
    const attributeFilter = ["data-stale", "data-test-script-state"];
    observer.observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributeFilter });
  });
}

// While something is dragged: ms between frames, and when the attribute of the root changed that does with each picture.
function recordFrames(root, attribute) {
  const frames = [];
  const drawn = [];
  let [last, recording] = [0, 0];
  const seen = new MutationObserver(() => drawn.push(performance.now()));
  seen.observe(root, { attributes: true, attributeFilter: [attribute] });
  const frame = (now) => {
    if (last) frames.push(now - last);
    last = now;
    recording = requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.recordedFrames = () => {
    cancelAnimationFrame(recording);
    seen.disconnect();
    return { frames, drawn };
  };
}

// Pointing: for each pointermove in the lab {handler, frame, whole} in ms: its listeners; the frame's own work;
// from the start of the listeners to the painted frame.
function recordPointing() {
  window.moves = [];
  window.slowFrames = 0;
  let start;
  window.addEventListener("pointermove", () => (start = performance.now()), { capture: true });
  window.addEventListener("pointermove", () => {
    const [begin, handler] = [start, performance.now() - start];
    requestAnimationFrame(() => {
      const frame = performance.now();
      afterFrame((now) => window.moves.push({ handler, frame: now - frame, whole: now - begin }));
    });
  });
  new PerformanceObserver((list) => (window.slowFrames += list.getEntries().length)).observe({ type: "long-animation-frame" });
}

// The probe lab: ms from the moment that files are chosen to the frame that shows the verdict on the new picture.
function armVerdict(root) {
  window.bench = new Promise((resolve) => {
    let start;
    // A browser says "input" right before "change", which the lab may keep from others.
    document.addEventListener("input", () => (start = performance.now()), { capture: true, once: true });
    const before = root.dataset.told;
    const observer = new MutationObserver(() => {
      if (root.dataset.told === before || start === undefined) return;
      observer.disconnect();
      painted((now) => resolve(now - start));
    });
    observer.observe(root, { attributes: true, attributeFilter: ["data-told"] });
  });
}

// Probe: ms from the click on a mistake to the frame that shows the verdict on it, and why.
function armExplained(root, why) {
  window.bench = new Promise((resolve) => {
    let start;
    document.addEventListener("click", (event) => (start = event.timeStamp), { capture: true, once: true });
    const before = root.dataset.told;
    let explained = false;
    const look = () => {
      if (start === undefined || root.dataset.told === before || !explained) return;
      verdict.disconnect();
      map.disconnect();
      painted((now) => resolve(now - start));
    };
    const verdict = new MutationObserver(look);
    const map = new MutationObserver(() => {
      explained = true;
      look();
    });
    verdict.observe(root, { attributes: true, attributeFilter: ["data-told"] });
    map.observe(why, { attributes: true, attributeFilter: ["data-told"] });
  });
}

// While something is dragged: {late, painted} in ms: how long each move that changed what the hand holds waited for the frame that
// shows what the networks say of it, or of one after it; and when these frames came. read(event) is what the hand holds then, as
// `data-told` of the root has it.
function recordFollowed(root, read) {
  const late = [];
  const frames = [];
  let waiting = [];
  let last;
  const shows = (held) => root.dataset.told === held || root.dataset.told.includes(`/${held},`);
  const moved = (event) => setTimeout(() => {
    const held = read(event);
    if (held !== last && !shows(held)) waiting.push({ held, since: event.timeStamp });
    last = held;
  });
  window.addEventListener("pointermove", moved);
  const told = new MutationObserver(() => {
    const at = waiting.findLastIndex(({ held }) => shows(held));
    if (at < 0) return;
    const answered = waiting.splice(0, at + 1);
    painted((now) => {
      frames.push(now);
      late.push(...answered.map(({ since }) => now - since));
    });
  });
  told.observe(root, { attributes: true, attributeFilter: ["data-told"] });
  window.recordedFollowed = () => {
    window.removeEventListener("pointermove", moved);
    told.disconnect();
    return { late, painted: frames, left: waiting.length };
  };
}
