// Goal: two stacks that start at once, or any other program, never keep a stack from coming up.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { freePort, makeTestFolder } from '#test-kit';
import { SluiceCommand, textOf } from './sluice-command.js';

const testMsMax = 120_000;
const folder = makeTestFolder('e2e-port');
const sluice = new SluiceCommand(join(folder.path, 'state'));
const other = createServer();

afterAll(async () => {
  other.close();
  await sluice.run('down');
  folder.remove();
}, testMsMax);

test(
  'where another program takes the port while the services start, the stack comes up on another one',
  async () => {
    const port = await freePort();
    const up = sluice.start('up', '--port', String(port), '--workers', '1', '--cores', '1');
    let said = '';
    const taken = new Promise<void>((resolve) => {
      up.stderr?.on('data', (bytes: Buffer) => {
        said += bytes.toString();
        // The port was looked at, or is looked at now; the gateway listens some hundred milliseconds later.
        if (/schema\s+ready/.test(said) && !other.listening) other.listen(port, '127.0.0.1', resolve);
      });
    });
    const answer = textOf(up.stdout);
    const [code] = (await once(up, 'close')) as [number];
    await taken;
    expect([code, await answer]).toEqual([0, expect.stringMatching(/^up\s+http:\/\/127\.0\.0\.1:\d+/)]);
    expect(await answer).not.toContain(`127.0.0.1:${port} `);
    expect((await sluice.run('ls', '-o', 'json')).code).toBe(0);
  },
  testMsMax,
);
