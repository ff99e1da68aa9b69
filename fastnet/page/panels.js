// The panels beside the network: the bars of the outputs, the weights of one neuron, the test images.

class Bars {
  constructor(model, list) {
    this.model = model;
    this.rows = model.layers.at(-1).biases.length;
    this.items = Array.from({ length: this.rows }, (_, j) => {
      const item = document.createElement("li");
      const [name, track, bar, value] = ["span", "span", "span", "span"].map((tag) => document.createElement(tag));
      name.className = "name";
      track.className = "track";
      bar.className = "bar";
      value.className = "value";
      name.textContent = model.nameOf(j);
      track.setAttribute("aria-hidden", "true");
      track.append(bar);
      item.append(name, track, value);
      list.append(item);
      return { item, bar, value };
    });
  }

  show(outputs, best, active) {
    const bounded = ["sigmoid", "softmax", "tanh"].includes(this.model.activations.at(-1));
    const most = bounded ? 1 : Math.max(1e-12, ...outputs.map(Math.abs));
    this.items.forEach(({ item, bar, value }, j) => {
      bar.style.width = `${(100 * Math.abs(outputs[j])) / most}%`;
      bar.className = outputs[j] < 0 ? "bar below" : "bar";
      item.className = active && j === (this.model.binary ? 0 : best) ? "best" : "";
      value.textContent = round(outputs[j]);
    });
  }
}

function colourOf(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}

// From neutral at 0 to the colour of the sign at +-most.
function diverging(most) {
  const [zero, plus, minus] = ["--zero", "--positive", "--negative"].map(colourOf);
  return (weight) => {
    const share = Math.min(1, Math.abs(weight) / most);
    const end = weight < 0 ? minus : plus;
    return zero.map((channel, k) => channel + (end[k] - channel) * share);
  };
}

class Inspector {
  constructor(model, canvas, text) {
    Object.assign(this, { model, canvas, text, place: null, results: null });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    canvas.hidden = true;
  }

  show(l, j) {
    this.place = [l, j];
    this.draw();
  }

  update(results) {
    this.results = results;
    this.describe();
  }

  draw() {
    if (!this.place) return;
    const [l, j] = this.place;
    const layer = this.model.layers[l];
    const weights = Array.from(layer.weights.subarray(j * layer.nIn, (j + 1) * layer.nIn));
    this.most = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
    this.canvas.hidden = false;
    if (l === 0) {
      imageOf(weights, ...this.model.shape, diverging(this.most), this.canvas);
      this.canvas.style.imageRendering = "pixelated";
    } else {
      this.drawBars(weights);
      this.canvas.style.imageRendering = "auto";
    }
    this.describe();
  }

  // One bar for every neuron of the layer before, up where it excites and down where it inhibits.
  drawBars(weights) {
    const [width, height] = [Math.max(416, weights.length), 320];
    Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d");
    const colour = diverging(this.most * 0.6);
    const step = width / weights.length;
    const middle = height / 2;
    weights.forEach((weight, i) => {
      const length = (weight / this.most) * (middle - 12);
      context.fillStyle = `rgb(${colour(weight).map(Math.round)})`;
      context.fillRect(i * step + step * 0.1, Math.min(middle, middle - length), Math.max(1, step * 0.8), Math.abs(length));
    });
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--soft");
    context.fillRect(0, middle - 1, width, 2);
  }

  describe() {
    if (!this.place || !this.results) return;
    const [l, j] = this.place;
    const { z, activations } = this.results[l];
    const title = titleOf(this.model, l, j);
    const source = l === 0 ? "pixels" : `the ${this.model.sizes[l]} neurons of layer ${l}`;
    this.text.textContent = `${title}: activation ${round(activations[j])}, weighted input ${round(z[j])}, ` +
      `bias ${round(this.model.layers[l].biases[j])}. Its weights from ${source}, on a scale of ±${round(this.most)}.`;
    this.canvas.setAttribute("aria-label", `Weights of ${title}`);
  }
}

// The numbers of an example: codes of one byte into a table, or the numbers themselves.
function pixelsOf(example, table) {
  if (table === null) return numbersOf(example.pixels, "float64");
  return Float64Array.from(bytesOf(example.pixels), (code) => table[code]);
}

class Examples {
  // picked(input) is called with the network's input
  constructor(model, holder, section, brightness, picked) {
    this.buttons = [];
    section.hidden = model.examples.length === 0;
    const table = model.table === null ? null : numbersOf(model.table, "float64");
    model.examples.forEach((example, number) => {
      const input = pixelsOf(example, table);
      const button = document.createElement("button");
      const label = example.label === null ? "" : `: ${example.label}`;
      Object.assign(button, { type: "button", title: `Test image ${number + 1}${label}` });
      button.setAttribute("aria-label", `Test image ${number + 1}${label}`);
      button.setAttribute("aria-pressed", "false");
      button.append(imageOf(input.map(brightness), ...model.shape));
      button.addEventListener("click", () => {
        picked(input);
        this.press(button);
      });
      holder.append(button);
      this.buttons.push(button);
    });
  }

  press(button) {
    for (const each of this.buttons) each.setAttribute("aria-pressed", String(each === button));
  }
}
