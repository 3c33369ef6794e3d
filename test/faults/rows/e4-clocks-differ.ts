import { noAttemptLost } from '../expectations.js';
import { harmRow } from './harm-rows.js';

const hourMs = 3_600_000;
const stepsMs = 6_000;

/** A process whose clock is an hour off, and steps back by two, or on, while it runs: Date alone, as timers know no date. */
const skewed = (sign: 'sign by pid' | 1 | -1): Record<string, string> => {
  const first = sign === 'sign by pid' ? '(process.pid % 2 ? 1 : -1)' : String(sign);
  const code = `
    const Real = Date;
    const shift = () => ${first} * (performance.now() < ${stepsMs} ? 1 : -1) * ${hourMs};
    globalThis.Date = class extends Real {
      constructor(...given) { if (given.length) super(...given); else super(Real.now() + shift()); }
      static now() { return Real.now() + shift(); }
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
};

export const e4 = harmRow({
  id: 'E4',
  title: 'clocks of services and workers are an hour off, and step',
  shape: { gateways: 2, environment: skewed('sign by pid') },
  workers: () => Promise.resolve([{ environment: skewed(1) }, { environment: skewed(-1), gateway: 1 }]),
  load: { workflows: 10, cancelOneIn: 0 }, // the verdict on kills goes by the worker's clock
  harm: () => Promise.resolve(), // clocks step while the load is under way
  expected: noAttemptLost,
});
