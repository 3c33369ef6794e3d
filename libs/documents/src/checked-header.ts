import type { DocumentHeader, FileEntry, SizeLimits, Template, WrittenHeader } from '#contracts';
import type { CheckedJob } from '#core';

/** A template with `defaults` laid under it, and the placeholders that each of its jobs must have vars for. */
export interface CheckedTemplate {
  name: string;
  template: Template;
  placeholders: readonly string[];
}

/** What jobs are checked against. */
export interface JobContext {
  templates: ReadonlyMap<string, CheckedTemplate>;
  files: ReadonlyMap<string, FileEntry>;
  limits: SizeLimits;
  /** What their outputs lie below, in the space they are for; null: that says nothing. Left out: the space is not known. */
  outputPrefix?: string | null;
  /**
   * Of a faulty header: what is not known because of faults that were told already. Jobs that use it are not told again.
   * `templates`: names that are there, but not good.
   */
  doubt?: { templates: ReadonlySet<string> | 'all'; files: boolean };
}

/** A header that may be stored, and what checking its jobs needs of it. */
export interface CheckedHeader {
  /**
   * The header in its own words with every default filled in. Its `templates` have `defaults` laid under them already
   * and its `defaults` are empty: each entry of `templates` is a full Template, and checking it again changes nothing.
   */
  document: DocumentHeader;
  /** The header as it came. */
  written: WrittenHeader;
  templates: ReadonlyMap<string, CheckedTemplate>;
  files: ReadonlyMap<string, FileEntry>;
  /** How large the whole may be. */
  limits: SizeLimits;
  /** Runs last; has no parents. null: the workflow has none. */
  final: { when: 'always' | 'success'; job: CheckedJob } | null;
}
