import type { StackProgress } from '#local-stack';
import { stackLine } from './render/stack-line.js';
import type { Terminal } from './terminal/terminal.js';

/** Shows how a stack starts: a line a part; what is at work stands below while it lasts. */
export class StackNotes {
  constructor(private readonly terminal: Terminal) {}

  show(progress: StackProgress): void {
    const { screen, note } = this.terminal;
    if (progress.state === 'starting') {
      screen?.draw([stackLine(progress)]);
      return;
    }
    screen?.clear();
    note(stackLine(progress));
  }

  end(): void {
    this.terminal.screen?.clear();
  }
}
