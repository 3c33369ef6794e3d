import { Controller, Inject, Logger, type OnModuleDestroy } from '@nestjs/common';
import { MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { subjects, type RegisterRequest } from '#contracts';
import { LeaseDesk, SessionDesk, type Beat, type BeatAnswer, type RegisteredSession, type SessionStore } from '#engine';

export const SESSION_STORE = Symbol('SessionStore');

/** Silent sessions are looked for this often, in milliseconds. */
const silentMs = 2_000;
/** What sessions that are over still hold is looked for this often, in milliseconds. */
const strandedMs = 30_000;

/** Sessions: their beginning, their beats, their end. */
@Controller()
export class SessionController implements OnModuleDestroy {
  private readonly logger = new Logger('session');
  private readonly timers = [
    setInterval(() => void this.findSilent(), silentMs),
    setInterval(() => void this.giveUpStranded(), strandedMs),
  ];

  constructor(
    private readonly sessions: SessionDesk,
    private readonly desk: LeaseDesk,
    @Inject(SESSION_STORE) private readonly store: SessionStore,
  ) {}

  @MessagePattern<string>(subjects.sessionRegister, Transport.NATS, { queue: 'broker' })
  register(@Payload() worker: RegisterRequest): Promise<RegisteredSession> {
    return this.store.register(worker);
  }

  @MessagePattern<string>(subjects.heartbeat, Transport.NATS, { queue: 'broker' })
  async beat(@Payload() { beats }: { beats: Beat[] }): Promise<{ answers: BeatAnswer[] }> {
    return { answers: await this.sessions.beat(beats) };
  }

  @MessagePattern<string>(subjects.sessionEnd, Transport.NATS, { queue: 'broker' })
  async end(@Payload() { session }: { session: string }): Promise<{ givenUp: number }> {
    const givenUp = await this.sessions.end(session, 'ended', 'the worker ended before this attempt did');
    this.desk.forgetSession(session);
    return { givenUp };
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private async giveUpStranded(): Promise<void> {
    try {
      const attempts = await this.sessions.giveUpStranded();
      if (attempts > 0) this.logger.warn('attempts of sessions that are over are given up again', { attempts });
    } catch (fault) {
      this.logger.warn('stranded attempts are not looked for', {
        cause: fault instanceof Error ? fault.message : fault,
      });
    }
  }

  private async findSilent(): Promise<void> {
    try {
      const { changed, alarm } = await this.sessions.findSilent();
      for (const session of changed) this.desk.forgetSession(session);
      if (alarm) this.logger.error(alarm);
    } catch (fault) {
      this.logger.warn('silent workers are not looked for', { cause: fault instanceof Error ? fault.message : fault });
    }
  }
}
