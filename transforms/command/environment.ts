import { fillPlaceholders } from '#contracts';
import type { TransformContext } from '#transform-sdk';

/**
 * All that a program sees of an environment. Nothing of the worker's own but PATH and LANG: its tokens stay with it.
 * The template's `env` wins over everything here but which GPUs are this attempt's.
 * @param place where the program finds its folder, and a folder for temporary files
 */
export function environment(
  ctx: Pick<TransformContext, 'env' | 'job' | 'gpuIds'>,
  place: { folder: string; temporary: string },
  values: ReadonlyMap<string, string>,
): Record<string, string> {
  const given = Object.entries(ctx.env).map(([key, text]): [string, string] => [key, fillPlaceholders(text, values)]);
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: process.env['LANG'] ?? 'C.UTF-8',
    HOME: place.folder,
    TMPDIR: place.temporary,
    SLUICE_WORKFLOW: ctx.job.workflow,
    SLUICE_LABEL: ctx.job.label,
    SLUICE_JOB: ctx.job.name,
    SLUICE_ORDINAL: String(ctx.job.ordinal),
    SLUICE_ATTEMPT: String(ctx.job.attempt),
    ...Object.fromEntries(given),
    ...gpuVariables(ctx.gpuIds),
  };
}

/** Set to nothing they hide all GPUs: an attempt that asked for none takes none from its neighbours. */
function gpuVariables(gpuIds: readonly string[] | null): Record<string, string> {
  if (gpuIds === null) return {};
  const ids = gpuIds.join();
  return { CUDA_VISIBLE_DEVICES: ids, ROCR_VISIBLE_DEVICES: ids, SLUICE_GPUS: ids };
}
