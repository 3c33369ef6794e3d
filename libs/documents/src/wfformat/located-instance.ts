import type { OpenDocument } from '../open-document.js';
import { DocumentRefused } from '../refusal.js';
import type { Locate } from '../whole/locate.js';
import { atPointer } from '../whole/place.js';
import type { Fields } from './fields.js';
import { openInstance } from './open-instance.js';

/**
 * openInstance(), for who mends the text in an editor.
 * @throws DocumentRefused with line and column before each pointer
 */
export function openLocatedInstance(root: Fields, locate: Locate): OpenDocument {
  try {
    return openInstance(root);
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error;
    const { errors, counts } = error.refusal;
    const placed = errors.map((fault) => ({ ...fault, where: atPointer(fault.where, locate(fault.where)) }));
    throw new DocumentRefused({ errors: placed, counts });
  }
}
