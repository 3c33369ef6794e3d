// Turns the contracts (dist/libs/contracts) into docs/api: a JSON Schema for each published one, and openapi.json.
// `--check` writes nothing and exits 1 when a committed file is stale. Run it after the build.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonSchemas, openApi } from '#contracts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'docs', 'api');
const check = process.argv.includes('--check');

const fileOf = (name) => `${name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase()}.schema.json`;

const outputs = { 'openapi.json': openApi() };
for (const [name, schema] of Object.entries(jsonSchemas(fileOf))) outputs[fileOf(name)] = schema;

mkdirSync(target, { recursive: true });
const stale = [];
for (const [file, content] of Object.entries(outputs)) {
  const path = join(target, file);
  const text = `${JSON.stringify(content, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(file);
  if (!check) writeFileSync(path, text);
}
for (const file of readdirSync(target).filter((name) => name.endsWith('.json') && !(name in outputs))) {
  stale.push(file);
  if (!check) rmSync(join(target, file));
}
if (check && stale.length > 0) {
  console.error(`stale in docs/api: ${stale.join(', ')}; run npm run generate:api`);
  process.exit(1);
}
