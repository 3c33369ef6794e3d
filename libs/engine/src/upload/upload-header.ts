import type { Template } from '#contracts';
import type { CheckedJob } from '#core';

export interface FinalJob {
  /** `success`: only when every other job finished. */
  when: 'always' | 'success';
  job: CheckedJob;
}

/** A checked document without its jobs, as it is kept in `workflow.header`: templates are resolved already. */
export interface UploadHeader {
  name: string;
  tags: Record<string, string>;
  templates: Record<string, Template>;
  files: Record<string, unknown>;
  policy: Record<string, unknown>;
  final: FinalJob | null;
}
