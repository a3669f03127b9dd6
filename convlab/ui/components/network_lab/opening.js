// Another unit is opened: PyTorch is asked for its parts over a route, Python hears of it at a pause, for the link, the words and the
// experiments. Where there is no route Python is told at once, and its message has the parts.

// Python's message, of which an answer of the route tells anew what depends on the open unit.
function reopened(message, answer) {
  const { place, detail, ladder, kernels, recipes } = answer;
  const of = (name) => (name in answer.blobs ? answer : message);
  const blobs = { ...message.blobs, ...answer.blobs };
  const whole = (recipe, n) => (recipe?.tensors.every((name) => blobs[`made_${n}_${name}`]) ? recipe : null); // its tensors may have come with an answer before
  return {
    ...message, detail, ladder, blobs,
    place: { ...place, revision: message.place.revision },
    editing: { ...message.editing, ...kernels },
    layers: message.layers.map((layer, n) => Object.assign(layer, { recipe: whole(recipes[n] ?? layer.recipe, n) })),
    bytes: (name) => of(name).bytes(name),
    floats: (name) => of(name).floats(name),
  };
}

class Opening {
  // lab: the NetworkLab, which has `pinned`, and takes answers in reopen(answer).
  constructor(lab) {
    this.lab = lab;
    this.untold = false; // Python has not heard of the open unit
    this.messenger = new Messenger(lab.root, { question: () => this.question(), answered: (answer) => this.take(answer), tell: () => this.tell() });
  }

  stop() {
    this.messenger.stop();
  }

  // A unit was opened.
  send() {
    const { lab: { data, pinned, editing }, messenger } = this;
    this.untold = true;
    // What Python has not heard of no pass of it knows; a field that is measured changes what is shown of the layer.
    const known = !editing.isAhead && data.layers[pinned.layer].ruled;
    messenger.route = known ? data.values.route : "";
    messenger.send();
  }

  question() {
    const { atlas, data, pinned } = this.lab;
    this.asked = data.values.secret;
    const { layer, channel, row, col } = pinned;
    return { header: { secret: this.asked, layer, channel, row, col, known: atlas.large ? atlas.known : [] }, pixels: new Uint8Array() };
  }

  take(answer) {
    const { data, editing } = this.lab;
    if (this.asked === data.values.secret && !editing.isAhead) this.lab.reopen(answer);
  }

  // Whatever else Python is told, it hears of this before.
  tellNow() {
    this.messenger.tellNow();
  }

  tell() {
    if (!this.untold) return;
    this.untold = false;
    this.lab.editing.tellNow();
    this.lab.send("place", { ...this.lab.pinned, revision: this.lab.revisions.made });
  }
}
