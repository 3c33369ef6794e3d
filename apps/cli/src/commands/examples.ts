/** What a verb's help ends with: two or three lines to copy. Each is a command line, and may have a `#` remark. */
export const examples = (...lines: readonly [string, string, string?]): string =>
  ['', 'Examples:', ...lines.map((line) => `  ${line ?? ''}`)].join('\n').trimEnd();
