import type { WorkflowView } from '#contracts';
import { progressLine, ProgressPace } from './render/progress-line.js';
import { hasEnded, noticeLines, pausedJobsText } from './render/workflow-text.js';
import { workflowScreen } from './render/workflow-screen.js';
import type { Terminal } from './terminal/terminal.js';

const redrawEveryMs = 1_000;

/** Shows a workflow on its way: a screen drawn anew, or lines for a log. */
export interface Progress {
  show(view: WorkflowView): void;
  /** What stays is left to `keep`: a report that follows says it all again. */
  end(options: { keep: boolean }): void;
}

export function openProgress(terminal: Terminal, hint: string): Progress {
  return terminal.screen ? new ScreenProgress(terminal, terminal.screen, hint) : new LineProgress(terminal);
}

class ScreenProgress implements Progress {
  private last: WorkflowView | null = null;
  /** The clock goes on while the server says nothing new. */
  private readonly redraw: NodeJS.Timeout;

  constructor(
    private readonly terminal: Terminal,
    private readonly screen: NonNullable<Terminal['screen']>,
    private readonly hint: string,
  ) {
    this.redraw = setInterval(() => this.draw(), redrawEveryMs);
  }

  show(view: WorkflowView): void {
    this.last = view;
    this.draw();
  }

  end(options: { keep: boolean }): void {
    clearInterval(this.redraw);
    if (options.keep) this.screen.settle();
    else this.screen.clear();
    this.last = null;
  }

  private draw(): void {
    if (this.last === null) return;
    const { screen } = this;
    const paint = this.terminal.errPaint;
    const size = { columns: screen.size.columns, rows: screen.size.rows };
    screen.draw(workflowScreen(this.last, { nowMs: Date.now(), size, paint, hint: this.hint }));
  }
}

class LineProgress implements Progress {
  private readonly pace = new ProgressPace();
  private noticesSaid = '';

  constructor(private readonly terminal: Terminal) {}

  show(view: WorkflowView): void {
    const nowMs = Date.now();
    // The pace is told of every view, the last one too: it counts from what was shown.
    const due = this.pace.isDue(view, nowMs);
    if (due || hasEnded(view.workflow.state)) this.terminal.note(progressLine(view, nowMs));
    this.sayNotices(view);
  }

  end(): void {
    this.noticesSaid = '';
  }

  private sayNotices(view: WorkflowView): void {
    const lines = noticeLines(view, 5);
    // Counts in it change with every job; only another gap is news.
    const gaps = view.gaps.map(({ label, gap }) => `${label} ${gap}`).join('\n');
    const said = view.workflow.pausedAt ?? `${pausedJobsText(view) === null ? '' : 'jobs are paused\n'}${gaps}`;
    if (said !== this.noticesSaid) for (const line of lines) this.terminal.note(line);
    this.noticesSaid = said;
  }
}
