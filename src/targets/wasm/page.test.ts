// The page of examples/web as its users meet it: driven by a second page that presses its buttons.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Made, makeImpulses } from '../../../examples/web/impulses.js';
import { wasm32 } from '../../node/toolchains/wasm.js';
import { has } from '../../testing/compilers.js';
import { inChromium } from './testing/chromium.js';

const root = mkdtempSync(join(tmpdir(), 'impulsekit-page-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const pageDir = join(process.cwd(), 'examples/web/page');
/** Trains, compiles and starts a browser, which takes its time on a machine that has other things to do. */
const PATIENCE_MS = 300_000;
const ready = has('chromium') && (await wasm32().find()) !== undefined;

/** Opens the page in a frame; `until` waits for something to become true of its document. */
const DRIVER = `const post = (value) => fetch('/result', { method: 'POST', body: JSON.stringify(value) });
addEventListener('unhandledrejection', ({ reason }) => post({ error: String(reason?.stack ?? reason) }));
addEventListener('error', ({ message }) => post({ error: message }));
const frame = document.querySelector('iframe');
await new Promise((done) => frame.addEventListener('load', done, { once: true }));
const page = frame.contentDocument;
const at = (id) => page.getElementById(id);
const until = async (what, test) => {
  for (let i = 0; i < 2000; i++) {
    if (test()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('waited for ' + what + ' in vain: ' + at('status').textContent);
};
const saying = (text) => until(text, () => at('status').textContent.startsWith(text));
const heard = () => [...at('rows').rows].map((row) => row.cells[1].textContent).reverse();
const choose = (content, name) => {
  const chosen = new DataTransfer();
  chosen.items.add(new File([content], name));
  at('file').files = chosen.files;
  at('file').dispatchEvent(new Event('change'));
};
`;

/** Labels that were heard; what is said of strange windows behind them does not count. */
const knownOf = (heard: readonly string[], labels: readonly string[]): string[] =>
  labels.filter((label) => heard.some((text) => text.split(' ')[0] === label));

interface Pages {
  readonly files: Record<string, string | Uint8Array>;
  readonly made: Made;
}

/** Everything the browser may ask for, and a driver that ends with these lines. */
const drive = ({ files }: Pages, script: string, flags: readonly string[] = []): Promise<unknown> =>
  inChromium({
    start: 'driver.html',
    flags,
    files: {
      ...files,
      'driver.html':
        '<!doctype html><iframe src="index.html" allow="microphone"></iframe><script type="module" src="driver.js"></script>',
      'driver.js': `${DRIVER}${script}`,
    },
  });

describe.skipIf(!ready)('the page of examples/web', () => {
  let pages: Pages;
  beforeAll(async () => {
    const out = join(root, 'out');
    mkdirSync(out);
    const made = await makeImpulses(out, join(root, 'recordings'));
    const scripts = readdirSync(out).filter((file) => file.endsWith('.js'));
    pages = {
      made,
      files: {
        ...Object.fromEntries(readdirSync(pageDir).map((file) => [file, readFileSync(join(pageDir, file))])),
        ...Object.fromEntries(scripts.map((file) => [file, readFileSync(join(out, file))])),
        ...made.examples,
        'impulses.json': JSON.stringify(made.impulses),
      },
    };
  }, PATIENCE_MS);

  it(
    'classifies audio files, tables and the examples, and says what is wrong with others',
    async () => {
      const script = `await saying('Ready');
at('example').click();
await saying('Classified words.wav');
const words = heard();
choose(await (await fetch('words.wav')).arrayBuffer(), 'mine.wav');
await saying('Classified mine.wav');
const again = heard();
choose('no audio', 'text.wav');
await saying('That did not work');
at('impulse').value = 'motion';
at('impulse').dispatchEvent(new Event('change'));
await saying('Ready');
const hidden = at('listen').hidden;
choose(await (await fetch('motion.csv')).text(), 'mine.csv');
await saying('Classified mine.csv');
const moves = heard();
choose('accX,accY,accZ\\n1,2,', 'broken.csv');
await saying('That did not work');
const nameless = [...page.querySelectorAll('button, input, select, meter')]
  .filter((one) => !one.textContent.trim() && !one.labels?.[0]?.textContent.trim()).map(({ id }) => id);
await post({ words, again, moves, hidden, nameless, lines: page.querySelectorAll('polyline[points]').length });`;
      const seen = (await drive(pages, script)) as Record<string, string[]>;
      expect(knownOf(seen.words!, ['mosa', 'kiti', 'fumo']).length).toBeGreaterThan(1);
      expect(seen.again).toEqual(seen.words);
      expect(knownOf(seen.moves!, ['idle', 'circle', 'updown', 'shake']).length).toBeGreaterThan(2);
      expect(seen).toMatchObject({ hidden: true, nameless: [], lines: 4 });
    },
    PATIENCE_MS,
  );

  it(
    'listens to a microphone',
    async () => {
      const file = join(root, 'microphone.wav');
      writeFileSync(file, pages.made.examples['words.wav']!);
      const script = `await saying('Ready');
at('listen').click();
await saying('Listening');
await until('rows', () => heard().length > 24);
const words = heard();
const pressed = at('listen').getAttribute('aria-pressed');
at('listen').click();
await saying('Stopped');
await post({ words, pressed });`;
      const seen = (await drive(pages, script, [
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${file}`,
        '--autoplay-policy=no-user-gesture-required',
      ])) as { words: string[]; pressed: string };
      expect(seen.pressed).toBe('true');
      expect(knownOf(seen.words, ['mosa', 'kiti', 'fumo'])).not.toEqual([]);
    },
    PATIENCE_MS,
  );
});
