// Goal: a link in our documents leads somewhere, for a reader of the repository and nothing else.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { filesBelow, root, textOf } from './repository.js';

const linkOf = /\[[^\]]*\]\(([^)\s]+)\)/g;
const documents = filesBelow().filter((file) => file.endsWith('.md'));

const withoutCode = (text: string): string => text.replace(/```[\s\S]*?```|`[^`]*`/g, '');

const linksOf = (file: string): string[] =>
  [...withoutCode(textOf(file)).matchAll(linkOf)].map((match) => match[1] ?? '');

/** The anchor that a heading gets on code hosts: lower case, spaces to hyphens, no punctuation. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-');

const anchorsOf = (file: string): string[] =>
  [...textOf(file).matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] ?? ''));

function isDead(file: string, link: string): boolean {
  if (/^(https?|mailto):/.test(link)) return false;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
}

test('every relative link of every document resolves', () => {
  const dead = documents.flatMap((file) =>
    linksOf(file)
      .filter((link) => isDead(file, link))
      .map((link) => `${file}: ${link}`),
  );
  expect(dead).toEqual([]);
});

test('every decision record is listed in docs/adr/README.md', () => {
  const list = textOf('docs/adr/README.md');
  const records = documents
    .filter((file) => /^docs\/adr\/\d{4}-/.test(file))
    .map((file) => file.replace('docs/adr/', ''));
  expect(records.filter((record) => !list.includes(`(${record})`))).toEqual([]);
});
