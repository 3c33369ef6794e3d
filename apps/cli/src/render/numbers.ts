/** `1234567` -> `1 234 567`: groups of three with a space, as all our tables have it. */
export const grouped = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ' ');

/** `1 job`, `1 000 jobs`. */
export const counted = (n: number, noun: string): string => `${grouped(n)} ${noun}${n === 1 ? '' : 's'}`;

/** Seconds as `hh:mm:ss`; hours go on past 99. */
export function clock(sec: number): string {
  const whole = Math.max(0, Math.floor(sec));
  const part = (n: number): string => String(n).padStart(2, '0');
  return `${part(Math.floor(whole / 3_600))}:${part(Math.floor(whole / 60) % 60)}:${part(whole % 60)}`;
}

/** Seconds in words, two units at most: `0.42 s`, `14 s`, `3 min 20 s`, `2 h 5 min`, `4 d 2 h`. */
export function duration(sec: number): string {
  if (sec < 1) return `${Math.max(0, sec).toFixed(2)} s`;
  if (sec < 10) return `${sec.toFixed(1)} s`;
  const whole = Math.round(sec);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return two(Math.floor(whole / 3_600), 'h', Math.floor(whole / 60) % 60, 'min');
  return two(Math.floor(whole / 86_400), 'd', Math.floor(whole / 3_600) % 24, 'h');
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Memory in the unit that people say it in: `512 MiB`, `1.5 GiB`. */
export const memory = (mib: number): string =>
  mib < 1_024 ? `${Math.round(mib)} MiB` : `${Number((mib / 1_024).toFixed(mib < 10_240 ? 2 : 1))} GiB`;

/** Jobs a second: `412`, `3.2`, `0.05`. */
export const perSec = (rate: number): string => {
  if (rate >= 10) return grouped(rate);
  return rate >= 1 ? rate.toFixed(1) : rate.toFixed(2);
};

/** Whole percent, never 100 before all is done and never 0 once something is. */
export function percent(done: number, total: number): string {
  if (total === 0 || done === total) return '100 %';
  const whole = Math.round((done / total) * 100);
  return `${Math.min(99, Math.max(done > 0 ? 1 : 0, whole))} %`;
}
