import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A service that does nothing but what the supervisor relies on: it says when it is ready and ends with its channel. */
const service = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(7);
  const state = request.url.endsWith('/w-ended') ? 'done' : 'running';
  const counts = { total: 0, waiting: 0, ready: 0, leased: 0, finished: 0, failed: 0 };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({
    workflow: { id: 'w', name: 'w', state, counts, failedBy: {}, submittedAt: null, endedAt: null, runNo: 1, space: 's', owner: 'o', cancelRequested: false },
    tasks: [], rate: null, etaSec: null, gaps: [],
  }));
});
server.listen(Number(process.env.SLUICE_HTTP_PORT ?? 0), '127.0.0.1', () => process.send({ ready: true }));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
`;

/** Programs to supervise in place of ours, which have tests of their own. The supervisor and migrate are the real ones. */
export function fakeApps(folder: string, programs: Record<string, string> = {}): string {
  const apps = join(folder, 'apps');
  for (const [name, text] of Object.entries({ all: service, worker: service, ...programs })) {
    mkdirSync(join(apps, name, 'src'), { recursive: true });
    writeFileSync(join(apps, name, 'src', 'main.js'), text);
  }
  writeFileSync(join(apps, 'package.json'), '{"type":"module"}');
  for (const real of ['supervisor', 'migrate']) {
    symlinkSync(fileURLToPath(new URL(`../../../apps/${real}`, import.meta.url)), join(apps, real));
  }
  return apps;
}
