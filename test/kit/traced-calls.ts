import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What becomes of a system call, in the words of strace: `delay_enter=300000`, `error=EIO:when=2`. */
export interface Injected {
  call: string;
  how: string;
  /** Of processes that these start from now on, too. */
  children?: boolean;
}

/** System calls of running processes, made late or made to fail. They go on as ever when it has ended. */
export class TracedCalls {
  private constructor(private readonly tracer: ChildProcess) {}

  /** Returns when all of them are in its hands. @throws with what strace says when they can't be */
  static async of(pids: readonly number[], { call, how, children = false }: Injected): Promise<TracedCalls> {
    const targets = pids.flatMap((pid) => ['-p', String(pid)]);
    const what = ['-e', `trace=${call}`, '-e', `inject=${call}:${how}`, '-e', 'signal=none'];
    const tracer = spawn('strace', [...(children ? ['-f'] : []), ...what, ...targets], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    tracer.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-tailMax);
      tracer.emit('said');
    });
    tracer.once('error', () => tracer.emit('said'));
    while (answered(said) < pids.length && tracer.exitCode === null)
      await Promise.race([once(tracer, 'said'), once(tracer, 'exit')]);
    if (tracer.exitCode !== null) throw new Error(`strace did not attach: ${said}`);
    return new TracedCalls(tracer);
  }

  async end(): Promise<void> {
    if (this.tracer.exitCode !== null || this.tracer.signalCode !== null) return;
    const ended = once(this.tracer, 'exit');
    this.tracer.kill('SIGKILL'); // whom it held it lets go then
    await ended;
  }
}

const tailMax = 10_000;
/** Of one that has ended meanwhile it says that there is no such process. */
const answered = (said: string): number => [...said.matchAll(/ attached|No such process/g)].length;

/** Whether strace is here and may trace. */
export const mayTrace = (): boolean =>
  spawnSync('strace', ['-o', '/dev/null', '-e', 'trace=none', 'true'], { stdio: 'ignore' }).status === 0;
