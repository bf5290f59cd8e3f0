// Compares the public API of every entry point with its report in etc/. `--update` writes the reports.
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('..', import.meta.url));
const base = JSON.parse(readFileSync(new URL('../api-extractor.json', import.meta.url), 'utf8'));
const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const update = process.argv.includes('--update');
const entries = Object.entries(exports).filter(([, target]) => typeof target === 'object');

mkdirSync(new URL('../etc', import.meta.url), { recursive: true });
mkdirSync(new URL('../temp', import.meta.url), { recursive: true });
let changed = 0;
for (const [subpath, target] of entries) {
  const name = subpath === '.' ? 'impulsekit' : `impulsekit-${subpath.slice(2).replaceAll('/', '-')}`;
  const config = ExtractorConfig.prepare({
    configObject: {
      ...base,
      projectFolder: root,
      mainEntryPointFilePath: `<projectFolder>/${target.import.types.slice(2)}`,
      apiReport: { ...base.apiReport, reportFileName: `${name}.api.md` },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: `${root}package.json`,
  });
  const result = Extractor.invoke(config, { localBuild: update, showVerboseMessages: false });
  if (result.apiReportChanged && !update) changed += 1;
  if (result.errorCount > 0) changed += 1;
}
console.log(
  changed === 0 ? `${entries.length} API reports hold` : `${changed} API reports differ: npm run api -- --update`,
);
process.exitCode = changed === 0 ? 0 : 1;
