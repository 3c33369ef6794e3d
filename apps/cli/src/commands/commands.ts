import { adminCommand } from './admin.js';
import { cancelCommand } from './cancel.js';
import { completionCommand } from './completion.js';
import { convertCommand } from './convert.js';
import { downCommand } from './down.js';
import { errorsCommand } from './errors.js';
import { eventsCommand } from './events.js';
import { execCommand } from './exec.js';
import { exportCommand } from './export.js';
import { fileCommand } from './file.js';
import { jobsCommand } from './jobs.js';
import { limitCommand } from './limit.js';
import { loginCommand } from './login.js';
import { logoutCommand } from './logout.js';
import { logsCommand } from './logs.js';
import { lsCommand } from './ls.js';
import { pauseCommand } from './pause.js';
import { quotaCommand } from './quota.js';
import { reportCommand } from './report.js';
import { resumeCommand } from './resume.js';
import { retryCommand } from './retry.js';
import { runCommand } from './run.js';
import { shareCommand } from './share.js';
import { showCommand } from './show.js';
import { siteCommand } from './site.js';
import { spaceCommand } from './space.js';
import { submitCommand } from './submit.js';
import { tokenCommand } from './token.js';
import { upCommand } from './up.js';
import { validateCommand } from './validate.js';
import { verifyCommand } from './verify.js';
import { waitCommand } from './wait.js';
import { watchCommand } from './watch.js';
import { whoamiCommand } from './whoami.js';
import { whyCommand } from './why.js';
import { workerCommand } from './worker.js';
import type { VerbCommand } from './verb-command.js';

/** The verbs by what they are for, in the order of `sluice --help`. */
export const verbGroups: readonly { heading: string; verbs: readonly VerbCommand[] }[] = [
  { heading: 'Run and submit:', verbs: [runCommand, execCommand, submitCommand, validateCommand, convertCommand] },
  { heading: 'Watch:', verbs: [lsCommand, showCommand, watchCommand, waitCommand, reportCommand] },
  { heading: 'Find out:', verbs: [jobsCommand, errorsCommand, logsCommand, whyCommand, eventsCommand, exportCommand] },
  { heading: 'Change:', verbs: [pauseCommand, resumeCommand, cancelCommand, retryCommand] },
  { heading: 'Keep:', verbs: [fileCommand, quotaCommand] },
  { heading: 'Who runs where:', verbs: [siteCommand, workerCommand, limitCommand, shareCommand, spaceCommand] },
  { heading: 'Who you are:', verbs: [loginCommand, logoutCommand, whoamiCommand, tokenCommand] },
  { heading: 'This machine:', verbs: [upCommand, downCommand, verifyCommand, adminCommand, completionCommand] },
];
