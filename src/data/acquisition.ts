import { decode } from 'cbor-x';
import { fail, show } from '../errors.js';
import { checkSegments, isRecord } from './labels.js';
import { checkSignal, finite, type Recording, rateOf } from './sample.js';

/**
 * Reads a data acquisition document, JSON or CBOR (told apart by its first byte).
 *
 * bytes -> signal [time T, axis A], T = rows of `payload.values`, A = `payload.sensors`; values may be flat for one axis.
 * The rate is 1000 / `interval_ms`, a whole number when within 0.01 Hz of one. Units are kept as metadata `units`.
 * Errors: `BAD_FILE` (no such document), `BAD_DATA` (row lengths, a value that is no number, empty), `UNSUPPORTED`.
 * Source: Edge Impulse's data acquisition format, version v1. The signature is not verified.
 *
 * @example
 * ```ts
 * const { signal } = parseAcquisition(text, 'idle.01.json');
 * console.log(signal.axes, signal.rateHz);
 * ```
 */
export function parseAcquisition(source: Uint8Array | string, name: string): Recording {
  const document = documentOf(source, name);
  const { payload } = document;
  if (!isRecord(payload)) bad(name, 'payload', payload, 'an object');
  if (isRecord(document.protected) && document.protected.ver !== 'v1') {
    unsupported(name, `protected.ver ${show(document.protected.ver)}`, 'v1');
  }
  const { interval_ms: intervalMs } = payload;
  if (typeof intervalMs !== 'number' || !(intervalMs > 0 && Number.isFinite(1000 / intervalMs))) {
    bad(name, 'payload.interval_ms', intervalMs, 'a number of milliseconds above 0');
  }
  const { axes, units } = sensorsOf(payload.sensors, name);
  const signal = checkSignal({ rateHz: rateOf(intervalMs), axes, values: valuesOf(payload.values, axes, name) }, name);
  const list = payload.structured_labels;
  const length = signal.values.length / axes.length;
  return {
    signal,
    ...(list === undefined ? {} : { segments: checkSegments(list, length, `${name} structured_labels`) }),
    metadata: metadataOf(payload, units),
  };
}

function bad(name: string, field: string, got: unknown, expected: string): never {
  return fail({
    code: 'BAD_FILE',
    where: `${name} ${field}`,
    got: show(got),
    expected,
    fix: 'Write the file in the data acquisition format.',
  });
}

function unsupported(name: string, got: string, expected: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: name,
    got,
    expected,
    fix: 'Store the readings as numbers in payload.values.',
  });
}

function documentOf(source: Uint8Array | string, name: string): Record<string, unknown> {
  const text = typeof source === 'string' ? source : jsonText(source);
  let document: unknown;
  try {
    document = text === undefined ? decode(source as Uint8Array) : parseJson(text);
  } catch (cause) {
    const kind = text === undefined ? 'CBOR' : 'JSON';
    const reason = cause instanceof Error ? cause.message : String(cause);
    fail({
      code: 'BAD_FILE',
      where: name,
      got: `bytes that are no ${kind} (${reason.slice(0, 80)})`,
      expected: 'a data acquisition document',
      fix: 'Copy or record the file again.',
      cause,
    });
  }
  return isRecord(document) ? document : bad(name, 'document', document, 'an object');
}

/** The text of a file that begins like a JSON object; no CBOR map begins with a brace. */
function jsonText(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  return text.startsWith('{') ? new TextDecoder().decode(bytes) : undefined;
}

/** Python writes NaN and Infinity, which JSON has not; read as null they are reported with their row and axis. */
function parseJson(text: string): unknown {
  const body = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(body);
  } catch (error) {
    const repaired = body.replace(/(?<=[[,:\s])-?(?:NaN|Infinity)(?=[\],}\s])/g, 'null');
    if (repaired === body) throw error;
    return JSON.parse(repaired);
  }
}

function sensorsOf(sensors: unknown, name: string): { axes: string[]; units: string[] } {
  if (!Array.isArray(sensors) || sensors.length === 0)
    bad(name, 'payload.sensors', sensors, 'a list of { name, units }');
  const axes = sensors.map((sensor: unknown, i) => {
    if (isRecord(sensor) && typeof sensor.name === 'string' && sensor.name !== '') return sensor.name;
    return bad(name, `payload.sensors[${i}]`, sensor, '{ name, units }');
  });
  return { axes, units: sensors.map(({ units }: Record<string, unknown>) => (typeof units === 'string' ? units : '')) };
}

function valuesOf(rows: unknown, axes: readonly string[], name: string): Float32Array {
  if (typeof rows === 'string') unsupported(name, `values as an attachment, ${show(rows)}`, 'numbers');
  if (!Array.isArray(rows)) bad(name, 'payload.values', rows, 'a list of rows');
  const values = new Float32Array(rows.length * axes.length);
  const flat = axes.length === 1;
  for (let t = 0; t < rows.length; t++) {
    const row: unknown = flat && !Array.isArray(rows[t]) ? [rows[t]] : rows[t];
    if (!Array.isArray(row) || row.length !== axes.length) wrongRow(row, t, axes, name);
    for (let a = 0; a < axes.length; a++) values[t * axes.length + a] = finite(row[a], name, `row ${t}`, axes[a]!);
  }
  return values;
}

function wrongRow(row: unknown, t: number, axes: readonly string[], name: string): never {
  return fail({
    code: 'BAD_DATA',
    where: `${name}, row ${t}`,
    got: Array.isArray(row) ? `${row.length} values` : show(row),
    expected: `${axes.length} values: ${axes.map(show).join(', ')}`,
    fix: 'Give every reading one value per sensor.',
  });
}

function metadataOf(payload: Record<string, unknown>, units: readonly string[]): Record<string, string> {
  const { device_name: device, device_type: type } = payload;
  return {
    ...(typeof device === 'string' ? { device_name: device } : {}),
    ...(typeof type === 'string' ? { device_type: type } : {}),
    ...(units.some((unit) => unit !== '') ? { units: units.join(', ') } : {}),
  };
}
