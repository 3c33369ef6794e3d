/**
 * Most bytes of what one message over NATS carries, besides its envelope: half of what servers take (max_payload, 1 MiB). A
 * larger message is not sent at all, however often it is tried.
 */
export const messageBytesMax = 512 * 1024;

/**
 * Cuts a list into the lists of several messages, in order: each of at most `bytesMax`, none empty. An item that is larger
 * is alone.
 * @param bytesOf of an item as it is sent, such as jsonBytes()
 */
export function inMessages<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  bytesMax = messageBytesMax,
): Item[][] {
  const messages: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = bytesOf(item) + comma;
    const last = messages.at(-1);
    if (last && bytes <= room) last.push(item);
    else {
      messages.push([item]);
      room = bytesMax;
    }
    room -= bytes;
  }
  return messages;
}

const comma = 1;
const encoder = new TextEncoder();

/** Bytes of a value as JSON text, which are more than its characters where it is not all ASCII. */
export const jsonBytes = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;
