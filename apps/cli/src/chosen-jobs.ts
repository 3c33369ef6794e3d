import type { JobConditions, SluiceClient } from '#client';
import type { JobFilterOptions, OpenJobOptions } from './commands/job-filter-options.js';
import { CliFault, exitCodes } from './exit-code.js';

/** The server's own bound of one answer. */
const groupsMax = 1_000;

/**
 * The conditions that options give. Names of error groups become the fingerprints that they stand for at this moment.
 * @throws CliFault with exit 4 for a group that is not there
 */
export async function chosenJobs(
  client: SluiceClient,
  selector: string,
  { label, state, reason, exit, site, group, query }: JobFilterOptions,
): Promise<JobConditions> {
  const fingerprints = group && (await groupFingerprints(client, selector, group));
  return { labels: label, states: state, reasons: reason, exitCodes: exit, sites: site, fingerprints, query };
}

/** The same of an order about open jobs, which may name some. */
export const chosenOpenJobs = async (
  client: SluiceClient,
  selector: string,
  { job, ...options }: OpenJobOptions,
): Promise<JobConditions & { jobs?: string[] }> => ({
  ...(await chosenJobs(client, selector, options)),
  ...(job && { jobs: job }),
});

const fingerprintShape = /^[0-9a-f]{16}$/;

/**
 * The fingerprints of error groups that people named.
 * @throws CliFault with exit 4 for one that is not there
 */
export async function groupFingerprints(
  client: SluiceClient,
  selector: string,
  named: readonly string[],
): Promise<string[]> {
  if (named.every((name) => fingerprintShape.test(name))) return [...named];
  const { groups } = await client.errors(selector, { limit: groupsMax });
  return named.map((name) => {
    if (fingerprintShape.test(name)) return name;
    const found = groups.find((group) => group.name === name);
    if (found) return found.fingerprint;
    throw new CliFault(exitCodes.notFound, [`no error group ${name}`, `\`sluice errors ${selector}\` lists them`]);
  });
}
