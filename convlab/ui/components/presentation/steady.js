// On a narrow screen the card grows when it is answered, and what it asked about would leave the screen: the page goes with it,
// as far as the whole card stays in sight. One that would shrink keeps its height, by a style of the page.

const GUESS = ".st-key-course-guess";
const ANSWER = ".st-key-course-answer";

// How far to scroll when a card has grown by so much, whose upper edge had so much room above it.
const follows = (grown, room) => clamp(grown, 0, Math.max(0, room));

let watched = /** @type {ResizeObserver | null} */ (null);

// How high the card is while it asks; forgotten where one goes elsewhere.
function keepHeight(card, height) {
  if (height) card?.style.setProperty("--asked-height", `${height}px`);
  else card?.style.removeProperty("--asked-height");
}

// Who presses something on the card may answer.
function holdStill(event) {
  const card = event.target instanceof Element && event.target.closest(`.st-key-${CARD}`);
  if (!card) return;
  keepHeight(card, event.target.closest(GUESS) ? card.offsetHeight : 0);
  if (!card.querySelector(GUESS)) return;
  const [scroller, before, room] = [card.closest("[data-testid=stMain]"), card.offsetHeight, card.getBoundingClientRect().top];
  let gone = 0;
  watched?.disconnect();
  const observer = new ResizeObserver(() => {
    if (!card.querySelector(ANSWER)) return;
    const further = follows(card.offsetHeight - before, room) - gone;
    gone += further;
    scroller.scrollBy(0, further);
  });
  watched = observer;
  observer.observe(card);
  setTimeout(() => observer.disconnect(), LONGEST_MS);
}
