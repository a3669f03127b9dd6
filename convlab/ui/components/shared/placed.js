// Where a component stands on the page, which scrolls within itself.

// How far a node begins below the top of the page, in its own pixels; `watch` observes the page's content, which may move it.
function topOnPage(node, watch) {
  const host = /** @type {ShadowRoot} */ (node.getRootNode()).host ?? node;
  const page = host.closest('[data-testid="stMainBlockContainer"]');
  if (page) watch.observe(page);
  const scrolled = host.closest('[data-testid="stMain"]')?.scrollTop ?? 0;
  return node.getBoundingClientRect().top / zoomOf(node) + scrolled;
}
