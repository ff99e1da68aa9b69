// The drawing pad: strokes by pointer or keyboard, and the image that the network gets of them.

const FINE = 8; // raster pixels along one pixel of the network's image
const PEN = 0.125; // width of the pen, as a share of the box that a digit is scaled to: MNIST's mean

class Pad {
  // changed() is called when the image has changed
  constructor(canvas, model, changed) {
    Object.assign(this, { canvas, model, changed });
    [this.height, this.width] = model.shape;
    this.aspect = this.width / this.height;
    this.strokes = []; // lists of [x, y]; 1 is the pad's width, and its height likewise
    this.shown = null; // an image (in 0..1) shown instead of strokes
    this.pixels = new Float64Array(this.height * this.width);
    this.brush = { x: 0.5, y: 0.5, visible: false, down: false, held: false, moved: false };
    this.drawing = null; // the pointer that draws
    canvas.style.aspectRatio = `${this.width} / ${this.height}`;
    this.listen();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.pointerDown(event));
    canvas.addEventListener("pointermove", (event) => this.pointerMove(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => { if (event.pointerId === this.drawing) this.drawing = null; });
    }
    canvas.addEventListener("keydown", (event) => this.keyDown(event));
    canvas.addEventListener("keyup", (event) => this.keyUp(event));
    canvas.addEventListener("focus", () => this.draw());
    canvas.addEventListener("blur", () => { this.brush.down = this.brush.held = this.brush.visible = false; this.draw(); });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  pointerDown(event) {
    if (this.drawing !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    this.drawing = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.brush.visible = this.brush.down = false;
    this.begin(this.place(event));
  }

  pointerMove(event) {
    if (event.pointerId !== this.drawing) return;
    // Between two frames a pen reports several places.
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const each of events.length ? events : [event]) this.strokes.at(-1)?.push(this.place(each));
    this.update();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const within = (share) => Math.min(1, Math.max(0, share));
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  }

  begin(point) {
    this.shown = null;
    this.strokes.push([point]);
    this.update();
  }

  keyDown(event) {
    const { brush } = this;
    const step = event.shiftKey ? 0.1 : 0.025;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (moves[event.key]) {
      const [dx, dy] = moves[event.key];
      brush.x = Math.min(1, Math.max(0, brush.x + dx * step));
      brush.y = Math.min(1, Math.max(0, brush.y + dy * step));
      brush.visible = true;
      if (brush.down && this.strokes.length) {
        brush.moved = true;
        this.strokes.at(-1).push([brush.x, brush.y]);
        this.update();
      } else {
        this.draw();
      }
    } else if (event.key === " ") {
      if (!event.repeat && !brush.held) this.spaceDown();
    } else if (event.key === "Escape") {
      this.clear();
    } else if (event.key === "Backspace") {
      this.undo();
    } else {
      return;
    }
    event.preventDefault();
  }

  // Held while the brush moves, Space draws until it is let go; tapped, until it is tapped again.
  spaceDown() {
    const { brush } = this;
    brush.visible = brush.held = true;
    if (brush.down) {
      brush.down = false;
      this.draw();
      return;
    }
    brush.down = true;
    brush.moved = false;
    this.begin([brush.x, brush.y]);
  }

  keyUp(event) {
    if (event.key !== " ") return;
    event.preventDefault();
    this.brush.held = false;
    if (this.brush.moved) this.brush.down = this.brush.moved = false;
    this.draw();
  }

  clear() {
    this.strokes = [];
    this.brush.down = false;
    this.drawing = null;
    this.shown = null;
    this.update();
  }

  undo() {
    if (this.shown) return this.clear();
    this.strokes.pop();
    this.brush.down = false;
    this.update();
  }

  // An image in 0..1 instead of a drawing.
  show(pixels) {
    this.strokes = [];
    this.brush.down = false;
    this.shown = Float64Array.from(pixels);
    this.update();
  }

  get empty() {
    return this.shown === null && this.strokes.length === 0;
  }

  update() {
    this.pixels = this.shown ?? this.centred();
    this.draw();
    this.changed();
  }

  // --- From strokes to the network's image, as MNIST's were made ---------------------------------

  // The strokes are scaled, without distortion, until they fill the box with the pen's width around
  // them; the box is then put where its centre of mass (or itself) is in the middle of the image.
  centred() {
    const { height, width } = this;
    const pixels = new Float64Array(height * width);
    if (!this.strokes.length) return pixels;
    const [boxHeight, boxWidth] = this.model.placing.box;
    const small = this.boxImage(boxHeight, boxWidth);
    let [top, left] = [(height - boxHeight) / 2, (width - boxWidth) / 2];
    if (this.model.placing.by === "mass") {
      const mass = centreOfMass(small, boxHeight, boxWidth);
      // whole pixels; the middle is pixel 14 of 0..27, where MNIST's own centres of mass are
      top = Math.round(height / 2 - mass[0]);
      left = Math.round(width / 2 - mass[1]);
    }
    top = Math.min(height - boxHeight, Math.max(0, Math.floor(top)));
    left = Math.min(width - boxWidth, Math.max(0, Math.floor(left)));
    for (let i = 0; i < boxHeight; i++) {
      for (let j = 0; j < boxWidth; j++) pixels[(top + i) * width + left + j] = small[i * boxWidth + j];
    }
    return pixels;
  }

  boxImage(boxHeight, boxWidth) {
    const points = this.strokes.flat().map(([x, y]) => [x * this.width, y * this.height]);
    const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
    const ends = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [1e9, -1e9]);
    const [[x0, x1], [y0, y1]] = [ends(xs), ends(ys)];
    const pen = PEN * Math.min(boxHeight, boxWidth);
    // A dot is no digit: small drawings grow, but not without limit.
    const scale = Math.min((boxHeight - pen) / (y1 - y0), (boxWidth - pen) / (x1 - x0), 6);
    const canvas = document.createElement("canvas");
    canvas.width = boxWidth * FINE;
    canvas.height = boxHeight * FINE;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.scale(FINE, FINE);
    context.translate(boxWidth / 2 - (scale * (x0 + x1)) / 2, boxHeight / 2 - (scale * (y0 + y1)) / 2);
    trace(context, this.strokes, pen, this.width * scale, this.height * scale, "#fff");
    const raster = context.getImageData(0, 0, canvas.width, canvas.height).data;
    return averaged(raster, boxHeight, boxWidth);
  }

  // --- What is on the pad --------------------------------------------------------------------------

  draw() {
    const { canvas, brush } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(width / this.aspect));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    const pen = PEN * 0.72 * Math.min(width, height);
    if (this.shown) {
      context.imageSmoothingEnabled = false;
      context.drawImage(imageOf(this.shown, this.height, this.width), 0, 0, width, height);
    } else if (this.strokes.length) {
      trace(context, this.strokes, pen, width, height, "#fff");
    } else {
      context.fillStyle = "#8a9299";
      context.font = `${Math.round(width / 14)}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.fillText(this.model.invitation, width / 2, height / 2);
    }
    if (brush.visible) {
      context.beginPath();
      context.arc(brush.x * width, brush.y * height, pen / 2 + 2, 0, 2 * Math.PI);
      context.strokeStyle = brush.down ? "#ffd257" : "#6fb1ff";
      context.lineWidth = 3 * ratio;
      context.stroke();
    }
  }
}

function trace(context, strokes, pen, width, height, colour) {
  Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: pen, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => [x * width, y * height]);
    context.beginPath();
    if (points.length === 1) {
      context.arc(points[0][0], points[0][1], pen / 2, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    context.moveTo(...points[0]);
    for (const point of points.slice(1)) context.lineTo(...point);
    context.stroke();
  }
}

// Mean opacity over each FINE x FINE block: anti-aliased, in 0..1.
function averaged(raster, height, width) {
  const image = new Float64Array(height * width);
  for (let y = 0; y < height * FINE; y++) {
    for (let x = 0; x < width * FINE; x++) {
      const at = Math.floor(y / FINE) * width + Math.floor(x / FINE);
      image[at] += raster[4 * (y * width * FINE + x) + 3] / (255 * FINE * FINE);
    }
  }
  return image;
}

function centreOfMass(image, height, width) {
  let [sum, y, x] = [0, 0, 0];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const mass = image[i * width + j];
      sum += mass;
      y += i * mass;
      x += j * mass;
    }
  }
  return sum > 0 ? [y / sum, x / sum] : [(height - 1) / 2, (width - 1) / 2];
}

// A canvas of one pixel a pixel, from brightness in 0..1 or from a function of the number to [r, g, b].
function imageOf(pixels, height, width, colour = (v) => [255 * v, 255 * v, 255 * v], canvas = null) {
  const target = canvas ?? document.createElement("canvas");
  Object.assign(target, { width, height });
  const context = target.getContext("2d");
  const data = context.createImageData(width, height);
  for (let i = 0; i < pixels.length; i++) data.data.set([...colour(pixels[i]), 255], 4 * i);
  context.putImageData(data, 0, 0);
  return target;
}
