// What components of a page hand to each other, before Streamlit hears of it.

const OPENED = "convlab-opened"; // {file, then}: a picture that was pressed; who takes it calls then() once it is shown, or cannot be
const EXPLAINED = "convlab-explained"; // PyTorch's message on a picture, with what speaks for its class

// Whether somebody took it.
const hand = (name, detail) => !document.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));

class Taking {
  constructor(name, take) {
    this.name = name;
    this.heard = (event) => {
      event.preventDefault();
      take(event.detail);
    };
    document.addEventListener(name, this.heard);
  }

  stop() {
    document.removeEventListener(this.name, this.heard);
  }
}
