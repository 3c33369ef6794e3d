/** Memory as people say it: `512 MiB`, `4 GiB`, `1.5 TiB`. */
export function memoryText(mib: number): string {
  if (mib < 1_024) return `${mib} MiB`;
  return mib < 1_024 * 1_024 ? `${short(mib / 1_024)} GiB` : `${short(mib / 1_024 / 1_024)} TiB`;
}

const short = (value: number): string => String(Number(value.toFixed(1)));
