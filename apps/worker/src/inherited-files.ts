import { closeSync, readFileSync, readdirSync } from 'node:fs';

/** O_CLOEXEC as /proc tells it, in octal. Node opens every file of its own so. */
const closedOnExec = 0o2000000;

/**
 * Closes what whoever started this process left open: its programs would inherit it, and see what the sandbox hides.
 * Call it first of all. Where there is no /proc nothing is closed.
 */
export function closeInheritedFiles(): void {
  for (const fd of openFiles()) if (fd > 2 && isInheritable(fd)) closeSync(fd);
}

function openFiles(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    return [];
  }
}

/** The folder that was just listed is in its list, and gone. */
function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closedOnExec) === 0;
  } catch {
    return false;
  }
}
