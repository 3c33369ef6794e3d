import type { StackRecord, StackSettings } from '#local-stack';

/**
 * The options that were given too late, since they shape only a stack that starts: of one that is up they change
 * nothing. One without workers still gets some, as the options say.
 * @param before what ran before we came; null: nothing that was recorded yet
 */
export function lateOptions(given: Partial<StackSettings>, before: Pick<StackRecord, 'processes'> | null): string[] {
  const hasWorkers = before?.processes.some(({ name }) => name.startsWith('worker')) ?? false;
  return [
    ...(given.processes === true ? ['--processes'] : []),
    ...(given.httpPort === undefined ? [] : ['--port']),
    ...(hasWorkers && given.workers !== undefined ? ['--workers'] : []),
    ...(hasWorkers && given.coresPerWorker !== undefined ? ['--cores'] : []),
    ...(hasWorkers && given.transforms?.length ? ['--transforms'] : []),
  ];
}
