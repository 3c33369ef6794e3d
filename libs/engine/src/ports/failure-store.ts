import type { AttemptView, ErrorGroup } from '#contracts';
import type { JobSelection } from './read-store.js';

/** An error group as it is stored: its number in the workflow, from 1, and what one of its jobs said. */
export interface GroupRow extends Omit<ErrorGroup, 'name' | 'message'> {
  no: number;
  /** Jobs of the group, whatever the filter lets through. */
  every: number;
}

/** Where an error group stands in the list: the next has fewer jobs, in all too, or a greater fingerprint. */
export interface GroupPlace {
  jobs: number;
  every: number;
  /** 16 hex digits. */
  fingerprint: string;
}

/** Groups, and what sums with their jobs to all failed jobs, as of one moment. */
export interface FoundGroups {
  /** Most jobs first. */
  groups: GroupRow[];
  groupsTotal: number;
  groupedJobs: number;
  pruned: number;
  cancelled: number;
}

/** An attempt, and where its worker keeps folders, if that is known. */
export interface AttemptRow extends Omit<AttemptView, 'folder'> {
  workDir: string | null;
}

/** What is known of failures; nothing here locks. */
export interface FailureStore {
  groups(selection: JobSelection & { groupsMax: number; after?: GroupPlace | null }): Promise<FoundGroups>;
  /** The newest attempts of a job before attempt `before`, newest last. */
  attempts(job: { workflowNo: string; ordinal: number; rows: number; before?: number }): Promise<AttemptRow[]>;
}
