import { z } from 'zod';

/** Text of people that is shown in one line. */
export const line = (charsMax: number) =>
  z
    .string()
    .regex(/^[^\p{Cc}]*$/u, 'one line, without control characters')
    .max(charsMax);

/** Who gives an order, as the caller says: nobody proves it. */
export const OrderedBy = line(200);
