import type { NatsConnection } from '@nats-io/transport-node';

/**
 * Listens to a subject of core NATS with JSON messages, at most once. An error while a message is handled goes to
 * `onFault`: thrown inside the client's callback it would silently end the connection's reader (STACK section 2, trap 1).
 * @returns stops listening.
 */
export function listen<Message>(
  connection: NatsConnection,
  subject: string,
  handlers: { onMessage: (message: Message) => void; onFault: (fault: Error) => void },
): () => void {
  const subscription = connection.subscribe(subject, {
    callback: (fault, message) => {
      try {
        if (fault) handlers.onFault(fault);
        else handlers.onMessage(message.json<Message>());
      } catch (cause) {
        handlers.onFault(cause as Error);
      }
    },
  });
  return () => subscription.unsubscribe();
}
