// Goal: the whole protocol by way of a real Squid that wants credentials and cuts what is idle. Skipped, and said so, only
// where no Squid can be had.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { findSquid, runSluice, Squid, TestStack, TlsFront, until } from '#test-kit';

const place = await findSquid();
if (typeof place === 'string') console.warn(`no Squid, so its trials are skipped: ${place}`);
const squidTest = typeof place === 'string' ? test.skip : test;

const command = { command: { argv: ['sleep', '0.2'] }, resources: { cores: 1, memoryMib: 1 } };
const whole = { state: 'done', failed: 0, notOnce: 0, others: {}, open: 0, deadLetters: 0 };
let stack: TestStack;
let squid: Squid;
let front: TlsFront;

beforeAll(async () => {
  if (typeof place === 'string') return;
  // Beats 5 s apart: connections are idle for longer than this Squid bears.
  stack = await TestStack.start({ environment: { SLUICE_CLOCK_SCALE: '4' } });
  squid = await Squid.start(place);
  front = await TlsFront.start(stack.urls[0] ?? '', stack.folder.path);
}, 200_000);
afterEach(() => stack?.stopWorkers(), 30_000);
afterAll(async () => {
  await front?.stop();
  await squid?.stop();
  await stack?.stop();
}, 60_000);

squidTest(
  'http: a worker behind Squid runs all, also when Squid dies in between, and says who answered while the gateway was away',
  () =>
    stack.explained(async () => {
      const worker = await stack.startWorker('behind-squid', [], { environment: { SLUICE_PROXY: squid.address() } });
      const first = await stack.submit('idle', { jobs: 10, template: command });
      expect(await stack.end(first, 60_000)).toMatchObject({ ...whole, finished: 10 });
      await until('an idle beat', 20_000, () => squid.asked.some((line) => line.includes('/worker/v1/heartbeat')));
      expect(worker.log).not.toContain('gateway.away');
      const second = await stack.submit('outages', { jobs: 40, template: command });
      await until('some have finished', 20_000, async () => (await stack.finished(second)) > 4);
      await squid.kill();
      await until('it is missed', 20_000, () => worker.log.includes('gateway.away'));
      await squid.startAgain();
      await until('it goes on', 20_000, async () => (await stack.finished(second)) > 12);
      const gateway = stack.service('gateway-1');
      await gateway.stop('SIGKILL');
      await until('Squid says so', 20_000, () => /in between answered 50[23] \(squid\/[^)]* ERR_/.test(worker.log));
      await gateway.startAgain();
      expect(await stack.end(second, 60_000)).toMatchObject({ ...whole, finished: 40 });
      await stack.stopWorkers();
      const asked = squid.asked.join('\n');
      for (const call of ['sessions', 'lease', 'report', 'sessions/end']) {
        expect(asked).toMatch(
          new RegExp(`/20[01] .*POST ${stack.urls[0] ?? ''}/worker/v1/${call} ann |/204 .*${call} ann `),
        );
      }
    }),
  180_000,
);

squidTest(
  'https: a worker and the command line reach a gateway through a tunnel, and trust it by NODE_EXTRA_CA_CERTS alone',
  () =>
    stack.explained(async () => {
      const environment = { SLUICE_PROXY: squid.address(), NODE_EXTRA_CA_CERTS: front.certificateFile };
      await stack.startWorker('tunnelled', ['--url', front.url], { environment });
      const id = await stack.submit('tunnelled', { jobs: 10, template: command });
      expect(await stack.end(id, 60_000)).toMatchObject({ ...whole, finished: 10 });
      const listed = await sluice(['ls', '-o', 'id', '--proxy', squid.address()], environment);
      expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
      const tunnel = `CONNECT ${front.url.replace('https://', '')} ann`; // in its log when it is over
      await until('Squid carried it', 10_000, () => squid.asked.some((line) => line.includes(tunnel)));
      const distrusted = await sluice(['ls', '--proxy', squid.address()], {});
      expect([distrusted.code, distrusted.stderr]).toEqual([5, expect.stringMatching(/self-signed certificate/)]);
    }),
  120_000,
);

squidTest(
  'with wrong credentials it is told what the proxy answered, and never the password',
  () =>
    stack.explained(async () => {
      const environment = { SLUICE_PROXY: squid.address('ann:forgotten') };
      const refused = await sluice(['ls', '--url', front.url], environment);
      expect([refused.code, refused.stderr]).toEqual([5, expect.stringMatching(/in between answered 407/)]);
      expect(refused.stderr).not.toContain('forgotten');
    }),
  60_000,
);

const sluice = (args: string[], environment: Record<string, string>) =>
  runSluice(stack, args, { SLUICE_URL: front.url, ...environment });
