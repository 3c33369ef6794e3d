import { documentLimits, type DocumentErrorCode } from '#contracts';
import { shown } from '#core';

/**
 * Owns which characters a document may hold.
 *
 * T1 Any text: no NUL, no lone surrogate (PostgreSQL cannot keep them), no control character but tab and line breaks,
 *    no character that turns the reading direction (both deceive who reads a terminal).
 * T2 A name, further: not blank, no line break or tab, nothing invisible, no space at either end, at most 4,000 characters.
 * T3 Names are kept in Unicode form NFC, so that two that look the same are the same.
 */
const printableAscii = /^[\x20-\x7e]*$/;
const plainName = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;
// \p{DI}: what Unicode says to show as nothing, such as zero-width spaces, soft hyphens, fillers, tags, direction marks.
const forbiddenInName = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufff9-\ufffb\p{DI}\ud800-\udfff]/u;

/** What is wrong with a text or a name; `where` and `job` are the caller's. */
export interface TextFault {
  code: DocumentErrorCode;
  message: string;
  remedy: string;
}

/** T1: true when the text may be kept. */
export const isGoodText = (text: string): boolean => printableAscii.test(text) || !forbidden.test(text);

/** T1. @returns null when the text is good. */
export function textFault(what: string, text: string): TextFault | null {
  const bad = printableAscii.test(text) ? null : forbidden.exec(text);
  return bad ? badCharacter(what, text, bad) : null;
}

/** T2. @returns null when the name is good. */
export function nameFault(what: string, name: string): TextFault | null {
  if (name.length > documentLimits.nameChars) {
    const message = `${what} has ${name.length} characters: ${shown(name)}`;
    return { code: 'NAME_TOO_LONG', message, remedy: `At most ${documentLimits.nameChars} characters: shorten it.` };
  }
  if (plainName.test(name)) return null;
  const bad = forbiddenInName.exec(name);
  if (bad) return badCharacter(what, name, bad);
  if (name.trim() === '') return badName(`${what} is blank: ${shown(name)}`, 'Give it a name of visible characters.');
  if (name.trim() !== name)
    return badName(`${what} begins or ends with a space: ${shown(name)}`, 'Take the space away.');
  return null;
}

/** T3. */
export const inNfc = (name: string): string => (printableAscii.test(name) ? name : name.normalize('NFC'));

const badName = (message: string, remedy: string): TextFault => ({ code: 'BAD_NAME', message, remedy });

function badCharacter(what: string, text: string, bad: RegExpExecArray): TextFault {
  const codePoint = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return {
    code: 'BAD_TEXT',
    message: `${what} holds the character U+${codePoint} at position ${bad.index}: ${shown(text)}`,
    remedy: 'Take the character away: control, invisible and direction-turning characters are not kept.',
  };
}
