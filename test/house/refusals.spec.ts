// Goal: no refusal without a document that shows it, and none that the manual does not explain.
import { expect, test } from '@jest/globals';
import { documentErrorCodes } from '#contracts';
import { badDocuments } from '#test-kit';
import { textOf } from './repository.js';

test('every code has a bad document that command line and gateway are tried with', () => {
  const shown = new Set<string>(badDocuments.map(({ code }) => code));
  // A file has no hash that it could differ from, and lies in no space: refusals.spec.ts and output-prefix.spec.ts of
  // test/integration/gateway try these on the wire.
  const onTheWire = ['HASH_MISMATCH', 'PATH_OUTSIDE_SPACE', 'PATH_FORBIDDEN'];
  expect(documentErrorCodes.filter((code) => !shown.has(code))).toEqual(onTheWire);
});

test('every code stands in the table of docs/document.md, and no other', () => {
  const table = [...textOf('docs/document.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect([...table].sort()).toEqual([...documentErrorCodes].sort());
});
