import type { GrantAnswer, SpaceQuotas, SpaceRole } from '#contracts';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onSpaces } from '../on-spaces.js';
import { printAnswer } from '../print-answer.js';
import { dryRunNote } from '../print-order.js';
import { printable } from '../render/printable.js';
import { spaceLines } from './space-read.js';

/** Null takes a bound away; left out, it stays. */
export interface SpaceSetOptions extends Partial<SpaceQuotas> {
  outputPrefix?: string | null;
  dryRun: boolean;
}

export interface GrantOptions {
  subject?: string;
  group?: string;
  issuer: string;
  dryRun: boolean;
}

/** Makes a space or changes it. */
export function spaceSet(call: Call, name: string, options: SpaceSetOptions): Promise<ExitCode> {
  const { outputPrefix, dryRun, ...quotas } = options;
  return onSpaces(call, async (spaces) => {
    const answer = await spaces.set(name, { outputPrefix, quotas, dryRun });
    const verb = answer.created ? ['would make', 'made'] : ['would change', 'changed'];
    const lines = [
      `${verb[dryRun ? 0 : 1] ?? ''} space ${printable(name)}`,
      ...spaceLines(answer.space),
      ...(dryRun ? [dryRunNote] : []),
    ];
    await printAnswer(call, answer, { lines, ids: [name], head: ['name', 'created'], rows: [[name, answer.created]] });
  });
}

/** Gives a role. */
export function spaceGrant(
  call: Call,
  { space, role }: { space: string; role: SpaceRole },
  options: GrantOptions,
): Promise<ExitCode> {
  const { dryRun, issuer } = options;
  const holder = { issuer, ...holderOf(options) };
  return onSpaces(call, async (spaces) => {
    await printGrant(call, await spaces.grant(space, { ...holder, role, dryRun }));
  });
}

/** Takes a role away. */
export function spaceRevoke(call: Call, space: string, options: GrantOptions): Promise<ExitCode> {
  const { dryRun, issuer } = options;
  const holder = { issuer, ...holderOf(options) };
  return onSpaces(call, async (spaces) => {
    await printGrant(call, await spaces.revoke(space, { ...holder, dryRun }));
  });
}

function holderOf({ subject, group }: GrantOptions): { holder: 'subject' | 'group'; name: string } {
  if (subject !== undefined) return { holder: 'subject', name: subject };
  if (group !== undefined) return { holder: 'group', name: group };
  throw new CliFault(exitCodes.usage, ['give --subject or --group', 'a role is held by one subject, or by a group']);
}

const head = ['space', 'issuer', 'holder', 'name', 'before', 'after'] as const;

function printGrant(call: Call, answer: GrantAnswer): Promise<void> {
  const { space, holder, name, before, after, dryRun } = answer;
  const where = space === '*' ? 'in every space' : `in space ${printable(space)}`;
  const would = dryRun ? 'would be' : 'is';
  const was = before === after ? 'as before' : `it was ${before ?? 'none'}`;
  const lines = [
    `the role of ${holder} ${printable(name)} ${where} ${would} ${after ?? 'none'}: ${was}`,
    ...(dryRun ? [dryRunNote] : []),
  ];
  return printAnswer(call, answer, { lines, ids: [space], head, rows: [head.map((column) => answer[column])] });
}
