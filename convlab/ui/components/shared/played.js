// A component that plays through a row of places, with a chart whose cursor stands where the player does.

class Played extends Component {
  // options: the player's. A subclass has show(place), which draws a place and ends with written(text).
  constructor(root, data, options) {
    super(root, data);
    this.at = 0;
    this.across = []; // what the chart's horizontal axis says of each place
    this.player = new Player(this.labels, {
      name: this.labels.controls, slides: true,
      at: () => this.at, last: () => this.across.length - 1, show: (place) => /** @type {any} */ (this).show(place), ...options,
    });
    this.charts = element("div.charts");
  }

  load(data, across) {
    this.data = data;
    this.across = across;
    this.chart = new Chart(this, data.chart);
    this.charts.replaceChildren(this.chart.node);
    this.chart.update(data.chart, data);
  }

  // What Chart asks of its panel.
  get cursor() {
    return this.across[this.at] ?? null;
  }

  point(_chart, x) {
    if (x !== null) this.player.hold(this.across.indexOf(x));
  }

  key(event) {
    this.player.key(event);
  }

  // Spoken only while it rests: a playing component would talk without end.
  written(text) {
    this.player.mark(this.at, text);
    this.chart.drawCursor();
    this.say(this.player.playing ? "" : text);
  }
}
