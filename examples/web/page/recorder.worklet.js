// Hands the samples of the microphone over, a tenth of a second or so at a time.
const CHUNK = 4096;

class Recorder extends AudioWorkletProcessor {
  #chunk = new Float32Array(CHUNK);
  #filled = 0;

  process([[samples]]) {
    for (const sample of samples ?? []) {
      this.#chunk[this.#filled++] = sample;
      if (this.#filled < CHUNK) continue;
      this.port.postMessage(this.#chunk);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor('recorder', Recorder);
