import type { DocumentCounts, DocumentHeader, Template } from '#contracts';
import type { CheckedJob } from '#core';

export interface FinalJob {
  /** `success`: only when every other job finished. */
  when: 'always' | 'success';
  job: CheckedJob;
}

/** A checked document without its jobs, as it is kept in `workflow.header`: templates are resolved already. */
export interface UploadHeader
  extends Pick<DocumentHeader, 'name' | 'tags' | 'files' | 'policy'>, Partial<DocumentCounts> {
  /** Kept verbatim. */
  annotations?: DocumentHeader['annotations'];
  source?: DocumentHeader['source'];
  templates: Record<string, Template>;
  final: FinalJob | null;
}
