// Letters that mean something anywhere on a page, but where they are typed.

const TYPED_IN = ["input", "textarea", "select", "[contenteditable]", "[role=listbox]", "[role=menu]", "[role=grid]"].join();
const NOT_TYPED_IN = ["range", "checkbox", "radio", "button", "color", "file"].map((type) => `[type=${type}]`).join();

// The letter that was pressed by itself, in lower case; "" for any other key, and for one that a field takes.
function letter(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || event.key.length !== 1) return "";
  const node = event.composedPath()[0]; // to those outside a component its fields are the component
  const typed = node instanceof Element && node.closest(TYPED_IN) && !node.matches(NOT_TYPED_IN);
  return typed ? "" : event.key.toLowerCase();
}
