import { isDeepStrictEqual } from 'node:util';
import { Template } from '#contracts';
import type { CheckedHeader } from '../checked-header.js';
import { filledFields, isFields, without, type Fields } from './fields.js';
import { annotationField } from './instance-annotations.js';
import { sourceFormat } from './instance-header.js';
import { wfVersions } from './wf-instance.js';

export const sourceOf = ({ source }: Fields): Fields => (isFields(source) ? source : {});

const sourceFields = new Set(['format', 'version']);
const usualPolicy = { onFailure: 'continue', timeoutSec: null, parallelism: null };

/**
 * Whether an instance alone says all of a header: it came from one, and nothing was added since.
 * @param options.annotationsReturn what its annotations keep is read again from what is written of it
 */
export function isPlainHeader(
  raw: Fields,
  { document, templates, final }: CheckedHeader,
  { annotationsReturn }: { annotationsReturn: boolean },
): boolean {
  const annotated = Object.keys(document.annotations);
  return (
    isInstanceSource(sourceOf(raw)) &&
    (annotated.length === 0 || (annotationsReturn && annotated.every((name) => name === annotationField))) &&
    final === null &&
    document.space === undefined &&
    filledFields(document.tags) === undefined &&
    filledFields(document.files) === undefined &&
    isDeepStrictEqual(document.policy, usualPolicy) &&
    [...templates.values()].every(({ template }) => isPlainTemplate(template))
  );
}

const isInstanceSource = (source: Fields): boolean =>
  source['format'] === sourceFormat &&
  wfVersions.some((version) => version === source['version']) &&
  filledFields(without(source, sourceFields)) === undefined;

const saidByTasks = new Set(['transform', 'command', 'params', 'resources']);

/** What an instance says of a template: a command, and how many cores it asks for. */
function isPlainTemplate({ command, transform, params = {}, resources, ...rest }: Template): boolean {
  const usual = Template.parse({});
  if (!isDeepStrictEqual({ ...resources, cores: usual.resources.cores }, usual.resources)) return false;
  if (!isDeepStrictEqual({ ...rest }, without(usual, saidByTasks)) || !isDeepStrictEqual(params, {})) return false;
  if (transform === 'simulate') return true;
  return transform === 'command' && onlyItsWords(command);
}

/** No shell, image, network or folder of its own, which an instance cannot say. */
const onlyItsWords = (command: Template['command']): boolean =>
  command?.shell === undefined &&
  (command?.image ?? null) === null &&
  command?.network === undefined &&
  (command?.cwd ?? null) === null;
