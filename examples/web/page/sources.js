// Where values come from: a microphone, an audio file, a table of sensor values.
import { Resampler } from './resampler.js';

/** Impulses take the numbers of 16-bit recordings. */
const FULL_SCALE = 32768;

const scaled = (samples) => samples.map((sample) => Math.max(-32768, Math.min(32767, Math.round(sample * FULL_SCALE))));

/** Starts the microphone; gives a function that stops it. */
export async function listen(rateHz, take) {
  const wish = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
  const context = new AudioContext();
  await context.audioWorklet.addModule('recorder.worklet.js');
  const recorder = new AudioWorkletNode(context, 'recorder', { channelCount: 1, channelCountMode: 'explicit' });
  const resampler = new Resampler(context.sampleRate, rateHz);
  recorder.port.addEventListener('message', ({ data }) => take(scaled(resampler.push(data))));
  recorder.port.start();
  context.createMediaStreamSource(stream).connect(recorder);
  await context.resume();
  return () => {
    for (const track of stream.getTracks()) track.stop();
    return context.close();
  };
}

/** An audio file of any rate and number of channels, as one channel at the rate of the impulse. */
export async function readAudio(file, rateHz) {
  const context = new OfflineAudioContext(1, 1, rateHz);
  const audio = await context.decodeAudioData(await file.arrayBuffer());
  const channels = Array.from({ length: audio.numberOfChannels }, (_, i) => audio.getChannelData(i));
  return scaled(channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length));
}

/** A table with one time step per line: columns named as the axes, or as many columns as there are axes. */
export async function readTable(file, axes) {
  const lines = (await file.text()).split(/\r?\n/).filter((line) => line.trim() !== '');
  const rows = lines.map((line) => line.split(/[,;\t]/).map((cell) => cell.trim()));
  const named = rows.length > 0 && axes.every((axis) => rows[0].includes(axis));
  const columns = axes.map((axis, i) => (named ? rows[0].indexOf(axis) : i));
  const values = (named ? rows.slice(1) : rows).flatMap((row) => columns.map((column) => Number(row[column] || 'x')));
  if (values.some(Number.isNaN)) throw new Error(`This is no table with the columns ${axes.join(', ')}`);
  return Float32Array.from(values);
}
