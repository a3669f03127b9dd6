// Streamlit's own fields, set from a script as a person sets them.

const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;

// Put a text into a field as if it were typed: React hears of it.
function put(field, text) {
  setValue.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Streamlit takes what is in the field.
const enter = (field) => field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
