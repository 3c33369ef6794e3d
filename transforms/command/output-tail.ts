import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageCharsMax } from '#contracts';

/** UTF-8 needs at most 4 bytes for one code point. */
const bytesMax = messageCharsMax * 4;

/** @returns the last 4,000 characters of stderr, or of stdout when stderr is empty, or ''. */
export async function outputTail(folder: string): Promise<string> {
  return (await fileTail(join(folder, 'stderr'))) || (await fileTail(join(folder, 'stdout')));
}

/** @returns the end of stdout, then that of stderr under a line `stderr:`; 4,000 characters at most, or '' */
export async function spokenTail(folder: string): Promise<string> {
  const [said, complained] = [await fileTail(join(folder, 'stdout')), await fileTail(join(folder, 'stderr'))];
  if (said === '' || complained === '') return said || complained;
  const heading = '\nstderr:\n';
  const charsEach = (messageCharsMax - heading.length) / 2;
  const errors = complained.slice(-Math.max(charsEach, messageCharsMax - heading.length - said.length));
  return `${said.slice(-(messageCharsMax - heading.length - errors.length))}${heading}${errors}`;
}

/** A link would have the worker read what the program may not, and a pipe would hold the worker up. */
const asItIs = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * @returns the last 4,000 characters of a file. The program may have removed it, or its folder, or put something else in
 * its place: then there is no tail, and that is no fault.
 */
export async function fileTail(path: string): Promise<string> {
  const file = await open(path, asItIs).catch(() => null);
  if (file === null) return '';
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return '';
    const { size } = stat;
    const bytes = Buffer.alloc(Math.min(size, bytesMax));
    await file.read(bytes, 0, bytes.length, size - bytes.length);
    return readable(bytes.toString('utf8'));
  } finally {
    await file.close();
  }
}

/** PostgreSQL's text takes no NUL, and half a character at the cut is none. */
function readable(text: string): string {
  const cut = text.replaceAll('\0', '').trimEnd().slice(-messageCharsMax);
  return cut.replace(/^[\uFFFD\uDC00-\uDFFF]+/, '');
}
