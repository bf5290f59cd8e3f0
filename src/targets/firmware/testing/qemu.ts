/** Boards in QEMU: a host at the other end of the emulated serial port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { SerialClient } from '../../../node/serial-client.js';

/** A board that runs; `raw` carries the bytes of its serial port. */
export interface Emulated {
  readonly child: ChildProcess;
  readonly raw: Duplex;
  readonly client: SerialClient;
}

/** Boots an image; its serial port is a pair of pipes. End `child` when done. */
export function boot(image: string, machine: string): Emulated {
  const args = ['-M', machine, '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-kernel', image];
  const child = spawn('qemu-system-arm', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const raw = Duplex.from({ readable: child.stdout, writable: child.stdin });
  return { child, raw, client: new SerialClient(raw, { pauseMs: 0, timeoutMs: 60_000 }) };
}

const CHUNK = 256;

/** The lines of AT+RUNIMPULSESTATIC for a window, which is sent as hosts do: a piece, and the next after an OK. */
export async function classifyStatic(raw: Duplex, window: Float32Array): Promise<string[]> {
  const { buffer, byteOffset, byteLength } = window;
  const digits = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  let text = '';
  return new Promise((done, failed) => {
    let at = 0;
    const take = (bytes: Uint8Array): void => {
      text += Buffer.from(bytes).toString('latin1');
      const said = /END OUTPUT\r\n\r\n> |ERR:.*\r\n\r\n> /.exec(text);
      if (said) {
        raw.off('data', take);
        if (/^RESULT 0\r$/m.test(text)) done(text.split('\r\n'));
        else failed(new Error(text));
      } else if (at < digits.length && text.split(/^OK .*\r\n/m).length - 1 > at / CHUNK) {
        raw.write(digits.slice(at, at + CHUNK));
        at += CHUNK;
      }
    };
    raw.on('data', take);
    raw.write(`AT+RUNIMPULSESTATIC=n,${window.length}\r`);
  });
}

/** Numbers that are printed under a label, first to last. */
export const numbersBehind = (lines: readonly string[], label: string): number[] =>
  lines.filter((line) => line.startsWith(`    ${label}: `)).map((line) => Number(line.slice(label.length + 6)));

/** The lines of a command until there are `count` that match. */
export async function linesOf(client: SerialClient, command: string, last: RegExp, count: number): Promise<string[]> {
  const controller = new AbortController();
  const lines: string[] = [];
  const take = (line: string): void => {
    lines.push(line);
    if (lines.filter((one) => last.test(one)).length === count) controller.abort();
  };
  await client.watch(command, take, controller.signal);
  return lines;
}
