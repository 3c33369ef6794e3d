import { expect, test } from '@jest/globals';
import { entityTag, namesTag } from './entity-tag.js';

const tag = entityTag(Buffer.from('{"jobs":[]}'));
const bare = tag.replace('W/', '');

test('the same content has the same tag, another one another', () => {
  expect(entityTag(Buffer.from('{"jobs":[]}'))).toBe(tag);
  expect(entityTag(Buffer.from('{"jobs":[1]}'))).not.toBe(tag);
});

test.each([tag, bare, `"other", ${tag}`, `${bare} ,"x"`, '*', ' * '])('%s names it', (header) => {
  expect(namesTag(header, tag)).toBe(true);
});

test.each([undefined, '', '"other"', bare.slice(1, -1), `w/${bare}`])('%s does not', (header) => {
  expect(namesTag(header, tag)).toBe(false);
});
