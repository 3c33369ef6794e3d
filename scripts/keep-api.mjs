// Makes the interface as it is the one that v1 promises: docs/api/baseline/v1.json. For a release, after the build. Refuses
// what breaks a client of the promise before: that is for a v2.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApi } from '#contracts';
import { brokenBy } from '../dist/test/house/api-changes.js';

const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'api', 'baseline', 'v1.json');
const api = openApi();
const broken = brokenBy(JSON.parse(readFileSync(file, 'utf8')), api);
for (const { where, what, who } of broken) console.error(`${where}: ${what}; breaks ${who}`);
if (broken.length > 0) process.exit(1);
writeFileSync(file, `${JSON.stringify(api, null, 2)}\n`);
