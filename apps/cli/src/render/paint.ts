const codes = { finished: 32, leased: 36, ready: 33, failed: 31, waiting: 2, strong: 1, faint: 2 } as const;

export type Style = keyof typeof codes;

/** Colours a text; what it says never depends on it. */
export type Paint = (style: Style, text: string) => string;

export const plainPaint: Paint = (_, text) => text;

export const ansiPaint: Paint = (style, text) => (text.trim() === '' ? text : `\x1b[${codes[style]}m${text}\x1b[0m`);
