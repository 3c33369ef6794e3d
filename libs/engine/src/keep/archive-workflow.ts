/**
 * Archives an ended workflow: writes what its rows say into files, then gives the rows up.
 *
 * K1  Nothing is given up that was not read whole, written and forced to disk before, unless the policy is to keep nothing.
 *     Files take the place of others only if their workflow was not archived when they had been read to their end.
 * K2  A workflow that is retried while its files are written stays as it is, and the files go.
 * K3  What dies half-way leaves a workflow that is not archived: the next sweep writes its files anew.
 */
import type { ErrorGroups } from '#contracts';
import { exportDocument } from '../export/export-document.js';
import type { DocumentStore } from '../ports/document-store.js';
import type { FailureStore } from '../ports/failure-store.js';
import type { ArchiveFolder, EndedWorkflow, KeepStore } from '../ports/keep-store.js';
import type { ReadStore } from '../ports/read-store.js';
import { listErrorGroups } from '../read/list-error-groups.js';
import { showWorkflow } from '../read/show-workflow.js';

/** `not-kept`: its document was not kept when it was submitted, so it stays. */
export type Archived = 'archived' | 'before' | 'changed' | 'not-kept';

export interface ArchivePorts {
  keeps: KeepStore;
  documents: DocumentStore;
  failures: FailureStore;
  reads: ReadStore;
  /** Null: no files are written. */
  folder: ArchiveFolder | null;
}

/** Error groups that are kept of one workflow, most jobs first. */
const groupsMax = 200;
const attemptRows = 1_000;

export async function archiveWorkflow(ports: ArchivePorts, workflow: EndedWorkflow): Promise<Archived> {
  if (await ports.keeps.archived(workflow.workflowNo)) return 'before';
  const { found: errors } = await listErrorGroups(ports.failures, { workflowNo: workflow.workflowNo, groupsMax });
  const name = nameOf(workflow);
  const place = ports.folder === null ? null : await writeFiles(ports, ports.folder, { workflow, name, errors });
  if (place === 'not-kept') return place;
  const outcome = await ports.keeps.archive(workflow, { place, errors });
  if (outcome === 'changed') await ports.folder?.remove(name);
  return outcome;
}

/** A run has a folder of its own: files of an earlier one that were left behind are never mistaken for these. */
const nameOf = ({ id, runNo }: EndedWorkflow): string => (runNo === 1 ? id : `${id}.run-${runNo}`);

async function writeFiles(
  ports: ArchivePorts,
  folder: ArchiveFolder,
  { workflow, name, errors }: { workflow: EndedWorkflow; name: string; errors: ErrorGroups },
): Promise<string> {
  const { workflowNo, id } = workflow;
  const document = await exportDocument(ports.documents, { workflowNo, observed: 'run' });
  if (document === null) return 'not-kept';
  const view = await showWorkflow({ store: ports.reads, rateOf: () => null }, { id, visible: null });
  return folder.write(name, {
    'workflow.json': once(`${JSON.stringify(view, null, 2)}\n`),
    'errors.json': once(`${JSON.stringify(errors, null, 2)}\n`),
    'document.ndjson.gz': document,
    'attempts.ndjson.gz': attemptLines(ports.keeps, workflowNo),
  });
}

async function* attemptLines(keeps: KeepStore, workflowNo: string): AsyncGenerator<string> {
  let last = { ordinal: -1, attempt: 0 };
  for (;;) {
    const attempts = await keeps.attempts({ workflowNo, ...last, rows: attemptRows });
    const newest = attempts.at(-1);
    if (!newest) break;
    yield attempts.map((attempt) => `${JSON.stringify(attempt)}\n`).join('');
    last = newest;
  }
  // These files are the last to be read. K1: somebody else's are whole, ours may lack what is gone since.
  if (await keeps.archived(workflowNo)) throw new Error(`workflow ${workflowNo} was archived by another process`);
}

async function* once(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text);
}
