// From one picture to another: a move out of large cells into smaller ones, or the other way. The numbers do not wait for it.

const ZOOM_MS = 550;
const MOST_ZOOM = 16;

// show(): puts the new picture on the stage.
function zooming(stage, show) {
  const { pixels, node } = stage;
  const [cols, leaving] = [stage.cols, element("canvas.leaving", { "aria-hidden": "true" })];
  sized(leaving, pixels.width, pixels.height).drawImage(pixels, 0, 0);
  show();
  if (movesLittle() || !node.offsetWidth) return;
  node.querySelector(".leaving")?.remove();
  pixels.after(leaving);
  const scale = clamp(stage.cols / cols, 1 / MOST_ZOOM, MOST_ZOOM);
  const timing = { duration: ZOOM_MS, easing: "ease-in-out" };
  node.classList.add("zooming");
  pixels.animate([{ transform: `scale(${scale})` }, { transform: "none" }], timing);
  leaving.animate([{ opacity: 1 }, { opacity: 0, transform: `scale(${1 / scale})` }], timing).onfinish = () => {
    leaving.remove();
    if (!node.querySelector(".leaving")) node.classList.remove("zooming");
  };
}
