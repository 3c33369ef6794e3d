/** `sluice`: the document, to be submitted again; `wfformat`: it and its run; the others: a row or an object for each job. */
export const exportFormats = ['sluice', 'wfformat', 'json', 'ndjson', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  output: ExportFormat;
  /** What the run measured stands in `observed` of the document's jobs. */
  observed: boolean;
  to?: string;
}
