// Goal: no refusal without a document that shows it, and none that the manual does not explain.
import { expect, test } from '@jest/globals';
import { documentErrorCodes } from '#contracts';
import { badDocuments } from '#test-kit';
import { textOf } from './repository.js';

test('every code has a bad document that command line and gateway are tried with', () => {
  const shown = new Set<string>(badDocuments.map(({ code }) => code));
  // A file has no hash that it could differ from: test/integration/gateway/refusals.spec.ts tries it on the wire.
  expect(documentErrorCodes.filter((code) => !shown.has(code))).toEqual(['HASH_MISMATCH']);
});

test('every code stands in the table of docs/document.md, and no other', () => {
  const table = [...textOf('docs/document.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect([...table].sort()).toEqual([...documentErrorCodes].sort());
});
