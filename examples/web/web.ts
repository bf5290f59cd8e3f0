// A page that classifies the microphone, audio files and tables of sensor values, in the browser:
//   npm run web                       trains, compiles, and serves it at http://localhost:8080
//   npm run web -- --build            leaves it in out/web, for any web server
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { makeImpulses } from './impulses.js';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, build: { type: 'boolean', default: false } },
});
const PAGE = new URL('./page/', import.meta.url).pathname;
const OUT = 'out/web';
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css',
  csv: 'text/csv',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  wav: 'audio/wav',
};

await rm(OUT, { recursive: true, force: true });
await cp(PAGE, OUT, { recursive: true });
const { impulses, examples } = await makeImpulses(OUT, 'out/web-recordings');
await writeFile(join(OUT, 'impulses.json'), `${JSON.stringify(impulses, undefined, 2)}\n`);
for (const [file, content] of Object.entries(examples)) await writeFile(join(OUT, file), content);
console.log(`the page is in ${OUT}`);
if (!values.build) serve(Number(values.port));

/** Serves the folder, to this machine only. */
function serve(port: number): void {
  const server = createServer(async (request, response) => {
    try {
      const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
      // An absolute path does not lead out of its folder once it is normalised.
      const file = normalize(path === '/' ? '/index.html' : path);
      const content = await readFile(join(OUT, file));
      response.writeHead(200, { 'content-type': TYPES[file.split('.').at(-1)!] ?? 'application/octet-stream' });
      response.end(content);
    } catch {
      response.writeHead(404).end('not found');
    }
  });
  server.listen(port, 'localhost', () => console.log(`open http://localhost:${port}`));
}
