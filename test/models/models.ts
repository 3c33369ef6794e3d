/** A model: `<name>.pml` in this folder, whose head says what must hold. */
export interface Model {
  name: string;
  /** Its bounds in CI, and when there is time. */
  bounds: { ci: readonly string[]; long: readonly string[] };
  /** Each takes one guard away, so that the search must find an error. */
  mutants: readonly Mutant[];
}

export interface Mutant {
  name: string;
  /** Bounds under which it shows. */
  bounds: readonly string[];
  inCi: boolean;
}

const mutant = (name: string, bounds: readonly string[] = ['FAULTS=1']): Mutant => ({ name, bounds, inCi: false });

export const models: readonly Model[] = [
  {
    name: 'lease',
    bounds: { ci: ['FAULTS=1'], long: ['FAULTS=2'] },
    mutants: [
      { ...mutant('NO_FENCE'), inCi: true },
      { ...mutant('BLIND_REVIVE'), inCi: true },
      mutant('NO_REQUEST_KEY', ['FAULTS=1', 'JOBS=2']),
    ],
  },
  {
    name: 'outbox',
    bounds: { ci: ['FAULTS=3'], long: ['FAULTS=4', 'EVENTS=4'] },
    mutants: [
      { ...mutant('CONFIRM_FIRST'), inCi: true },
      mutant('NO_INBOX'),
      mutant('NUMBER_WITHOUT_LOCK'),
      mutant('NO_SWEEP'),
    ],
  },
  {
    name: 'cancel',
    bounds: { ci: ['FAULTS=1'], long: ['FAULTS=2'] },
    mutants: [
      { ...mutant('UNGUARDED_CANCEL'), inCi: true },
      { ...mutant('KILL_BY_JOB'), inCi: true },
      mutant('REQUEUE_UNGUARDED'),
      mutant('REVIVE_ANY_RUN'),
    ],
  },
];
