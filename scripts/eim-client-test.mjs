// Drives an emitted EIM with the public Node client, which is no dependency: installs it once into a folder outside
// the repository (about 90 s, 200 MB) and runs the test that looks for it there.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = process.env.IMPULSEKIT_EIM_CLIENT || join(tmpdir(), 'impulsekit-eim-client-1.25.2');
const root = new URL('..', import.meta.url).pathname;

if (!existsSync(join(folder, 'node_modules', 'edge-impulse-linux'))) {
  mkdirSync(folder, { recursive: true });
  // Its dependency sharp downloads from a source host in its install script; the runner needs no sharp.
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    'edge-impulse-linux@1.25.2',
  ];
  execFileSync('npm', args, { stdio: 'inherit' });
}
execFileSync('npx', ['vitest', 'run', 'src/node/eim/client.test.ts', '--typecheck.enabled=false'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, IMPULSEKIT_EIM_CLIENT: folder },
});
