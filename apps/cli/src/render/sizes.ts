/** Memory as people say it: `512 MiB`, `4 GiB`, `1.5 TiB`. */
export function memoryText(mib: number): string {
  if (mib < 1_024) return `${mib} MiB`;
  return mib < 1_024 * 1_024 ? `${short(mib / 1_024)} GiB` : `${short(mib / 1_024 / 1_024)} TiB`;
}

const short = (value: number): string => String(Number(value.toFixed(1)));

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes as people say them: `512 B`, `4 GiB`, `1.5 TiB`. */
export function bytesText(bytes: number): string {
  const step = bytes < 1_024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${short(bytes / 1_024 ** step)} ${units[step] ?? ''}`;
}
