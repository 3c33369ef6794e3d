export const folders: Readonly<Record<string, readonly string[]>>;
export const topFolders: readonly string[];
export const builtSql: Readonly<Record<string, string>>;
export const longFiles: Readonly<Record<string, string>>;
export const impureGlobals: readonly string[];
export function homeOf(file: string): { path: string; may: readonly string[] } | null;
export function importFault(file: string, specifier: string): string | null;
