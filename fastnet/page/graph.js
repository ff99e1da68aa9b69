// The network drawn live: the image, columns of neurons, the strongest contributions between them.

const SVG = "http://www.w3.org/2000/svg";
const MOST_NEURONS = 18; // of a layer that are drawn
const MOST_LINES = 48; // between two layers

function svg(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.append(element);
  return element;
}

// Which neurons of a layer are drawn: all, or the first and the last with null for the gap.
function shownOf(n) {
  const every = Array.from({ length: n }, (_, j) => j);
  if (n <= MOST_NEURONS) return every;
  const half = (MOST_NEURONS - 2) / 2;
  return [...every.slice(0, half), null, ...every.slice(n - half)];
}

class Graph {
  // chosen(layer, index) is called when a neuron is pointed at or focused
  constructor(model, holder, seen, root, chosen) {
    Object.assign(this, { model, holder, seen, root, chosen });
    this.lines = svg("g", {}, root);
    this.discs = svg("g", {}, root);
    this.columns = model.layers.map((layer, l) => this.column(layer, l));
    this.focused = [this.columns.length - 1, 0];
    this.inspected = null;
    this.neuronAt(...this.focused).element.setAttribute("tabindex", "0");
    root.addEventListener("keydown", (event) => this.keyDown(event));
    new ResizeObserver(() => { this.layOut(); this.draw(); }).observe(holder);
  }

  column(layer, l) {
    const last = l === this.model.layers.length - 1;
    const caption = svg("text", { class: "caption" }, this.discs);
    const neurons = [];
    const places = shownOf(layer.nOut);
    places.forEach((j, row) => {
      if (j === null) {
        const gap = svg("text", { class: "gap" }, this.discs);
        gap.textContent = "⋮";
        neurons.push({ j, row, element: gap });
        return;
      }
      const element = svg("g", { class: "neuron", tabindex: "-1", role: "img" }, this.discs);
      const parts = ["back", "light", "rim"].map((name) => svg("circle", { class: name }, element));
      const label = last ? svg("text", {}, element) : null;
      if (label) label.textContent = this.model.nameOf(j);
      element.addEventListener("pointerenter", () => this.chosen(l, j));
      element.addEventListener("pointerdown", () => this.chosen(l, j));
      element.addEventListener("focus", () => { this.focused = [l, neurons.filter((n) => n.j !== null).findIndex((n) => n.j === j)]; this.chosen(l, j); });
      neurons.push({ j, row, element, parts, label });
    });
    return { l, last, neurons, caption, rows: places.length };
  }

  real(l) {
    return this.columns[l].neurons.filter((neuron) => neuron.j !== null);
  }

  neuronAt(l, row) {
    return this.real(l)[row];
  }

  keyDown(event) {
    let [l, row] = this.focused;
    if (event.key === "ArrowUp") row -= 1;
    else if (event.key === "ArrowDown") row += 1;
    else if (event.key === "ArrowLeft") l -= 1;
    else if (event.key === "ArrowRight") l += 1;
    else return;
    event.preventDefault();
    l = Math.min(this.columns.length - 1, Math.max(0, l));
    row = Math.min(this.real(l).length - 1, Math.max(0, row));
    this.neuronAt(...this.focused).element.setAttribute("tabindex", "-1");
    const next = this.neuronAt(l, row).element;
    next.setAttribute("tabindex", "0");
    next.focus();
  }

  // --- Where everything is -------------------------------------------------------------------------

  layOut() {
    const width = this.holder.clientWidth;
    const narrow = width < 560;
    const most = Math.max(...this.columns.map((column) => column.rows));
    const step = Math.min(narrow ? 21 : 25, 480 / most + 4);
    const height = Math.max((most + 1) * step + 30, narrow ? 180 : 260);
    const [rows, columns] = this.model.shape;
    const side = Math.min(narrow ? width * 0.27 : 220, height - 30);
    const seen = { width: side * Math.min(1, columns / rows), height: side * Math.min(1, rows / columns) };
    this.place = { left: 0, top: (height - 24 - seen.height) / 2, ...seen };
    for (const [key, value] of Object.entries(this.place)) this.seen.style[key] = `${value}px`;
    const right = width - (narrow ? 26 : 70);
    const first = this.place.width + (right - this.place.width) / (this.columns.length + 0.4);
    const between = this.columns.length > 1 ? (right - first) / (this.columns.length - 1) : 0;
    const radius = Math.min(step * 0.42, 11);
    this.columns.forEach((column, l) => {
      const x = this.columns.length > 1 ? first + l * between : right;
      const top = (height - 24 - (column.rows - 1) * step) / 2;
      for (const neuron of column.neurons) this.put(neuron, x, top + neuron.row * step, radius);
      const { nOut, activation } = this.model.layers[l];
      column.caption.textContent = narrow ? nOut : `${nOut} ${activation.replace("_", " ")}`;
      column.caption.setAttribute("x", Math.min(x, width - 34));
      column.caption.setAttribute("y", height - 8);
    });
    this.root.setAttribute("height", height);
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  put(neuron, x, y, radius) {
    Object.assign(neuron, { x, y });
    if (neuron.j === null) {
      neuron.element.setAttribute("x", x);
      neuron.element.setAttribute("y", y);
      return;
    }
    for (const part of neuron.parts) {
      for (const [key, value] of Object.entries({ cx: x, cy: y, r: radius })) part.setAttribute(key, value);
    }
    neuron.label?.setAttribute("x", x + radius + 7);
    neuron.label?.setAttribute("y", y);
  }

  // --- What it shows -------------------------------------------------------------------------------

  show(input, pixels, results, best, active) {
    this.state = { input: Array.from(input, (value) => value * this.model.inputScale), results, best, active };
    imageOf(pixels, ...this.model.shape, undefined, this.seen);
    this.draw();
  }

  inspect(l, j) {
    this.inspected = l === null ? null : [l, j];
    this.draw();
  }

  draw() {
    if (!this.state || !this.place) return;
    const lines = [];
    this.columns.forEach((column, l) => {
      this.light(column, l);
      lines.push(...this.linesInto(column, l));
    });
    while (this.lines.childElementCount < lines.length) svg("line", {}, this.lines);
    [...this.lines.children].forEach((element, i) => {
      const line = lines[i];
      element.setAttribute("visibility", line ? "visible" : "hidden");
      if (!line) return;
      ["x1", "y1", "x2", "y2"].forEach((key, k) => element.setAttribute(key, line.ends[k]));
      element.setAttribute("stroke-width", 0.6 + 2.6 * line.share);
      element.setAttribute("stroke-opacity", 0.12 + 0.7 * line.share);
      element.setAttribute("class", line.amount < 0 ? "minus" : "plus");
    });
  }

  light(column, l) {
    const { results, best } = this.state;
    const values = results[l].activations;
    const bounded = ["sigmoid", "softmax", "tanh"].includes(this.model.activations[l]);
    const most = bounded ? 1 : Math.max(1e-12, ...values.map(Math.abs));
    for (const neuron of column.neurons) {
      if (neuron.j === null) continue;
      const value = values[neuron.j];
      const names = ["neuron"];
      if (value < 0) names.push("below");
      if (column.last && this.state.active && neuron.j === (this.model.binary ? 0 : best)) names.push("best");
      if (this.inspected && this.inspected[0] === l && this.inspected[1] === neuron.j) names.push("chosen");
      neuron.element.setAttribute("class", names.join(" "));
      neuron.parts[1].style.fillOpacity = Math.min(1, Math.abs(value) / most);
      neuron.element.setAttribute("aria-label", `${titleOf(this.model, l, neuron.j)}: activation ${round(value)}`);
    }
  }

  // The strongest of w * a between what is drawn; of the neuron that is looked at, all.
  linesInto(column, l) {
    const layer = this.model.layers[l];
    const before = l === 0 ? this.state.input : this.state.results[l - 1].activations;
    const only = this.inspected && this.inspected[0] === l ? this.inspected[1] : null;
    const from = l === 0 ? null : this.real(l - 1);
    const found = [];
    for (const neuron of column.neurons) {
      if (neuron.j === null || (only !== null && neuron.j !== only)) continue;
      const amountOf = (i) => layer.weights[neuron.j * layer.nIn + i] * before[i];
      if (l > 0) {
        for (const other of from) {
          found.push({ amount: amountOf(other.j), ends: [other.x, other.y, neuron.x, neuron.y] });
        }
        continue;
      }
      const strongest = before.map((value, i) => [value && Math.abs(amountOf(i)), i]).filter(([size]) => size > 0);
      strongest.sort((a, b) => b[0] - a[0]);
      for (const [, i] of strongest.slice(0, only === null ? 2 : 30)) {
        found.push({ amount: amountOf(i), ends: [...this.pixelPlace(i), neuron.x, neuron.y] });
      }
    }
    found.sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
    const most = Math.abs(found[0]?.amount ?? 0);
    return found.slice(0, MOST_LINES).filter((line) => line.amount !== 0)
      .map((line) => ({ ...line, share: Math.abs(line.amount) / most }));
  }

  pixelPlace(i) {
    const [rows, columns] = this.model.shape;
    const { left, top, width, height } = this.place;
    return [left + ((i % columns) + 0.5) * (width / columns), top + (Math.floor(i / columns) + 0.5) * (height / rows)];
  }
}

function titleOf(model, l, j) {
  return l === model.layers.length - 1 ? `Output ${model.nameOf(j)}` : `Layer ${l + 1}, neuron ${j + 1}`;
}

function round(value) {
  const size = Math.abs(value);
  const small = size !== 0 && size < 0.001;
  const text = small || size >= 10000 ? size.toExponential(1) : size.toFixed(size < 10 ? 3 : 1);
  return value < 0 ? `−${text}` : text;
}
