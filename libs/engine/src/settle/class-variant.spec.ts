import { expect, test } from '@jest/globals';
import { Template } from '#contracts';
import { readyClassOf } from '../upload/ready-class.js';
import { classVariant, distinctVariants } from './class-variant.js';

const classOf = (memoryMib: number, sites: string[] = []): { classId: number; classKey: string } => ({
  classId: 1,
  classKey: readyClassOf(Template.parse({ transform: 'noop', resources: { memoryMib }, placement: { sites } }), {
    space: 's',
    owner: 'o',
    shareId: null,
    workflow: '',
  }).key,
});

test('a variant has the key that an upload of the same needs has', () => {
  expect(classVariant(classOf(1_000), { memoryMib: 2_000 }).key).toBe(classOf(2_000).classKey);
  expect(classVariant(classOf(1_000), { memoryMib: 1_000 }).key).toBe(classOf(1_000).classKey);
});

test('a class whose key is no JSON has variants of its own all the same', () => {
  const odd = { classId: 1, classKey: '{"a":1} "space" []' };
  expect(classVariant(odd, { memoryMib: 2_000 }).key).toBe('{"a":1} "space" [] {"memoryMib":2000}');
});

test('equal variants are made once', () => {
  const variants = [1, 2, 2].map((times) => classVariant(classOf(1_000), { memoryMib: 1_000 * times }));
  expect(distinctVariants(variants)).toHaveLength(2);
});
