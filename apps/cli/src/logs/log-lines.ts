import { constants } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

const blockBytes = 64 * 1024;
/** A line of more characters comes in parts. */
const lineCharsMax = 64 * 1024;
/** Where the last lines are asked for, of each so many of its last characters: a program may never end a line. */
const lastCharsMax = 4_000;

/** A job's file: open, of this many bytes. */
export interface LogFile {
  path: string;
  handle: FileHandle;
  bytes: number;
}

/**
 * The folder of an attempt, if it is on this machine. A worker that found one of that name there made another, with an
 * ending: the newest is the one.
 * @param folder as the server tells it
 */
export async function attemptFolder(folder: string): Promise<string | null> {
  const parent = dirname(folder);
  const names = await readdir(parent).catch(() => []);
  const alike = names.filter((name) => name === basename(folder) || name.startsWith(`${basename(folder)}-`));
  const dated = alike.map(async (name) => {
    const path = join(parent, name);
    const found = await stat(path).catch(() => null);
    return { path, madeMs: found?.isDirectory() ? found.birthtimeMs : -1 };
  });
  const newest = (await Promise.all(dated)).sort((a, b) => b.madeMs - a.madeMs).at(0);
  return newest && newest.madeMs >= 0 ? newest.path : null;
}

/** Opens a file that a job wrote. Anything else in its place, such as a pipe or a link, is as good as nothing there. */
export async function openLog(path: string): Promise<LogFile | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => null);
  if (!handle) return null;
  const found = await handle.stat();
  if (found.isFile()) return { path, handle, bytes: found.size };
  await handle.close();
  return null;
}

/**
 * The lines of a file as they are; or its last ones as a terminal would show them: of a line that overwrites itself, such as
 * a progress bar, what stood there last. What they hold is for printable(). Needs no more memory than a line.
 */
export async function* logLines(file: LogFile, { last }: { last: number }): AsyncGenerator<string> {
  const shownOf = Number.isFinite(last) ? shownLast : inParts;
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let at = Number.isFinite(last) ? await startOfLast(file, last) : 0;
  const block = Buffer.alloc(blockBytes);
  while (at < file.bytes) {
    const { bytesRead } = await file.handle.read(block, 0, Math.min(blockBytes, file.bytes - at), at);
    if (bytesRead === 0) break; // it was cut meanwhile
    at += bytesRead;
    const lines = (rest + decoder.write(block.subarray(0, bytesRead))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* shownOf(line);
    if (rest.length <= lineCharsMax) continue;
    if (Number.isFinite(last)) rest = rest.slice(-lineCharsMax);
    else {
      yield rest;
      rest = '';
    }
  }
  rest += decoder.end();
  if (rest !== '') yield* shownOf(rest);
}

/** The lines of bytes as they come, in parts where one is endless. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.write(Buffer.from(piece))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* inParts(line);
    if (rest.length <= lineCharsMax) continue;
    yield rest;
    rest = '';
  }
  rest += decoder.end();
  if (rest !== '') yield* inParts(rest);
}

function* shownLast(line: string): Generator<string> {
  const shown = line.replace(/\r+$/, '');
  const text = shown.slice(shown.lastIndexOf('\r') + 1);
  yield text.length <= lastCharsMax ? text : `... ${text.slice(-lastCharsMax)}`;
}

function* inParts(line: string): Generator<string> {
  for (let from = 0; from === 0 || from < line.length; from += lineCharsMax)
    yield line.slice(from, from + lineCharsMax);
}

/** Where the last lines begin, found from the end. */
async function startOfLast({ handle, bytes }: LogFile, lines: number): Promise<number> {
  const block = Buffer.alloc(blockBytes);
  let left = lines;
  for (let end = bytes; end > 0;) {
    const from = Math.max(0, end - blockBytes);
    await handle.read(block, 0, end - from, from);
    for (let at = end - from - 1; at >= 0; at -= 1) {
      if (block[at] !== 0x0a || from + at === bytes - 1) continue;
      left -= 1;
      if (left === 0) return from + at + 1;
    }
    end = from;
  }
  return 0;
}
