import type { DocumentJob } from '#contracts';

/** A job as it is written: fields with a default may be missing. */
export type WrittenJob = Omit<DocumentJob, 'kind' | 'after'> & {
  kind?: DocumentJob['kind'];
  after?: (number | string | { job: number | string; on?: 'success' | 'ended' })[];
};

/**
 * Says whether a value has the shape of DocumentJob, as the schema would but some 20 times faster: a million jobs pass here.
 * The schema is asked only to explain a refusal; a test holds the two together.
 */
export function isWrittenJob(value: unknown): value is WrittenJob {
  if (!isObject(value)) return false;
  for (const key of Object.keys(value)) if (!isField(key, value[key])) return false;
  return Object.hasOwn(value, 'name');
}

function isField(key: string, value: unknown): boolean {
  switch (key) {
    case 'name':
      return typeof value === 'string' && value !== '';
    case 'label':
    case 'template':
    case 'in':
      return typeof value === 'string';
    case 'kind':
      return value === 'job' || value === 'barrier' || value === 'noop' || value === 'group';
    case 'after':
      return Array.isArray(value) && value.every(isAfter);
    case 'vars':
    case 'tags':
      return isRecord(value, isString);
    case 'weight':
      return isRecord(value, Number.isFinite);
    case 'inputs':
    case 'outputs':
      return Array.isArray(value) && value.every(isFileUse);
    case 'observed':
      return isObject(value);
    case 'blocking':
      return typeof value === 'boolean';
    default:
      return key === 'params';
  }
}

const isPosition = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isParent = (value: unknown): boolean => typeof value === 'string' || isPosition(value);

function isAfter(value: unknown): boolean {
  if (!isObject(value)) return isParent(value);
  return isParent(value['job']) && hasOnly(value, afterFields) && isOn(value['on']);
}

const isOn = (value: unknown): boolean => value === undefined || value === 'success' || value === 'ended';

function isFileUse(value: unknown): boolean {
  if (!isObject(value)) return typeof value === 'string';
  const { name, uri, bytes } = value;
  const isBytes = bytes === undefined || bytes === null || Number.isFinite(bytes);
  return (
    typeof name === 'string' && (uri === undefined || typeof uri === 'string') && isBytes && hasOnly(value, fileFields)
  );
}

const afterFields: ReadonlySet<string> = new Set(['job', 'on']);
const fileFields: ReadonlySet<string> = new Set(['name', 'uri', 'bytes']);

const hasOnly = (value: object, fields: ReadonlySet<string>): boolean =>
  Object.keys(value).every((key) => fields.has(key));

const isString = (value: unknown): boolean => typeof value === 'string';

function isRecord(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return isObject(value) && Object.values(value).every(isItem);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
