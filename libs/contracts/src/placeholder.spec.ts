import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fillPlaceholders,
  fillPlaceholdersWithin,
  literalText,
  placeholdersIn,
  placeholderValues,
} from './placeholder.js';

const values = placeholderValues({ vars: { node: '17', twice: '{node}' }, attempt: 2, name: 'isr_17', ordinal: 4 });

test('placeholders are filled from vars and from what the worker knows', () => {
  expect(fillPlaceholders('{node}/{attempt}/{name}/{ordinal}', values)).toBe('17/2/isr_17/4');
});

test('a doubled brace around a name writes the name in braces', () => {
  expect(fillPlaceholders('{{HOME}} {{{node}}} ${{x}}', values)).toBe('{HOME} {{node}} ${x}');
  expect(placeholdersIn('{{HOME}} {{{node}}} ${{x}}')).toEqual([]);
});

test.each([`awk '{print $1}'`, '{"a":{"b":1}}', '${x:-y}', '${node}', '{}', '{ node }', 'f() { { echo; }; }'])(
  'braces that hold no name stay: %s',
  (text) => {
    expect(fillPlaceholders(text, values)).toBe(text);
    expect(placeholdersIn(text)).toEqual([]);
  },
);

test('a value that looks like a placeholder is not filled again', () => {
  expect(fillPlaceholders('{twice}', values)).toBe('{node}');
});

test('names that objects inherit are no placeholder values', () => {
  expect(fillPlaceholders('{constructor}', values)).toBe('{constructor}');
});

test('a var named like a built-in placeholder wins', () => {
  const own = placeholderValues({ vars: { name: 'M31' }, attempt: 1, name: 'j', ordinal: 0 });
  expect(fillPlaceholders('{name}', own)).toBe('M31');
});

test('params are filled at any depth, their keys are not', () => {
  expect(fillPlaceholdersWithin({ '{node}': ['{node}', 1, null, { deep: '{name}' }] }, values)).toEqual({
    '{node}': ['17', 1, null, { deep: 'isr_17' }],
  });
});

test('literal text fills in as itself, whatever it looks like', () => {
  const parts = ['{', '}', '$', 'name', 'x', ' ', '{name}', '{{node}}', '${x}'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 12 }), (some) => {
      const text = some.join('');
      expect(fillPlaceholders(literalText(text), values)).toBe(text);
      expect(placeholdersIn(literalText(text))).toEqual([]);
    }),
    { seed: 11, numRuns: 2_000 },
  );
});

test('a name that is kept goes on being filled in', () => {
  expect(literalText('{node} {name} {{node}}', ['node'])).toBe('{node} {{name}} {{node}}');
});
