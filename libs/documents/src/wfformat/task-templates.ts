import { literalText } from '#contracts';
import type { TaskCommand } from './task-command.js';

/** What of a task decides its template. */
export interface TemplateNeed {
  label: string;
  command: TaskCommand;
  /** null: none was recorded. */
  cores: number | null;
}

/** The template of one task, and what fills its placeholders. */
export interface TemplateUse {
  template: string;
  vars: Readonly<Record<string, string>> | undefined;
}

/** Above so many kinds of task the label no longer parts templates: the header has to stay small. */
const templatesMax = 1_000;
/** What templates may hold of commands in characters; what is beyond is given by each job. */
const inlineCharsMax = 512 * 1024;

interface Group {
  label: string;
  kind: TaskCommand['kind'];
  cores: number | null;
  /** The parts of the first task; `null` where a later one differs. */
  parts: (string | null)[];
  name: string;
}

/**
 * Templates that tasks share, so that a job is little more than its name and what is its own. Tasks of one label whose
 * commands are as long share one; arguments that are the same in all stand in it, the others in the `vars` of the job.
 * Vars are never read for placeholders, so braces in recorded arguments mean themselves.
 */
export class TaskTemplates {
  private readonly groups = new Map<string, Group>();
  private readonly byLabel: boolean;

  /** @param needs of all tasks in order; read twice at most */
  constructor(needs: Iterable<TemplateNeed> & object) {
    this.byLabel = this.gather(needs, { byLabel: true });
    if (!this.byLabel) {
      this.groups.clear();
      this.gather(needs, { byLabel: false });
    }
    this.keepShort();
    this.nameAll();
  }

  use(need: TemplateNeed): TemplateUse {
    const group = this.groups.get(keyOf(need, this.byLabel));
    if (group === undefined) throw new Error(`no template was made for ${need.label}: not of the tasks given before`);
    const vars: [string, string][] = [];
    need.command.parts.forEach((part, at) => {
      if (group.parts[at] === null) vars.push([varName(need.command.kind, at), part]);
    });
    return { template: group.name, vars: vars.length === 0 ? undefined : Object.fromEntries(vars) };
  }

  /** The `templates` of a header. */
  entries(): Record<string, Record<string, unknown>> {
    return Object.fromEntries([...this.groups.values()].map((group) => [group.name, templateOf(group)]));
  }

  /** @returns false when there came to be too many */
  private gather(needs: Iterable<TemplateNeed>, { byLabel }: { byLabel: boolean }): boolean {
    for (const need of needs) {
      const key = keyOf(need, byLabel);
      const group = this.groups.get(key);
      if (group !== undefined) keepCommon(group.parts, need.command.parts);
      else {
        const { label, command, cores } = need;
        this.groups.set(key, { label, kind: command.kind, cores, parts: [...command.parts], name: '' });
        if (byLabel && this.groups.size > templatesMax) return false;
      }
    }
    return true;
  }

  private keepShort(): void {
    let left = inlineCharsMax;
    for (const { parts } of this.groups.values()) {
      parts.forEach((part, at) => {
        if (part === null) return;
        left -= part.length;
        if (left < 0) parts[at] = null;
      });
    }
  }

  private nameAll(): void {
    const taken = new Set<string>();
    for (const group of this.groups.values()) {
      const stem = this.byLabel ? group.label : group.kind;
      group.name = freeName(stem, taken);
      taken.add(group.name);
    }
  }
}

/** A label may be as long as a name: with a number behind it it would be too long. */
const stemCharsMax = 200;

function freeName(stem: string, taken: ReadonlySet<string>): string {
  if (!taken.has(stem)) return stem;
  const short = [...stem.slice(0, 2 * stemCharsMax)].slice(0, stemCharsMax).join('').trimEnd();
  for (let no = 2; ; no++) if (!taken.has(`${short}-${no}`)) return `${short}-${no}`;
}

const keyOf = ({ label, command, cores }: TemplateNeed, byLabel: boolean): string =>
  `${command.kind} ${command.parts.length} ${cores ?? ''} ${byLabel ? label : ''}`;

function keepCommon(parts: (string | null)[], other: readonly string[]): void {
  other.forEach((part, at) => {
    if (parts[at] !== part) parts[at] = null;
  });
}

function varName(kind: TaskCommand['kind'], at: number): string {
  if (kind === 'cmdline') return 'cmdline';
  return at === 0 ? 'program' : `a${at}`;
}

function templateOf({ kind, parts, cores }: Group): Record<string, unknown> {
  const written = parts.map((part, at) => (part === null ? `{${varName(kind, at)}}` : literalText(part)));
  const runs = { argv: { command: { argv: written } }, cmdline: { command: { cmdline: written[0] } }, none: simulated };
  return { ...runs[kind], ...(cores === null ? {} : { resources: { cores } }) };
}

/** Without a program there is nothing to run but the time it took. */
const simulated = { transform: 'simulate' };
