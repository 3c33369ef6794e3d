import type { Msg, NatsConnection, PublishOptions, SubscriptionOptions } from '@nats-io/transport-node';

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
  private readonly replies: string[] = [];
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
    publish: (_subject: string, body: string, { reply = '' }: PublishOptions = {}) => {
      this.pulls.push((JSON.parse(body) as PullRequest).batch);
      this.replies.push(reply);
    },
  } as unknown as Pick<NatsConnection, 'subscribe' | 'publish'>;

  /** Messages to be worked on. */
  give(...bodies: string[]): void {
    this.handOut(1, bodies);
  }

  /** The same, and they were given to somebody before. */
  giveAgain(...bodies: string[]): void {
    this.handOut(2, bodies);
  }

  /**
   * The end of a pull: 404 none there, 408 waited for nothing, 409, 503 nobody serves this.
   * @param no of the pull, from the first; default: the newest
   */
  status(code: number, description = '', no = this.replies.length - 1): void {
    this.say({ subject: this.replies[no], reply: '', headers: { code, description } });
  }

  private handOut(times: number, bodies: readonly string[]): void {
    for (const body of bodies) {
      const respond = (answer: string): boolean => this.answers.push(`${body} ${answer}`) > 0;
      this.say({ reply: `$JS.ACK.S.d.${times}.7.9.1700000000000000000.0`, data: Buffer.from(body), respond });
    }
  }

  private say(message: object): void {
    void this.deliver?.(null, message as Msg);
  }
}
