/** A headless Chromium for tests: shows pages from memory and hands back what they find out. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Page {
  /** By path, such as `index.html`. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Path of the page; its scripts end with a POST of JSON to `/result`. */
  readonly start: string;
  /** Sent with every file. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  wasm: 'application/wasm',
  wav: 'audio/wav',
};

const FLAGS = [
  ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio'],
];
const PATIENCE_MS = 240_000;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function serve({ files, headers }: Page, onResult: (text: string) => void): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname.slice(1);
    if (request.method === 'POST' && path === 'result') {
      onResult(await bodyOf(request));
      response.end();
      return;
    }
    const file = files[path];
    const type = TYPES[path.split('.').at(-1)!] ?? 'application/octet-stream';
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': type, ...headers });
    response.end(file);
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done(server));
  });
}

/**
 * Opens a page and gives what it posts to `/result`.
 *
 * @throws when the page posts `{ error }`, or nothing for a long time; with what the browser had to say
 */
export async function inChromium(page: Page): Promise<unknown> {
  const profile = mkdtempSync(join(tmpdir(), 'impulsekit-chromium-'));
  let posted = (_text: string): void => undefined;
  const result = new Promise<string>((done) => {
    posted = done;
  });
  const server = await serve(page, posted);
  const { port } = server.address() as AddressInfo;
  const flags = [...FLAGS, `--user-data-dir=${profile}`, '--enable-logging=stderr', ...(page.flags ?? [])];
  const browser = spawn('chromium', [...flags, `http://127.0.0.1:${port}/${page.start}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group, to be ended with everything it has started.
    detached: true,
  });
  let log = '';
  browser.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    // Of all it says, what the page's scripts say.
    log += chunk
      .split('\n')
      .filter((line) => /CONSOLE|FATAL/.test(line))
      .join('\n');
  });
  const closed = new Promise<void>((done) => {
    browser.once('close', () => done());
  });
  try {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, failed) => {
      timer = setTimeout(() => failed(new Error(`no result within ${PATIENCE_MS} ms:\n${log}`)), PATIENCE_MS);
    });
    const text = await Promise.race([result, late]).finally(() => clearTimeout(timer));
    const value = JSON.parse(text);
    if (value?.error !== undefined) throw new Error(`${value.error}\n${log}`);
    return value;
  } finally {
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL');
    await closed;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
