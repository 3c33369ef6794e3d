// Goal: the line that trials break is whole until it is told otherwise, and breaks as it was told.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerLost, fated, Random, TrialLine, until } from '#test-kit';

/** Long for what comes on a line of one machine, short to wait for nothing. */
const nothingMs = 150;
let server: Server;
let line: TrialLine;
/** The server's ends of the connections so far; it sends back what it gets. */
let ends: Socket[];
const clients: Socket[] = [];

beforeEach(async () => {
  ends = [];
  server = createServer((end) => {
    ends.push(end);
    end.on('error', () => undefined);
    end.on('data', (bytes) => end.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  line = await TrialLine.start(`nats://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}/name?x=1`);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await line.stop();
  for (const end of ends) end.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** A client through the line. */
function dial(): { socket: Socket; heard: () => string; isClosed: () => boolean } {
  const socket = connect(Number(new URL(line.url).port), '127.0.0.1');
  let [text, closed] = ['', false];
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => (text += String(bytes)));
  socket.on('close', () => (closed = true));
  clients.push(socket);
  return { socket, heard: () => text, isClosed: () => closed };
}

test('a line that nobody breaks passes all bytes in order, both ways, and the end; its address keeps what the target says', async () => {
  expect(line.url).toMatch(/^nats:\/\/user:secret@127\.0\.0\.1:\d+\/name\?x=1$/);
  const { socket, heard, isClosed } = dial();
  const sent = Array.from({ length: 50_000 }, (_, no) => `${no};`).join('');
  socket.write(sent);
  await until('all came back', 10_000, () => heard().length === sent.length);
  expect(heard()).toBe(sent);
  ends[0]?.end('bye');
  await until('the end', 10_000, isClosed);
  expect(heard()).toBe(`${sent}bye`);
  await until('nothing is joined', 10_000, () => line.connections === 0);
});

test('a cut line closes both ends and refuses new ones, until it is healed', async () => {
  const before = dial();
  before.socket.write('a');
  await until('the echo', 10_000, () => before.heard() === 'a');
  line.cut();
  await until('both ends know', 10_000, () => before.isClosed() && ends[0]?.destroyed === true);
  const refused = dial();
  await until('it is refused', 10_000, refused.isClosed);
  line.heal();
  const after = dial();
  after.socket.write('b');
  await until('the echo', 10_000, () => after.heard() === 'b');
});

test.each(['to', 'from'] as const)(
  'parted one way (%s): nothing passes there, and all of it comes when it is healed',
  async (way) => {
    const { socket, heard } = dial();
    let arrived = '';
    socket.write('a');
    await until('the echo', 10_000, () => heard() === 'a');
    ends[0]?.on('data', (bytes) => (arrived += String(bytes)));
    line.part(way);
    socket.write('b');
    if (way === 'from') await until('it arrived', 10_000, () => arrived === 'b');
    await sleep(nothingMs);
    expect([arrived, heard()]).toEqual([way === 'to' ? '' : 'b', 'a']);
    const late = dial();
    late.socket.write('c');
    await sleep(nothingMs);
    expect([late.heard(), late.isClosed()]).toEqual(['', false]);
    line.heal();
    await until('the rest', 10_000, () => heard() === 'ab' && late.heard() === 'c');
  },
);

test('a parted line tells nobody of an end; the healed one does', async () => {
  const { socket, heard, isClosed } = dial();
  socket.write('a');
  await until('the echo', 10_000, () => heard() === 'a');
  line.part('to', 'from');
  ends[0]?.destroy();
  await sleep(nothingMs);
  expect(isClosed()).toBe(false);
  line.heal();
  await until('the end', 10_000, isClosed);
});

test('a stranded connection is silent for good and stays open at both ends; a new one passes', async () => {
  const { socket, heard, isClosed } = dial();
  socket.write('a');
  await until('the echo', 10_000, () => heard() === 'a');
  line.strand();
  socket.write('b');
  const other = dial();
  other.socket.write('c');
  await until('the echo', 10_000, () => other.heard() === 'c');
  line.heal();
  await sleep(nothingMs);
  expect([heard(), isClosed(), ends[0]?.destroyed]).toEqual(['a', false, false]);
  socket.destroy();
  await sleep(nothingMs);
  expect(ends[0]?.destroyed).toBe(false);
});

test('a slow line: late, at its rate, and in order though packets are lost and its quality changes', async () => {
  line.quality = { delayMs: 40, bitsPerSec: 800_000, lostPercent: 10, random: new Random(3) };
  const { socket, heard } = dial();
  await once(socket, 'connect');
  const sent = Array.from({ length: 6_000 }, (_, no) => `${no};`).join('');
  const startMs = performance.now();
  socket.write(sent);
  await until('some came', 20_000, () => heard().length > 0);
  expect(performance.now() - startMs).toBeGreaterThan(80);
  line.quality = {};
  await until('all came', 20_000, () => heard().length === sent.length);
  expect(heard()).toBe(sent);
  expect(performance.now() - startMs).toBeGreaterThan(((sent.length * 8) / 800_000) * 1_000);
  expect(line.lost).toBeGreaterThan(0);
});

test.each(['cut', 'hold'] as const)('a fated connection passes so many bytes, then: %s', async (then) => {
  line.meddlerOf = () => fated({ way: 'to', bytes: 5, then });
  const { socket, heard, isClosed } = dial();
  socket.write('hello');
  await until('all that passes', 10_000, () => heard() === 'hello');
  expect(line.broken).toBe(0);
  socket.write(' world');
  await until('it is broken', 10_000, () => line.broken === 1);
  if (then === 'cut') await until('it is cut', 10_000, isClosed);
  await sleep(nothingMs);
  expect([heard(), isClosed()]).toEqual(['hello', then === 'cut']);
});

test('a lost answer: the server has the request, the client only the end', async () => {
  let arrived = '';
  line.meddlerOf = () => answerLost((bytes) => bytes.includes('commit'));
  const { socket, heard, isClosed } = dial();
  socket.write('select');
  await until('the echo', 10_000, () => heard() === 'select');
  ends[0]?.on('data', (bytes) => (arrived += String(bytes)));
  socket.write('commit');
  await until('the end', 10_000, isClosed);
  expect([arrived, heard(), line.broken]).toEqual(['commit', 'select', 1]);
});
