// The moving picture of a voice: bars of how loud it was, the newest at the
// right. It moves because the voice does; a pause stills it.

const bar = 2; // px, and as much between two
const every = 60; // ms

export class Level {
  #canvas;
  #context;
  #analyser;
  #samples;
  #heights = [];
  #timer = null;
  heard = false; // something was, since it began to listen

  constructor(canvas) {
    this.#canvas = canvas;
  }

  // listen begins to show the sound of a stream.
  listen(stream) {
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#heights = [];
    this.heard = false;
  }

  // go moves the picture, or stills it.
  go(on) {
    clearInterval(this.#timer);
    this.#timer = on ? setInterval(() => this.#step(), every) : null;
  }

  end() {
    this.go(false);
    this.#context?.close();
    this.#context = null;
    this.#canvas.getContext("2d").clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #step() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const s of this.#samples) sum += s * s;
    const loudness = Math.sqrt(sum / this.#samples.length);
    this.heard ||= loudness > 0.001;
    this.#heights.push(Math.min(1, Math.sqrt(loudness * 2))); // so that a quiet voice shows, too
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches || this.#heights.length % 16 === 0) this.#draw();
  }

  #draw() {
    const scale = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (this.#canvas.width !== Math.round(width * scale)) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const count = Math.floor(width / (bar * 2));
    this.#heights.splice(0, this.#heights.length - count);
    const picture = this.#canvas.getContext("2d");
    picture.setTransform(scale, 0, 0, scale, 0, 0);
    picture.clearRect(0, 0, width, height);
    picture.fillStyle = getComputedStyle(this.#canvas).color;
    this.#heights.forEach((h, i) => {
      const tall = Math.max(bar, h * height);
      const x = width - (this.#heights.length - i) * bar * 2;
      picture.beginPath();
      picture.roundRect(x, (height - tall) / 2, bar, tall, bar / 2);
      picture.fill();
    });
  }
}
