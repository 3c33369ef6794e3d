/**
 * One line per event of the worker, never one per job.
 * @param event `noun.event`, such as `session.registered`
 */
export type WorkerLog = (
  level: 'info' | 'warn' | 'error',
  event: string,
  facts?: Readonly<Record<string, unknown>>,
) => void;
