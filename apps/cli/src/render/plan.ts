import type { FolderView } from '#local-stack';
import type { DocumentSurvey } from '../document-survey.js';
import type { Plan, ServerPlan } from '../verbs/dry-run.js';
import { counted, grouped } from './numbers.js';
import { cut, padEnd, printable } from './printable.js';
import { table } from './table.js';

const labelsShownMax = 12;
const width = 80;

/** What a verb would do, in at most 24 lines of 80 columns. */
export function planLines({ document, server }: Plan): string[] {
  const lines = [...(document === null ? [] : documentLines(document)), ...serverLines(server)];
  return [...lines, 'dry run: nothing was started, sent or written'].map((line) => cut(line, width));
}

function documentLines({ name, jobs, edges, labels }: DocumentSurvey): string[] {
  const labelCount = new Set(labels.map(({ label }) => label)).size;
  const size = `${counted(jobs, 'job')} in ${counted(labelCount, 'label')}, ${counted(edges, 'edge')}`;
  const shown = labels.length <= labelsShownMax ? labels : labels.slice(0, labelsShownMax - 1);
  const rows = shown.map(({ label, jobs: n, template, runs }) => [label, grouped(n), template, runs]);
  const others = labels.slice(shown.length);
  const rest = [`... and ${others.length} more`, grouped(others.reduce((sum, each) => sum + each.jobs, 0)), '', ''];
  return [
    `would submit  ${printable(name)}  ${size}`,
    ...table(
      [
        { title: 'label', align: 'left', widthMax: 20 },
        { title: 'jobs', align: 'right' },
        { title: 'template', align: 'left', widthMax: 16 },
        { title: 'runs', align: 'left' },
      ],
      others.length === 0 ? rows : [...rows, rest],
    ),
  ];
}

function serverLines(server: ServerPlan): string[] {
  if (server.kind === 'elsewhere') return [`to the server at ${server.url}`];
  const state = `state in ${server.stateDir}`;
  const folders = server.folders.map(folderLine);
  if (server.url !== null) return [`with the stack that is up at ${server.url}`, state, ...folders];
  const parts = server.parts.map(({ part, detail }) => `  ${padEnd(part, 9)}  ${printable(detail)}`);
  return ['would start', ...parts, state, ...folders];
}

/** The word first: a long path is cut at its end. */
function folderLine(folder: FolderView): string {
  if ('refusal' in folder) return `jobs do not see  ${printable(folder.path)}: ${folder.refusal}`;
  return `jobs ${folder.writable ? 'may write' : 'may read'}  ${printable(folder.path)}`;
}
