import { z } from 'zod';
import { Transform, type TransformContext } from '#transform-sdk';

const Params = z.object({ whom: z.string().default('world') });

@Transform({ name: 'template', version: '1', params: Params })
export class Template {
  run(params: z.infer<typeof Params>, ctx: TransformContext) {
    return { greeting: `hello ${params.whom}, says ${ctx.job.name}` };
  }
}
