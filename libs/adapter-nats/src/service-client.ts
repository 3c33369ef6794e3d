import { ClientNats } from '@nestjs/microservices';
import type { NatsConnection } from '@nats-io/transport-node';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';

/** No service answered a request in time, or none is there. Try again later. */
export class ServiceSilent extends Error {
  override readonly name = 'ServiceSilent';
  readonly retry = true;
  constructor(
    readonly subject: string,
    options: { cause?: unknown } = {},
  ) {
    super(`no answer on '${subject}': the service that owns it is not there or too busy`, options);
  }
}

/** A service took a request and could not do it; its own log says why. Try again later. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed';
  readonly retry = true;
  constructor(
    readonly subject: string,
    options: { cause: unknown },
  ) {
    super(`the service behind '${subject}' failed at a request`, options);
  }
}

/** Requests to other services, through Nest's NATS client on the connection that the process has anyway. */
export class ServiceClient extends ClientNats {
  constructor(private readonly connection: NatsConnection) {
    super({});
  }

  override createClient(): Promise<NatsConnection> {
    return Promise.resolve(this.connection);
  }

  /** The connection outlives this client; it is closed last, by whom opened it. */
  override close(): Promise<void> {
    this.handleClose();
    return Promise.resolve();
  }

  /** @throws ServiceSilent when nobody answers within `withinMs`; ServiceFailed when the answer is an error. */
  async request<Answer>(subject: string, body: object, withinMs: number): Promise<Answer> {
    try {
      return await firstValueFrom(this.send<Answer>(subject, body).pipe(timeout(withinMs)));
    } catch (cause) {
      if (cause instanceof TimeoutError || isNobody(cause)) throw new ServiceSilent(subject, { cause });
      throw new ServiceFailed(subject, { cause });
    }
  }

  /** A message that may be lost, such as a hint. Never throws: while NATS is away it is dropped or buffered. */
  hint(subject: string, body: object): void {
    if (!this.connection.isClosed()) this.connection.publish(subject, JSON.stringify(body));
  }
}

/** NATS says at once when no subscriber is there; Nest hands that on as an empty response or a 503. */
function isNobody(cause: unknown): boolean {
  const error = cause as { name?: unknown; message?: unknown } | null;
  return (
    /EmptyResponse|NoResponders/.test(String(error?.name)) ||
    /no responders|empty response/i.test(String(error?.message))
  );
}
