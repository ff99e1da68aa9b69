// The network: weights from base64, and the same forward pass as Network.forward, in 64-bit numbers.

function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

// Numbers in files are little-endian, as is every machine that browsers run on.
function numbersOf(text, dtype) {
  const bytes = bytesOf(text);
  return dtype === "float64" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

const ELEMENTWISE = {
  identity: (z) => z,
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  relu: (z) => (z > 0 ? z : 0),
  leaky_relu: (z) => (z > 0 ? z : 0.01 * z),
};

function softmax(z) {
  const top = Math.max(...z); // taken off first, so that no exponential overflows
  const raised = z.map((value) => Math.exp(value - top));
  const sum = raised.reduce((total, value) => total + value, 0);
  return raised.map((value) => value / sum);
}

class Layer {
  // weights (nOut, nIn) row by row, then the biases (nOut): views of one array
  constructor(numbers, offset, nIn, nOut, activation) {
    Object.assign(this, { nIn, nOut, activation });
    this.weights = numbers.subarray(offset, offset + nIn * nOut);
    this.biases = numbers.subarray(offset + nIn * nOut, offset + (nIn + 1) * nOut);
  }

  // z = W a + b over the inputs that are not zero, then the activation
  answer(inputs) {
    const used = [];
    for (let i = 0; i < this.nIn; i++) if (inputs[i] !== 0) used.push(i);
    const z = new Array(this.nOut);
    for (let j = 0; j < this.nOut; j++) {
      const row = j * this.nIn;
      let sum = this.biases[j];
      for (const i of used) sum += this.weights[row + i] * inputs[i];
      z[j] = sum;
    }
    const activations = this.activation === "softmax" ? softmax(z) : z.map(ELEMENTWISE[this.activation]);
    return { z, activations };
  }
}

class Model {
  constructor(spec) {
    Object.assign(this, spec);
    const numbers = numbersOf(spec.parameters, spec.dtype);
    this.layers = [];
    let offset = 0;
    for (let l = 0; l + 1 < spec.sizes.length; l++) {
      const [nIn, nOut] = [spec.sizes[l], spec.sizes[l + 1]];
      this.layers.push(new Layer(numbers, offset, nIn, nOut, spec.activations[l]));
      offset += (nIn + 1) * nOut;
    }
    if (offset !== numbers.length) throw new Error("the page is damaged: its network is incomplete");
    this.binary = this.classes !== null && spec.sizes.at(-1) === 1;
  }

  // All layers' { z, activations } for one input of sizes[0] numbers.
  run(input) {
    const values = Array.from(input, Number);
    if (values.length !== this.sizes[0]) {
      throw new RangeError(`input must be ${this.sizes[0]} numbers, not ${values.length}`);
    }
    if (!values.every(Number.isFinite)) throw new RangeError("input must be finite numbers");
    const results = [];
    let current = values.map((value) => value * this.inputScale);
    for (const layer of this.layers) {
      results.push(layer.answer(current));
      current = results.at(-1).activations;
    }
    return results;
  }

  forward(input) {
    return this.run(input).at(-1).activations;
  }

  // The brightest output and its activation; one sigmoid stands for two classes.
  verdict(outputs) {
    if (this.binary) {
      const one = outputs[0] > 0.5;
      return { index: one ? 1 : 0, value: one ? outputs[0] : 1 - outputs[0] };
    }
    let index = 0;
    outputs.forEach((value, j) => { if (value > outputs[index]) index = j; });
    return { index, value: outputs[index] };
  }

  // What stands at output j.
  nameOf(j) {
    if (this.classes === null) return `value ${j}`;
    return this.classes[this.binary ? 1 : j];
  }
}
