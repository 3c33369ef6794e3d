import type { Template } from '#contracts';
import { checkHeader } from './header.js';
import type { RawJob } from './job-line.js';
import type { OpenDocument } from './open-document.js';
import { isFields, without, type Fields } from './wfformat/fields.js';
import { observedRuntimeSec } from './wfformat/described-job.js';

/** A share of a worker so small that thousands fit: what is simulated needs neither cores nor memory. */
const tinyResources = { cores: 0.001, memoryMib: 1 } as const;

/**
 * The same document with every job made a sleep: names, order, files, retries and final job stay; what would run, where and
 * with how much does not. A job sleeps for its `observed.runtimeSec` divided by the speed; 0 is no sleep at all.
 * @param document a bad header passes as it is, to be refused where all are
 * @param options.speed 0 or more
 */
export function simulated(document: OpenDocument, { speed }: { speed: number }): OpenDocument {
  const checked = checkHeader(document.header);
  if ('refusal' in checked) return document;
  const written = document.header as Fields;
  const templates = Object.entries(checked.header.document.templates).map(([name, template]) => [
    name,
    simulatedTemplate(template as Template, speed),
  ]);
  const { final } = checked.header.document;
  const header = {
    ...written,
    source: { ...checked.header.document.source, simulatedAtSpeed: speed },
    defaults: {},
    templates: Object.fromEntries(templates) as Fields,
    ...(final && { final: { ...final, job: simulatedJob(final.job, speed) } }),
  };
  return { format: document.format, header, jobs: simulatedJobs(document.jobs, speed), unrunnable: null };
}

function simulatedTemplate({ retry, limits, priority, opaque }: Template, speed: number): Fields {
  return {
    transform: 'simulate',
    params: { speed },
    resources: tinyResources,
    retry,
    limits,
    priority,
    ...(opaque !== undefined && { opaque }),
  };
}

async function* simulatedJobs(jobs: AsyncIterable<RawJob[]>, speed: number): AsyncGenerator<RawJob[]> {
  for await (const batch of jobs) yield batch.map((raw) => ('errors' in raw ? raw : simulatedRaw(raw, speed)));
}

function simulatedRaw(raw: Extract<RawJob, { value: unknown }>, speed: number): RawJob {
  return isFields(raw.value) ? { where: raw.where, value: simulatedJob(raw.value, speed), text: null } : raw;
}

/** `params` and placeholders of what would run mean nothing any more; `vars` stay, to be read later. */
function simulatedJob(job: Fields, speed: number): Fields {
  const rest = without(job, meaningless);
  const { observed } = job;
  const runtimeSec = speed > 0 && isFields(observed) ? observedRuntimeSec(observed) : 0;
  return runtimeSec > 0 ? { ...rest, params: { runtimeSec } } : rest;
}

const meaningless = new Set(['params']);
