/** One measurement of something that lives: a process, which may be replaced, or a table. */
export interface Sample {
  /** Samples of one life are compared with each other only. */
  life: number;
  atSec: number;
  value: number;
}

/**
 * How fast a value grows within lives, by least squares: each life has a height of its own, all have one slope. So a process
 * that was killed and started small again does not hide what its lives have in common.
 * @returns value a second; null for too few samples
 */
export function slopeOf(samples: readonly Sample[]): number | null {
  const lives = new Map<number, Sample[]>();
  for (const sample of samples) lives.set(sample.life, [...(lives.get(sample.life) ?? []), sample]);
  let together = 0;
  let spread = 0;
  for (const life of lives.values()) {
    const atSec = mean(life.map((sample) => sample.atSec));
    const value = mean(life.map((sample) => sample.value));
    for (const sample of life) {
      together += (sample.atSec - atSec) * (sample.value - value);
      spread += (sample.atSec - atSec) ** 2;
    }
  }
  return spread === 0 ? null : together / spread;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
