// Goal: files of spaces over HTTP: what is kept is whole and right, what is refused leaves nothing, quotas hold at once.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { FilePage, FileRemoved, FileView } from '#contracts';
import { RunningService, runSluice } from '#test-kit';
import { all, call, type Call, environment, folder, jsonOf, problemOf, sha256, token, until } from './gateway-trial.js';

const pathOf = (space: string, checksum: string): string =>
  `/api/v1/spaces/${encodeURIComponent(space)}/files/${checksum}`;
const hex = (bytes: Buffer): string => sha256(bytes).toString('hex');
const put = (space: string, bytes: Buffer<ArrayBuffer>, more: Call & { as?: string } = {}): Promise<Response> =>
  call('PUT', pathOf(space, more.as ?? hex(bytes)), { body: bytes, ...more });
const page = async (space: string, query = '', of = all): Promise<FilePage> =>
  FilePage.parse(await jsonOf(call('GET', `/api/v1/spaces/${encodeURIComponent(space)}/files${query}`, { of })));
const onDisk = (root = join(folder.path, 'files')): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));

test('a file is kept under its checksum, given back whole and in ranges, and removed', async () => {
  const bytes = randomBytes(300_000);
  const made = FileView.parse(await jsonOf(put('rubin/dm', bytes, { headers: { 'content-type': 'image/fits' } })));
  expect(made).toMatchObject({ sha256: hex(bytes), bytes: 300_000, mediaType: 'image/fits' });
  expect(FileView.parse(await jsonOf(put('rubin/dm', bytes)))).toEqual(made);

  const whole = await call('GET', pathOf('rubin/dm', made.sha256), { headers: { accept: 'image/fits' } });
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    ...{ etag: `"${made.sha256}"`, 'content-type': 'image/fits', 'content-length': '300000' },
    ...{ 'accept-ranges': 'bytes', 'content-disposition': 'attachment', 'x-content-type-options': 'nosniff' },
  });
  const head = await call('HEAD', pathOf('rubin/dm', made.sha256));
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '300000']);
  const part = await call('GET', pathOf('rubin/dm', made.sha256), { headers: { range: 'bytes=299990-' } });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 299990-299999/300000']);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(299_990))).toBe(true);
  const other = { range: 'bytes=0-9', 'if-range': '"of another file"' };
  expect((await call('GET', pathOf('rubin/dm', made.sha256), { headers: other })).status).toBe(200);
  const known = await call('GET', pathOf('rubin/dm', made.sha256), {
    headers: { 'if-none-match': `"${made.sha256}"` },
  });
  expect([known.status, await known.text()]).toEqual([304, '']);
  const beyond = await call('GET', pathOf('rubin/dm', made.sha256), { headers: { range: 'bytes=300000-' } });
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */300000']);
  expect(await beyond.json()).toMatchObject({ code: 'file/range' });

  expect(await page('rubin/dm')).toMatchObject({ files: [made], next: null, use: { files: 1, bytes: 300_000 } });
  expect((await page('rubin')).files).toEqual([]);
  expect((await problemOf(call('GET', pathOf('rubin', made.sha256)))).status).toBe(404);
  const rehearsed = FileRemoved.parse(await jsonOf(call('DELETE', `${pathOf('rubin/dm', made.sha256)}?dryRun=true`)));
  expect(rehearsed).toEqual({ dryRun: true, file: made });
  await jsonOf(call('DELETE', pathOf('rubin/dm', made.sha256)));
  expect(await page('rubin/dm')).toMatchObject({ files: [], use: { files: 0, bytes: 0 } });
  expect((await problemOf(call('DELETE', pathOf('rubin/dm', made.sha256)))).status).toBe(404);
  expect(onDisk()).toEqual([]);
});

test('nothing at all is a file too', async () => {
  const nothing = Buffer.alloc(0);
  expect(await jsonOf(put('empty', nothing))).toMatchObject({ bytes: 0 });
  const given = await call('GET', pathOf('empty', hex(nothing)));
  expect([given.status, await given.text()]).toEqual([200, '']);
  await jsonOf(call('DELETE', pathOf('empty', hex(nothing))));
});

test('what is not what was announced is refused, and nothing of it stays', async () => {
  const bytes = Buffer.from('what was announced');
  const refused: [Promise<Response>, number, string][] = [
    [put('s', Buffer.from('something of others'), { as: hex(bytes) }), 422, 'file/differs'],
    [put('s', bytes, { as: 'abc' }), 400, 'file/checksum'],
    [put('s', bytes, { as: hex(bytes).toUpperCase() }), 400, 'file/checksum'],
    [put('s', bytes, { headers: { 'content-type': 'nonsense' } }), 415, 'http/content-type'],
    [put('s', bytes, { headers: { 'content-encoding': 'gzip' } }), 415, 'http/content-type'],
    [call('PUT', pathOf('s\n', hex(bytes)), { body: bytes }), 400, 'file/space'],
    [call('GET', '/api/v1/spaces/s/files?cursor=x'), 400, 'query/cursor'],
  ];
  for (const [answer, status, code] of refused) expect(await problemOf(answer)).toMatchObject({ status, code });
  await jsonOf(put('s', bytes));
  expect(await problemOf(put('s', Buffer.from('others'), { as: hex(bytes) }))).toMatchObject({ code: 'file/differs' });
  expect(await page('s')).toMatchObject({ use: { files: 1, bytes: bytes.length } });
  await jsonOf(call('DELETE', pathOf('s', hex(bytes))));
  expect(onDisk()).toEqual([]);
});

test('a file without a length, one that is too long, and one that is cut leave nothing', async () => {
  const { hostname, port } = new URL(all.url);
  const begin = (headers: string, body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const address = pathOf('s', 'ab'.repeat(32));
      const socket = connect(Number(port), hostname, () =>
        socket.write(
          `PUT ${address} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n\r\n${body}`,
        ),
      );
      let text = '';
      socket.setEncoding('latin1').on('data', (piece: string) => {
        text += piece;
        if (text.includes('"status"')) socket.destroy();
      });
      if (body === 'cut') setTimeout(() => socket.destroy(), 300);
      socket.on('close', () => resolve(text)).on('error', reject);
    });
  expect(await begin('Transfer-Encoding: chunked', '3\r\nabc\r\n0\r\n\r\n')).toContain('file/length');
  expect(await begin('Content-Length: 999999999999', '')).toContain('limit/body');
  expect(await begin('Content-Length: 100', 'cut')).toBe('');
  await until(async () => (await page('s')).use.bytes === 0);
  expect(onDisk()).toEqual([]);
});

test('who waits to be asked for a body is not asked where there is no room or no need', async () => {
  const { hostname, port } = new URL(all.url);
  const said = (checksum: string, bytes: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const head = `PUT ${pathOf('s', checksum)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;
      const socket = connect(Number(port), hostname, () =>
        socket.write(`${head}Expect: 100-continue\r\nConnection: close\r\nContent-Length: ${bytes}\r\n\r\n`),
      );
      let text = '';
      socket.setEncoding('latin1').on('data', (piece: string) => {
        text += piece;
        if (text.startsWith('HTTP/1.1 100') && text.length < 40) socket.write('y'.repeat(bytes));
      });
      socket.on('close', () => resolve(text)).on('error', reject);
    });
  const bytes = Buffer.from('yyyyy');
  expect(await said(hex(bytes), 5)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
  expect(await said(hex(bytes), 5)).toMatch(/^HTTP\/1\.1 200/);
  expect(await said('ab'.repeat(32), 999_999_999_999)).toMatch(/^HTTP\/1\.1 413/);
  await jsonOf(call('DELETE', pathOf('s', hex(bytes))));
});

test('of the same file sent at once one is kept, all are told so, and it counts once', async () => {
  const bytes = randomBytes(200_000);
  const answers = await Promise.all(Array.from({ length: 8 }, () => jsonOf<FileView>(put('twins', bytes))));
  expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
  expect((await page('twins')).use).toMatchObject({ files: 1, bytes: 200_000 });
  expect(onDisk()).toHaveLength(1);
  await jsonOf(call('DELETE', pathOf('twins', hex(bytes))));
});

test('a quota holds for what comes at once, and is free again when files go', async () => {
  const gib = String(100_000 / 1024 ** 3);
  const small = await RunningService.start('gateway', { ...environment, SLUICE_SPACE_FILE_GIB: gib });
  try {
    const files = Array.from({ length: 12 }, () => randomBytes(30_000));
    const answers = await Promise.all(files.map((bytes) => put('small', bytes, { of: small })));
    const statuses = answers.map(({ status }) => status);
    expect([200, 403].map((status) => statuses.filter((each) => each === status).length)).toEqual([3, 9]);
    const refused = answers.find(({ status }) => status === 403);
    expect(await refused?.json()).toMatchObject({
      code: 'quota/file-bytes',
      detail: expect.stringMatching(/^the space may keep 100000 bytes and has 90000: there is no room for 30000 more$/),
    });
    expect((await page('small', '', small)).use).toEqual({ files: 3, bytes: 90_000, bytesMax: 100_000 });
    const [first] = (await page('small', '?limit=1', small)).files;
    await jsonOf(call('DELETE', pathOf('small', first?.sha256 ?? '')));
    await jsonOf(put('small', randomBytes(40_000), { of: small }));
    expect((await page('small', '', small)).use.bytes).toBe(100_000);
    for (const { sha256: checksum } of (await page('small')).files)
      await jsonOf(call('DELETE', pathOf('small', checksum)));
  } finally {
    await small.stop();
  }
}, 60_000);

test('pages hold every file once', async () => {
  const files = Array.from({ length: 5 }, (_, no) => Buffer.from(`file ${no}`));
  for (const bytes of files) await jsonOf(put('paged', bytes));
  const first = await page('paged', '?limit=3');
  const second = await page('paged', `?limit=3&cursor=${first.next ?? ''}`);
  expect([...first.files, ...second.files].map((each) => each.sha256)).toEqual(files.map(hex).reverse());
  expect(second.next).toBeNull();
  for (const bytes of files) await jsonOf(call('DELETE', pathOf('paged', hex(bytes))));
});

test('what a dead gateway left is cleared away: its room and its bytes, but not those of a file', async () => {
  const client = new pg.Client(environment['DATABASE_URL']);
  await client.connect();
  try {
    const bytes = Buffer.from('kept all the same');
    await jsonOf(put('left', bytes));
    await client.query(
      `with noted as (
         insert into file_pending (space, sha256, bytes, media_type, creator_issuer, creator_subject, until_at)
         select f.space, f.sha256, 1000, '', f.creator_issuer, f.creator_subject, now() - interval '1 second' from file f
         where f.space = 'left' returning bytes, creator_issuer, creator_subject
       )
       update quota q set files = q.files + 1, file_bytes = q.file_bytes + 1000 from noted n
       where q.kind = 'space' and q.name = 'left' or q.kind = 'user' and (q.issuer, q.name) = (n.creator_issuer, n.creator_subject)`,
    );
    expect((await page('left')).use.bytes).toBe(1_000 + bytes.length);
    const again = await RunningService.start('gateway', { ...environment, SLUICE_CLOCK_SCALE: '100' });
    try {
      await until(async () => (await page('left')).use.bytes === bytes.length);
    } finally {
      await again.stop();
    }
    expect((await call('GET', pathOf('left', hex(bytes)))).status).toBe(200);
    await jsonOf(call('DELETE', pathOf('left', hex(bytes))));
    const { rows } = await client.query('select from file_pending');
    expect(rows).toEqual([]);
    const { rows: used } = await client.query(
      'select sum(files)::int as files, sum(file_bytes)::int as bytes from quota',
    );
    expect(used).toEqual([{ files: 0, bytes: 0 }]);
  } finally {
    await client.end();
  }
}, 60_000);

test('the command line keeps, lists, fetches and removes files, and says what is wrong', async () => {
  const sluice = (...args: string[]) => runSluice({ urls: [all.url], folder }, ['file', ...args]);
  const bytes = randomBytes(200_000);
  const path = join(folder.path, 'calib.tar');
  writeFileSync(path, bytes);
  const space = ['--space', 'rubin/cli'];
  const named = `sluice:sha256:${hex(bytes)}`;
  for (let times = 0; times < 2; times += 1)
    expect(await sluice('put', path, ...space)).toMatchObject({ code: 0, stdout: `${named}  195.3 KiB  ${path}\n` });
  const listed = await sluice('ls', ...space);
  expect(listed.stdout).toContain('space rubin/cli keeps 1 file, 195.3 KiB of 100 GiB');
  expect(listed.stdout).toContain(hex(bytes));
  expect(await sluice('get', named, ...space, '--to', `${path}.copy`)).toMatchObject({ code: 0 });
  expect(readFileSync(`${path}.copy`).equals(bytes)).toBe(true);
  expect(await sluice('get', named)).toMatchObject({ code: 4 });
  expect(await sluice('put', join(folder.path, 'none'))).toMatchObject({ code: 2 });
  expect(await sluice('rm', 'abc')).toMatchObject({ code: 2 });
  expect((await sluice('rm', named, ...space, '--dry-run')).stdout).toContain('would remove');
  expect(await sluice('rm', named, ...space)).toMatchObject({ code: 0 });
  expect(await sluice('rm', named, ...space)).toMatchObject({ code: 4 });
}, 120_000);

test('a gateway without a store says so', async () => {
  const bare = await RunningService.start('gateway', { ...environment, SLUICE_FILE_STORE: '' }).catch(() => null);
  expect(bare).toBeNull(); // empty is no place
  const without = Object.fromEntries(Object.entries(environment).filter(([name]) => name !== 'SLUICE_FILE_STORE'));
  const started = await RunningService.start('gateway', without);
  try {
    const told = await problemOf(call('GET', '/api/v1/spaces/s/files', { of: started }));
    expect(told).toMatchObject({ status: 404, code: 'file/no-store' });
  } finally {
    await started.stop();
  }
}, 60_000);
