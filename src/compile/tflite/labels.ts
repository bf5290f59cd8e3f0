import { decode } from './decode.js';

/** Name of the metadata that holds the names of a model's outputs, as a JSON list. */
export const LABELS = 'impulsekit.labels';

/**
 * Names of the outputs that `writeTflite` put into a file; undefined when there are none, or none that can be read.
 *
 * @throws `BAD_FILE`
 */
export function readTfliteLabels(bytes: Uint8Array): readonly string[] | undefined {
  const { metadata, buffers } = decode(bytes, 'Model');
  const entry = metadata.find(({ name }) => name === LABELS);
  const data = entry && buffers[entry.buffer]?.data;
  if (!data) return undefined;
  try {
    const labels: unknown = JSON.parse(new TextDecoder().decode(data));
    const good = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
    return good ? labels : undefined;
  } catch {
    return undefined;
  }
}
