import type { Command, TransitionStore } from '../ports/transition-store.js';
import { sealWorkflow, type SealPorts } from '../seal/seal-workflow.js';
import { closeTransition } from '../settle/close-transition.js';
import { EndedLedger } from '../settle/ended-ledger.js';
import { finishBarriers, leaveRest, releaseChildren } from '../settle/release-children.js';
import { cancelWorkflow, type Kill } from './cancel-workflow.js';
import { pruneRest } from './prune-rest.js';
import { retryWorkflow } from './retry-workflow.js';

export interface CommandPorts {
  transitions: TransitionStore;
  seal: SealPorts;
}

export interface CommandDone {
  /** Classes that got ready jobs. */
  classes: number[];
  kills: Kill[];
  /** Limits under which something ended. */
  limits: number[];
}

const nothingDone: CommandDone = { classes: [], kills: [], limits: [] };

/** Carries out what was left for the owner of a partition. Safe to repeat after a crash. */
export async function runCommand(ports: CommandPorts, command: Command): Promise<CommandDone> {
  switch (command.kind) {
    case 'seal':
      return { ...nothingDone, classes: await sealAndStart(ports, command) };
    case 'cancel': {
      const { classes, kills, limits } = await cancelWorkflow(ports.transitions, command);
      return { classes, kills, limits };
    }
    case 'retry':
      return { ...nothingDone, classes: await retryWorkflow(ports.transitions, command) };
    case 'prune':
      return { ...nothingDone, classes: await pruneRest(ports.transitions, command) };
  }
}

/** Barriers among the roots end as soon as the workflow is sealed; the command stays open until they have. */
async function sealAndStart(ports: CommandPorts, command: Command): Promise<number[]> {
  const classes = new Set<number>();
  for (let open = true; open;) {
    const sealing = await sealWorkflow(ports.seal, command.workflowNo);
    if (sealing.kind !== 'sealed') break;
    for (const classId of sealing.classes) classes.add(classId);
    open = sealing.rootBarriers.length > 0;
    if (open) {
      for (const classId of await passRootBarriers(ports.transitions, command, sealing.rootBarriers)) {
        classes.add(classId);
      }
    }
  }
  return [...classes];
}

function passRootBarriers(store: TransitionStore, command: Command, ordinals: number[]): Promise<Set<number>> {
  return store.step(command.partition, async (tx) => {
    const ledger = new EndedLedger();
    const barriers = ordinals.map((ordinal) => ({ workflowNo: command.workflowNo, ordinal }));
    const release = await releaseChildren(tx, ledger, await finishBarriers(tx, ledger, barriers));
    await leaveRest(tx, release);
    const { classes } = release;
    for (const classId of await closeTransition(tx, command.partition, ledger, [])) classes.add(classId);
    return classes;
  });
}
