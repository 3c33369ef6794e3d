import type { Document, LineCounter, Node } from 'yaml';
import { stepsOf, type Locate } from './locate.js';

/** Finds places in a YAML document, those behind aliases where the anchor stands. */
export function yamlLocator(yaml: typeof import('yaml'), document: Document, lines: LineCounter): Locate {
  const behind = (node: unknown): unknown => (yaml.isAlias(node) ? node.resolve(document) : node);

  /** @returns what to show of an item, and the item. */
  function inside(node: unknown, step: string): { shown: unknown; value: unknown } | null {
    if (yaml.isMap(node)) {
      const pair = node.items.find(({ key }) => String(yaml.isScalar(key) ? key.value : key) === step);
      return pair ? { shown: pair.key, value: pair.value } : null;
    }
    const item = yaml.isSeq(node) ? node.items[Number(step)] : undefined;
    return item === undefined ? null : { shown: item, value: item };
  }

  return (pointer) => {
    let shown: unknown = document.contents;
    let value: unknown = shown;
    for (const step of stepsOf(pointer)) {
      const found = inside(behind(value), step);
      if (found === null) break;
      ({ shown, value } = found);
    }
    const offset = yaml.isNode(shown) ? (shown as Node).range?.[0] : undefined;
    if (offset === undefined) return null;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}
