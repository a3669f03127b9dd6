// While one presents, <html> says so: data-present is "folded", or "open" while the controls are shown. That is the truth; the
// address follows it without a step of Back, and is read once, when the page is loaded.

const LAYOUT_PX = [1200, 675]; // what pages are laid out for; a larger window shows the same, enlarged
const YEAR_S = 365 * 24 * 3600;
const page = document.documentElement;

const following = (url) => addressed(url, location.href, presenting());
const follow = () => history.replaceState(history.state, "", location.href);

// Whoever writes an address from now on, whether one presents stands in it.
function leadAddresses() {
  if (presents(location.search)) page.dataset.present ||= "folded";
  for (const name of ["pushState", "replaceState"]) {
    const write = history[name].bind(history);
    history[name] = (state, title, url) => write(state, title, following(url ?? location.href));
  }
}

// A link to another page leads there as this one is, in a new tab too; when it was drawn that may have been otherwise.
function leadLink(event) {
  const link = event.target instanceof Element && event.target.closest("a[data-testid=stPageLink-NavLink]");
  if (link) link.href = following(link.href);
}

function enlarge() {
  const zoom = Math.max(1, Math.min(innerWidth / LAYOUT_PX[0], innerHeight / LAYOUT_PX[1]));
  if (presenting()) page.style.setProperty("--zoom", String(zoom));
  else page.style.removeProperty("--zoom");
}

leadAddresses();
enlarge();

class Presentation extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    const made = (name, key, act) => button(labels[name], act, { class: name, title: labels[`${name}_help`], "aria-keyshortcuts": key });
    this.present = made("present", "P", () => this.turn(presenting() ? "" : "folded"));
    this.controls = made("controls", "C", () => this.turn(page.dataset.present === "open" ? "folded" : "open"));
    this.blank = made("blank", "B", () => this.cover());
    this.root.replaceChildren(this.controls, this.blank, this.present, this.live);
    this.heard = {
      keydown: (event) => {
        if (this.uncover(event)) return;
        if (event.key === "Enter") holdStill(event); // in a field: a button is clicked by it
        this.key(event);
      },
      pointerdown: (event) => this.uncover(event) || leadLink(event),
      focusin: leadLink,
      resize: enlarge,
      popstate: () => {
        follow();
        along.forget();
        keepHeight(find(`.st-key-${CARD}`), 0);
      },
      click: (event) => {
        along.press(event);
        holdStill(event);
      },
    };
    for (const name in this.heard) window.addEventListener(name, this.heard[name], true);
    window.addEventListener("keydown", this.step); // an arrow that a lab has taken does not come so far
    this.show();
  }

  stop() {
    for (const name in this.heard) window.removeEventListener(name, this.heard[name], true);
    window.removeEventListener("keydown", this.step);
  }

  update({ language, remember }) {
    page.lang = language;
    // biome-ignore lint/suspicious/noDocumentCookie: over plain HTTP there is no other way
    if (remember.value) document.cookie = `${remember.name}=${remember.value}; path=/; max-age=${YEAR_S}; samesite=lax`;
  }

  // state: "folded", "open", or "" for a page as it is alone.
  turn(state) {
    if (state) page.dataset.present = state;
    else delete page.dataset.present;
    follow();
    this.show();
    window.dispatchEvent(new Event("resize")); // another page in the same window
    this.say(this.labels[state || "ended"]);
  }

  show() {
    const { present, controls, blank, labels } = this;
    controls.hidden = blank.hidden = !presenting();
    controls.setAttribute("aria-pressed", String(page.dataset.present === "open"));
    present.textContent = presenting() ? labels.leave : labels.present;
    present.title = presenting() ? labels.leave_help : labels.present_help;
  }

  cover() {
    page.dataset.blank = "";
  }

  // Whatever is pressed while the screen is black only shows the page again.
  uncover(event) {
    if (page.dataset.blank === undefined) return false;
    delete page.dataset.blank;
    taken(event);
    return true;
  }

  // Onward and back on the card of a station.
  step = (event) => {
    const control = presenting() && clicked(event);
    if (!control) return;
    taken(event);
    control.click();
  };

  key(event) {
    if (event.key.startsWith("Page")) this.step(event); // even where a lab has the focus
    const pressed = letter(event);
    if (pressed === "p") this.present.click();
    else if (presenting() && pressed === "c") this.controls.click();
    else if (presenting() && pressed === "b") this.blank.click();
    else return;
    taken(event);
  }
}

export default mount(Presentation);
