import { readFileSync } from 'node:fs';

/** From dist/apps/cli/src. */
const versionHere = (): string => {
  const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
};

// Asked for in every script's first line: it loads nothing.
if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2] ?? '')) {
  process.stdout.write(`${versionHere()}\n`);
} else {
  const { runCli } = await import('./run-cli.js');
  await runCli(process.argv, versionHere());
}
