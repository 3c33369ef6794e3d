import type { DocumentHeader } from '#contracts';
import type { OpenDocument } from '#documents';
import { openDocument } from './document.js';
import type { DocumentSource } from './sources/document-source.js';

/** The jobs of one label and template. */
export interface LabelSurvey {
  label: string;
  template: string;
  /** The transform, or the command line. */
  runs: string;
  jobs: number;
}

/** What a document holds. */
export interface DocumentSurvey {
  name: string;
  jobs: number;
  edges: number;
  labels: LabelSurvey[];
}

/**
 * Reads a document to its end, checks it as a submission would, and counts.
 * @throws CliFault with exit 2 when it is refused
 */
export async function surveyDocument(source: DocumentSource): Promise<DocumentSurvey> {
  const tally = new Tally();
  const document = await openDocument({
    ...source,
    open: async () => {
      const opened = await source.open();
      return { ...opened, jobs: tally.watch(opened.jobs) };
    },
  });
  let size = { jobCount: 0, edgeCount: 0 };
  for await (const { seal } of document.chunks) size = seal;
  const labels = tally.labels(document.filled);
  return { name: document.header.name, jobs: size.jobCount, edges: size.edgeCount, labels };
}

/** Counts jobs by label and template as they pass. */
class Tally {
  private readonly counts = new Map<
    string,
    { label: string | undefined; template: string | undefined; jobs: number }
  >();

  async *watch(jobs: OpenDocument['jobs']): OpenDocument['jobs'] {
    for await (const batch of jobs) {
      for (const raw of batch) if ('value' in raw) this.count(raw.value as { label?: string; template?: string });
      yield batch;
    }
  }

  /** In the order in which the document named them first. */
  labels({ templates }: DocumentHeader): LabelSurvey[] {
    const [only = ''] = Object.keys(templates);
    return [...this.counts.values()].map(({ label, template = only, jobs }) => ({
      ...{ label: label ?? template, template, jobs },
      runs: runsOf(templates[template] ?? {}),
    }));
  }

  private count({ label, template }: { label?: string; template?: string }): void {
    const key = JSON.stringify([label, template]);
    const seen = this.counts.get(key);
    if (seen === undefined) this.counts.set(key, { label, template, jobs: 1 });
    else seen.jobs += 1;
  }
}

function runsOf(template: DocumentHeader['templates'][string]): string {
  const { transform = 'command', command } = template as {
    transform?: string;
    command?: { argv?: string[]; cmdline?: string };
  };
  if (transform !== 'command') return transform;
  return command?.cmdline ?? (command?.argv ?? []).join(' ');
}
