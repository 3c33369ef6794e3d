import type { StackSettings } from '#local-stack';

/** The options of `run` and `up` that shape a stack. */
export interface StackOptions {
  processes: boolean;
  workers?: number;
  cores?: number;
  transforms: string[];
  port?: number;
}

/** Settings as they were given; what was not given is left to the stack. */
export const stackSettings = ({
  processes,
  transforms,
  workers,
  cores,
  port,
}: StackOptions): Partial<StackSettings> => ({
  processes,
  transforms,
  ...(workers === undefined ? {} : { workers }),
  ...(cores === undefined ? {} : { coresPerWorker: cores }),
  ...(port === undefined ? {} : { httpPort: port }),
});

/** Nothing said about the stack. */
export const usualStack: StackOptions = { processes: false, transforms: [] };
