import { Controller, Inject, Logger } from '@nestjs/common';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { subjects, type HintCommand } from '#contracts';
import { runCommand, StoreUnavailable, type Command, type CommandPorts } from '#engine';
import { faultpoint } from '#faultpoint';
import { EventRelay } from './event-relay.js';
import { Hints } from './hints.js';
import { PartitionKeeper } from './partition-keeper.js';
import { COMMAND_PORTS } from './stores.js';

/** A command that failed by its own fault lets the others of its partition pass for so long, in milliseconds. */
const asideMs = 60_000;

/** Carries out the commands of owned partitions: when hinted, and in a slow sweep. One at a time for each partition. */
@Controller()
export class CommandController {
  private readonly logger = new Logger('command');
  private readonly busy = new Map<number, Promise<void>>();
  private readonly again = new Set<number>();
  /** Commands to pass over, and until when. */
  private readonly aside = new Map<string, number>();

  constructor(
    @Inject(COMMAND_PORTS) private readonly ports: CommandPorts,
    private readonly hints: Hints,
    private readonly relay: EventRelay,
    private readonly keeper: PartitionKeeper,
  ) {
    keeper.onSweep((partitions) => this.look(partitions));
  }

  @EventPattern<string>(subjects.hintCommand, Transport.NATS)
  hinted(@Payload() { partition }: HintCommand): void {
    if (this.keeper.owns(partition)) void this.look([partition]);
  }

  /** Looks for open commands of partitions. A fault leaves them for the next sweep. */
  private async look(partitions: number[]): Promise<void> {
    const idle = partitions.filter((partition) => !this.busy.has(partition));
    for (const partition of partitions) if (this.busy.has(partition)) this.again.add(partition);
    if (idle.length === 0) return;
    try {
      for (const command of await this.ports.transitions.nextCommands(idle, this.passedOver())) this.start(command);
    } catch (fault) {
      this.complain('commands wait', fault);
    }
  }

  private passedOver(): string[] {
    for (const [id, untilMs] of this.aside) if (untilMs <= performance.now()) this.aside.delete(id);
    return [...this.aside.keys()];
  }

  private start(command: Command): void {
    const { partition } = command;
    if (this.busy.has(partition)) return;
    const work = this.run(command).finally(() => {
      this.busy.delete(partition);
    });
    this.busy.set(partition, work);
  }

  private async run(command: Command): Promise<void> {
    try {
      faultpoint('dag.afterClaim');
      const { classes, kills, limits } = await runCommand(this.ports, command);
      faultpoint('dag.afterCommit');
      this.hints.ready(classes, { limits });
      this.hints.kill(kills);
      this.relay.wake(command.partition);
      this.again.add(command.partition);
    } catch (fault) {
      if (!(fault instanceof StoreUnavailable)) this.setAside(command);
      this.complain(`${command.kind} of workflow ${command.workflowNo} is not done: tried again in a while`, fault);
    }
    if (this.again.delete(command.partition)) setImmediate(() => void this.look([command.partition]));
  }

  /** The fault is in the command or in us: the next command may well be carried out. */
  private setAside({ id, partition }: Command): void {
    this.aside.set(id, performance.now() + asideMs);
    this.again.add(partition);
  }

  private complain(what: string, fault: unknown): void {
    this.logger.warn(what, { cause: fault instanceof Error ? fault.message : String(fault) });
  }
}
