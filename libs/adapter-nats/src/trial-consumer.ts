import type { Msg, NatsConnection, SubscriptionOptions } from '@nats-io/transport-node';

interface PullRequest {
  batch: number;
}

/** One JetStream consumer as a PullLoop sees it, in memory: hands out when it is told to. */
export class TrialConsumer {
  /** WorkerRoom that each pull asked for. */
  readonly pulls: number[] = [];
  /** What became of messages: `<body> +ACK` and the like. */
  readonly answers: string[] = [];
  /** Sent by the server, and not yet here: comes when the subscription is drained. */
  readonly onTheWay: string[] = [];
  private deliver: SubscriptionOptions['callback'];

  readonly connection = {
    subscribe: (_subject: string, options: SubscriptionOptions) => {
      this.deliver = options.callback;
      const drain = (): Promise<void> => {
        for (const body of this.onTheWay.splice(0)) this.give(body);
        this.deliver = undefined;
        return Promise.resolve();
      };
      return { drain };
    },
    publish: (_subject: string, body: string) => {
      this.pulls.push((JSON.parse(body) as PullRequest).batch);
    },
  } as unknown as Pick<NatsConnection, 'subscribe' | 'publish'>;

  /** Messages to be worked on. */
  give(...bodies: string[]): void {
    for (const body of bodies) {
      const respond = (answer: string): boolean => this.answers.push(`${body} ${answer}`) > 0;
      this.say({ reply: 'ack', data: Buffer.from(body), respond });
    }
  }

  /** The end of a pull: 404 none there, 408 waited for nothing, 409, 503 nobody serves this. */
  status(code: number, description = ''): void {
    this.say({ reply: '', headers: { code, description } });
  }

  private say(message: object): void {
    void this.deliver?.(null, message as Msg);
  }
}
