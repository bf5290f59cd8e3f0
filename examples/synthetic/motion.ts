// A wrist-worn accelerometer doing four things, 62.5 Hz, in m/s2: seeded amplitude, tempo, posture and tremor.
import { random } from './random.js';

const RATE_HZ = 62.5;
const AXES = ['accX', 'accY', 'accZ'] as const;
const GRAVITY = 9.81;

type Move = (t: number, hz: number, size: number) => readonly [number, number, number];

const MOVES: Readonly<Record<string, Move>> = {
  idle: () => [0, 0, 0],
  circle: (t, hz, size) => [size * Math.cos(2 * Math.PI * hz * t), size * Math.sin(2 * Math.PI * hz * t), 0],
  updown: (t, hz, size) => [
    0.15 * size * Math.sin(2 * Math.PI * hz * t + 1),
    0,
    1.4 * size * Math.sin(2 * Math.PI * hz * t),
  ],
  shake: (t, hz, size) => [
    1.6 * size * Math.sin(2 * Math.PI * 3.2 * hz * t),
    0.3 * size * Math.sin(2 * Math.PI * 6.4 * hz * t),
    0,
  ],
};

/** Recordings in the data acquisition format, as JSON text: `perClass` of every move, `seconds` long. */
export function motionRecordings(perClass: number, seconds: number, seed: number): { label: string; json: string }[] {
  return Object.entries(MOVES).flatMap(([label, move], index) =>
    Array.from({ length: perClass }, (_, take) => ({ label, json: record(move, seconds, seed + 1000 * index + take) })),
  );
}

function record(move: Move, seconds: number, seed: number): string {
  const source = random(seed);
  const hz = source.between(0.8, 1.6);
  const size = source.between(2.5, 6);
  const tilt = source.between(-0.4, 0.4);
  const tremor = source.between(0.05, 0.25);
  const rest = [GRAVITY * Math.sin(tilt), source.between(-0.5, 0.5), GRAVITY * Math.cos(tilt)];
  const values = Array.from({ length: Math.round(seconds * RATE_HZ) }, (_, n) =>
    move(n / RATE_HZ, hz * (1 + 0.05 * Math.sin(n / 90)), size).map((v, axis) =>
      Number((v + rest[axis]! + tremor * source.normal()).toFixed(3)),
    ),
  );
  return JSON.stringify({
    protected: { ver: 'v1', alg: 'none' },
    signature: '0'.repeat(64),
    payload: {
      device_type: 'synthetic',
      interval_ms: 1000 / RATE_HZ,
      sensors: AXES.map((name) => ({ name, units: 'm/s2' })),
      values,
    },
  });
}
