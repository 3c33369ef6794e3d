import type { Random } from '#test-kit';

const odd = [
  ...[
    'NaN',
    '-Infinity',
    '1e999',
    '9007199254740993',
    '-0',
    '01',
    '1.',
    '.5',
    '0x20000000000001E',
    '0o777777777777777777777',
  ],
  ...[
    '\u0000',
    '\\u0000',
    '\\ud800',
    '\\x',
    '\ufeff',
    '\u2028',
    '\r',
    '\n',
    '\n\n',
    '\t',
    '//',
    '/* */',
    '#',
    '---',
    '...',
    '%',
    '&a',
    '*a',
    '<<',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    "'",
    '- ',
    '? ',
    '! ',
    '!!int ',
    '| ',
    '> ',
    '{"a":1,"a":2}',
    '"__proto__":1',
    'null',
    '1: x\n',
    'true',
  ],
  ...['['.repeat(100), '{"a":'.repeat(50), '['.repeat(2_000)],
].map((text) => Buffer.from(text));
const notUtf8 = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf8, 0x88], [0xc0, 0x80]].map((bytes) => Buffer.from(bytes));

/** One change to a text that does not know what the text means. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.pick([1, 1, 2, 5, 40]));
  const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (random.below(9)) {
    case 0:
      return Buffer.concat([before, Buffer.from(piece.map((byte) => byte ^ (1 << random.below(8)))), after]);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return before;
    case 3:
      return Buffer.concat([before, piece, piece, after]);
    case 4:
      return Buffer.concat([before, random.pick(notUtf8), piece, after]);
    case 5:
      return linesSwapped(bytes, random);
    case 6:
      return valueReplaced(bytes, random);
    default:
      return Buffer.concat([before, random.pick(odd), random.once(2) ? piece : Buffer.alloc(0), after]);
  }
}

function linesSwapped(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const [a, b] = [random.below(lines.length), random.below(lines.length)];
  [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
  return Buffer.from(lines.join('\n'), 'latin1');
}

/** Replaces one whole number, text or word, so that what comes out is often still good syntax. */
function valueReplaced(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('latin1');
  const values = [...text.matchAll(/"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?|\b[a-z]+\b/g)];
  if (values.length === 0) return bytes;
  const value = random.pick(values);
  const other = random.once(2) ? random.pick(odd).toString('latin1') : random.pick(values)[0];
  return Buffer.from(text.slice(0, value.index) + other + text.slice(value.index + value[0].length), 'latin1');
}
