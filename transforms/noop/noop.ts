import { z } from 'zod';
import { defineTransform } from '#transform-sdk';

/** Does nothing, takes any params: for measuring what everything around a job costs. */
export const noop = defineTransform({ name: 'noop', version: '1', params: z.unknown(), run: () => undefined });
