import { median, rounded } from './statistics.js';

/** Our figure and a peer's, measured one after the other. */
export interface Pair {
  ours: number;
  theirs: number;
}

/** Measures in turn, A B A B, so that both meet the same machine. Which goes first alternates. */
export async function inTurn(
  pairs: number,
  runs: { ours: () => Promise<number>; theirs: () => Promise<number> },
  say: (text: string) => void,
): Promise<Pair[]> {
  const measured: Pair[] = [];
  for (let no = 1; no <= pairs; no += 1) {
    const pair = no % 2 === 1 ? await oursFirst(runs) : await theirsFirst(runs);
    measured.push(pair);
    say(`pair ${no}: ours ${rounded(pair.ours)}, theirs ${rounded(pair.theirs)}`);
  }
  return measured;
}

async function oursFirst(runs: { ours: () => Promise<number>; theirs: () => Promise<number> }): Promise<Pair> {
  const ours = await runs.ours();
  return { ours, theirs: await runs.theirs() };
}

async function theirsFirst(runs: { ours: () => Promise<number>; theirs: () => Promise<number> }): Promise<Pair> {
  const theirs = await runs.theirs();
  return { ours: await runs.ours(), theirs };
}

/** The median of the ratios within pairs: a slow minute of the machine is in both of a pair. */
export const ratioOf = (pairs: readonly Pair[]): number => median(pairs.map((pair) => pair.ours / pair.theirs));

export const medianOf = (pairs: readonly Pair[], which: keyof Pair): number => median(pairs.map((pair) => pair[which]));
