import type { Terminal } from './terminal/terminal.js';

export const formats = ['table', 'json', 'ndjson', 'csv', 'id'] as const;
export type Format = (typeof formats)[number];

/** What a document can be written as. */
export const documentFormats = ['sluice', 'wfformat'] as const;
export type DocumentFormat = (typeof documentFormats)[number];

/** Options that every verb takes. */
export interface Globals {
  stateDir?: string;
  url?: string;
  tokenFile?: string;
  /** Forward proxy to a server elsewhere, or `none`. */
  proxy?: string;
  output: Format;
}

/** What every verb is called with besides its own arguments. */
export interface Call {
  globals: Globals;
  terminal: Terminal;
}
