import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import type { Random } from '#test-kit';
import type { TrialDocument } from './random-document.js';

export type Form = 'json' | 'yaml' | 'ndjson';

/** A document as bytes, in one of its forms. */
export function written({ header, jobs }: TrialDocument, form: Form, random: Random): Buffer {
  if (form === 'ndjson') {
    const lineEnd = random.pick(['\n', '\n', '\r\n', '\n\n']);
    const end = random.pick(['', lineEnd]);
    return Buffer.from([header, ...jobs].map((line) => JSON.stringify(line)).join(lineEnd) + end);
  }
  const whole = { ...header, jobs };
  if (form === 'json') return Buffer.from(JSON.stringify(whole, null, random.pick([0, 2])));
  return Buffer.from(stringify(whole, { lineWidth: 0, aliasDuplicateObjects: false }));
}

/** Now and then as gzip, which must change nothing. */
export const packed = (bytes: Buffer, random: Random): Buffer =>
  random.once(10) ? gzipSync(bytes, { level: 1 }) : bytes;
