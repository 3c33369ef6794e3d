/** Header of an order that is carried out once for all requests with the same key. */
export const keyedOrder: Readonly<Record<string, string>> = {
  'Idempotency-Key':
    'of 1 to 200 visible characters: the same key and body again, of the same caller at the same address, is the same answer; another body: 422',
};

/** Visible ASCII. */
export const idempotencyKeyShape = /^[!-~]{1,200}$/;
