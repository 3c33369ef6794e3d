// Goal: whatever a file store is made of, what is in it is whole: a folder on a real disk, and a real S3-compatible server
// where there is one (moto_server on PATH).
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FolderFileStore, S3FileStore } from '#adapter-files';
import { type ByteRange, type FilePlace, type FileStore, FileStoreFull, FileStoreUnavailable } from '#engine';
import { makeTestFolder, mayMount, SmallDisk, startTestS3, type TestFolder } from '#test-kit';

const keys = { region: 'us-east-1', accessKeyId: 'test', secretAccessKey: 'test-secret' };
const s3 = await startTestS3();
if (typeof s3 === 'string') process.stderr.write(`no S3-compatible server is tried: ${s3}\n`);
const kinds: ('folder' | 's3')[] = typeof s3 === 'string' ? ['folder'] : ['folder', 's3'];

let folder: TestFolder;
const stores = new Map<string, FileStore>();

beforeAll(async () => {
  folder = makeTestFolder('file-stores');
  stores.set('folder', await FolderFileStore.open(join(folder.path, 'files')));
  if (typeof s3 !== 'string') stores.set('s3', new S3FileStore({ url: `${s3.url}/below`, ...keys }));
});
afterAll(async () => {
  if (typeof s3 !== 'string') await s3.stop();
  folder.remove();
});

const storeOf = (kind: string): FileStore => stores.get(kind) as FileStore;
const placeOf = (bytes: Buffer, space = 'rubin/dm'): FilePlace => {
  return { space, sha256: createHash('sha256').update(bytes).digest('hex') };
};

async function* inPieces(bytes: Buffer, pieceBytes = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield Promise.resolve(bytes.subarray(at, at + pieceBytes));
}

async function* cutAfter(bytes: Buffer, fault: Error): AsyncGenerator<Buffer> {
  yield* inPieces(bytes);
  throw fault;
}

async function read(store: FileStore, place: FilePlace, range: ByteRange | null = null): Promise<Buffer | null> {
  const pieces = await store.read(place, range);
  if (pieces === null) return null;
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

describe.each(kinds)('%s', (kind) => {
  test('bytes are kept, read whole and in ranges, and removed; each step can be repeated', async () => {
    const store = storeOf(kind);
    const bytes = randomBytes(100_000);
    const place = placeOf(bytes);
    expect(await read(store, place)).toBeNull();
    await store.keep(place, inPieces(bytes), bytes.length);
    await store.keep(place, inPieces(bytes), bytes.length);
    expect((await read(store, place))?.equals(bytes)).toBe(true);
    expect((await read(store, place, { first: 99_990, last: 99_999 }))?.equals(bytes.subarray(99_990))).toBe(true);
    expect(await read(store, { ...place, space: 'rubin' })).toBeNull();
    await store.remove(place);
    await store.remove(place);
    expect(await read(store, place)).toBeNull();
  });

  test('nothing at all can be kept', async () => {
    const place = placeOf(Buffer.alloc(0));
    await storeOf(kind).keep(place, inPieces(Buffer.alloc(0)), 0);
    expect(await read(storeOf(kind), place)).toEqual(Buffer.alloc(0));
    await storeOf(kind).remove(place);
  });

  test('of what breaks off in the middle nothing is kept, and its own fault is told', async () => {
    const bytes = randomBytes(50_000);
    const fault = new Error('the client left');
    await expect(storeOf(kind).keep(placeOf(bytes), cutAfter(bytes, fault), 60_000)).rejects.toBe(fault);
    expect(await read(storeOf(kind), placeOf(bytes))).toBeNull();
  });

  test('spaces with odd names are kept apart', async () => {
    const bytes = Buffer.from('of each the same');
    for (const space of ['..', '../../etc', 'a/b', 'a%2Fb', '\u{1f52d}', 'x'.repeat(4_000)]) {
      const place = placeOf(bytes, space);
      expect(await read(storeOf(kind), place)).toBeNull();
      await storeOf(kind).keep(place, inPieces(bytes), bytes.length);
      expect((await read(storeOf(kind), place))?.equals(bytes)).toBe(true);
    }
  });
});

test('a name that is no checksum reaches no disk', async () => {
  const place = { space: 's', sha256: '../../../etc/passwd' };
  await expect(storeOf('folder').read(place, null)).rejects.toThrow(TypeError);
});

test('drafts that died a day ago go with the next start, younger ones stay', async () => {
  const root = join(folder.path, 'drafts');
  mkdirSync(join(root, '.drafts'), { recursive: true });
  for (const name of ['old', 'young']) writeFileSync(join(root, '.drafts', name), 'x');
  const twoDaysAgo = Date.now() / 1_000 - 2 * 86_400;
  utimesSync(join(root, '.drafts', 'old'), twoDaysAgo, twoDaysAgo);
  await FolderFileStore.open(root);
  expect(readdirSync(join(root, '.drafts'))).toEqual(['young']);
});

(mayMount() ? test : test.skip)('a full disk keeps nothing half, and is told apart', async () => {
  const root = join(folder.path, 'small');
  mkdirSync(root);
  const disk = SmallDisk.hold(root, 2);
  try {
    const store: FileStore = await FolderFileStore.open(root);
    const bytes = randomBytes(8 * 1024 * 1024);
    await expect(store.keep(placeOf(bytes), inPieces(bytes), bytes.length)).rejects.toThrow(FileStoreFull);
    expect(readdirSync(join(root, '.drafts'))).toEqual([]);
    const small = randomBytes(100_000);
    await store.keep(placeOf(small), inPieces(small), small.length);
    expect((await read(store, placeOf(small)))?.equals(small)).toBe(true);
  } finally {
    disk.remove();
  }
});

describe('an object store that refuses', () => {
  let server: Server;
  let answer: { status: number; body: string };
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(answer.status).end(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/bucket`;
  });
  afterAll(() => void server.close());

  test.each([
    [507, '', FileStoreFull],
    [400, '<Error><Code>XMinioStorageFull</Code></Error>', FileStoreFull],
    [503, '<Error><Code>SlowDown</Code></Error>', FileStoreUnavailable],
    [403, '<Error><Code>SignatureDoesNotMatch</Code></Error>', FileStoreUnavailable],
  ])('%d %s', async (status, body, Fault) => {
    answer = { status, body };
    const bytes = Buffer.from('x');
    const store = new S3FileStore({ url, ...keys });
    const fault: unknown = await store.keep(placeOf(bytes), inPieces(bytes), 1).catch((each: unknown) => each);
    expect(fault).toBeInstanceOf(Fault);
    expect(String(fault)).not.toContain(keys.secretAccessKey);
  });

  test('one that is not there may be there later', async () => {
    const store = new S3FileStore({ url: 'http://127.0.0.1:1/bucket', ...keys });
    await expect(store.read(placeOf(Buffer.from('x')), null)).rejects.toThrow(FileStoreUnavailable);
  });
});
