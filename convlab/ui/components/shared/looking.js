// While a hand moves, PyTorch is asked over a route what the networks say of what is in it: ten times a second and more. Streamlit
// hears when it lets go. Needs post, messenger.

class Looking {
  // handlers: question(): what is in the hand now, as the route "look" takes it; shown(message, last): what the networks say of
  // it, and whether that was asked last, so that it is of what is on the screen.
  constructor(root, handlers) {
    this.secret = "";
    this.messenger = new Messenger(root, {
      question: () => ({ header: { secret: this.secret, ...handlers.question() }, pixels: new Uint8Array() }),
      answered: (message) => message.secret === this.secret && handlers.shown(message, true),
      overtaken: (message) => message.secret === this.secret && handlers.shown(message, false),
      tell: () => {},
    });
  }

  stop() {
    this.messenger.stop();
  }

  // From Python: another picture or network has another secret.
  hear({ route, secret }) {
    if (secret !== this.secret) this.messenger.failures = 0;
    this.secret = secret;
    this.messenger.route = secret ? route : "";
  }

  // Whether what is on the screen is answered at once.
  get live() {
    return this.messenger.hasRoute && !this.messenger.failures;
  }

  ask() {
    if (this.messenger.hasRoute) this.messenger.ask();
  }

  // What is on its way is of something else than what is shown now.
  drop() {
    this.messenger.drop();
  }
}
