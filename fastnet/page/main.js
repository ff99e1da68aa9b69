// Puts the page together.

const find = (id) => document.getElementById(id);
const model = new Model(JSON.parse(find("model").textContent));
const [low, high] = model.ink; // the numbers that stand for no ink and for full ink
const brightness = (value) => Math.min(1, Math.max(0, (value - low) / (high - low)));

let input = null; // what the network gets: an example's own numbers, or made of the pad's
let exact = null; // an example's numbers while it is shown
let waiting = 0;

const pad = new Pad(find("pad"), model, () => { exact = null; think(); });
const bars = new Bars(model, find("bars"));
const inspector = new Inspector(model, find("weights"), find("neuron-text"));
const graph = new Graph(model, find("network"), find("seen"), find("graph"), (l, j) => {
  inspector.show(l, j);
  graph.inspect(l, j);
});
const examples = new Examples(model, find("examples"), find("examples-section"), brightness, (numbers) => {
  pad.show(numbers.map(brightness));
  exact = numbers;
  think();
});

function think() {
  if (exact === null) examples.press(null);
  input = exact ?? pad.pixels.map((share) => low + (high - low) * share);
  const results = model.run(input);
  const outputs = results.at(-1).activations;
  const { index, value } = model.verdict(outputs);
  const active = !pad.empty;
  graph.show(input, input.map(brightness), results, index, active);
  bars.show(outputs, index, active);
  inspector.update(results);
  const classified = model.classes !== null;
  const answer = classified ? model.classes[index] : outputs.map(round).join(", ");
  find("answer").textContent = active ? answer : "–";
  find("sureness").textContent = !active ? model.invitation : classified ? surenessOf(value) : "";
  announce(active ? `The network reads ${answer}, ${surenessOf(value)}.` : "The pad is empty.");
}

function surenessOf(value) {
  if (model.activations.at(-1) === "softmax") return `${(100 * value).toFixed(1)} % sure`;
  return `activation ${round(value)}`;
}

// Once the hand rests, not at every move.
function announce(text) {
  clearTimeout(waiting);
  waiting = setTimeout(() => { find("announcement").textContent = text; }, 450);
}

find("clear").addEventListener("click", () => pad.clear());
find("undo").addEventListener("click", () => pad.undo());
find("noise").addEventListener("click", () => pad.show(Float64Array.from(pad.pixels, Math.random)));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target !== find("pad")) pad.clear();
});

think();

// For tests and for the curious.
window.fastnet = Object.freeze({
  forward: (numbers) => model.forward(numbers),
  layers: (numbers) => model.run(numbers).map((result) => result.activations),
  input: () => Array.from(input),
  outputs: () => model.forward(input),
  answer: () => (pad.empty || model.classes === null ? null : model.classes[model.verdict(model.forward(input)).index]),
  sizes: Object.freeze([...model.sizes]),
});
