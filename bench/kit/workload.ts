import type { DocumentHeader, DocumentJob, Template } from '#contracts';

const linesABlock = 1_000;
/** Parents of a job that is not in the first layer, as in the floor. */
const parentsMax = 3;

/** What a benchmark runs: a DAG of equal layers, every job the transform `noop`. */
export interface Shape {
  jobs: number;
  /** 1: independent jobs; as many as jobs: a chain. */
  layers: number;
  /** What its template says besides, such as limits and tags. */
  template?: Partial<Template>;
}

export const widthOf = (shape: Shape): number => Math.max(1, Math.floor(shape.jobs / shape.layers));

/** The children of a job, wired as the floor's e2e.mjs wires them: up to 3 in the next layer, the same one at most once. */
export function childrenOf(shape: Shape, ordinal: number): number[] {
  const width = widthOf(shape);
  const layer = Math.floor(ordinal / width);
  if (layer >= shape.layers - 1) return [];
  const fan = Math.min(parentsMax, width);
  const places = Array.from({ length: fan }, (_, k) => ((ordinal % width) * 7 + k * 1013) % width);
  return [...new Set(places)].map((place) => (layer + 1) * width + place);
}

/** Parents of each job of one layer, by position in the layer. */
function parentsOfLayer(shape: Shape, layer: number): number[][] {
  const width = widthOf(shape);
  const parents: number[][] = Array.from({ length: width }, () => []);
  for (let ordinal = (layer - 1) * width; layer > 0 && ordinal < layer * width; ordinal += 1) {
    for (const child of childrenOf(shape, ordinal)) parents[child - layer * width]?.push(ordinal);
  }
  return parents;
}

export function headerOf(shape: Shape): DocumentHeader {
  return {
    apiVersion: 'sluice/v1',
    name: `bench-${shape.jobs}`,
    tags: {},
    annotations: {},
    defaults: {},
    policy: { onFailure: 'continue', timeoutSec: null, parallelism: null },
    files: {},
    templates: { noop: { transform: 'noop', resources: { cores: 1, memoryMib: 1 }, ...shape.template } },
  };
}

type BareJob = Pick<DocumentJob, 'name' | 'label' | 'template' | 'after'>;

/** All jobs in document order, layer after layer; one label a layer, at most 20. Holds the edges of one layer. */
export function* jobsOf(shape: Shape): Generator<BareJob> {
  const width = widthOf(shape);
  const layersALabel = Math.ceil(shape.layers / 20);
  for (let layer = 0; layer < shape.layers; layer += 1) {
    const label = `layer${Math.floor(layer / layersALabel)}`;
    let ordinal = layer * width;
    for (const after of parentsOfLayer(shape, layer)) {
      yield { name: `job_${ordinal}`, label, template: 'noop', after };
      ordinal += 1;
    }
  }
}

/** The whole document as NDJSON, the header first, in blocks of many lines. */
export async function* documentBytes(shape: Shape): AsyncGenerator<Buffer> {
  let lines = [JSON.stringify(headerOf(shape))];
  for (const job of jobsOf(shape)) {
    lines.push(JSON.stringify(job));
    if (lines.length < linesABlock) continue;
    yield Buffer.from(lines.join('\n') + '\n');
    lines = [];
  }
  yield Buffer.from(lines.join('\n') + '\n');
}
