import { z } from 'zod';
import { PublicEvent } from './public-event.js';

/** Events in the order of their partitions. Nothing is left out between a page and the next. */
export const EventPage = z.object({
  events: z.array(PublicEvent),
  /** Where the next page begins, also when there is nothing there yet: ask again with it. */
  next: z.string(),
  /** There was more than fitted. */
  more: z.boolean(),
});
export type EventPage = z.infer<typeof EventPage>;
