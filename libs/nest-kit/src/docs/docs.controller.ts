import type { ServerResponse } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
import { openApi } from '#contracts';
import { answerWhole } from '../http/answer-whole.js';
import { Allows, anybody } from '../http/policies.js';
import { Offers } from '../http/request.guard.js';
import { referencePage } from './reference-page.js';
import { referenceStyle } from './reference-style.js';

/** The page needs nothing but its own style: no script, no frame, no other host. */
const contentRules =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The interface told to programs and to people. It names no workflow and no user, and asks for no token. */
@Allows(anybody)
@Controller()
export class DocsController {
  private made: { document: string; page: string } | null = null;

  @Get('openapi.json')
  @Offers('application/json')
  document(@Res() response: ServerResponse): Promise<void> {
    return answerWhole(response, { status: 200, body: this.make().document });
  }

  @Get('docs')
  @Offers('text/html')
  page(@Res() response: ServerResponse): Promise<void> {
    response.setHeader('content-security-policy', contentRules);
    response.setHeader('referrer-policy', 'no-referrer');
    return answerWhole(response, { status: 200, body: this.make().page, type: 'text/html; charset=utf-8' });
  }

  @Get('docs/style.css')
  @Offers('text/css')
  style(@Res() response: ServerResponse): Promise<void> {
    return answerWhole(response, { status: 200, body: referenceStyle, type: 'text/css; charset=utf-8' });
  }

  /** Made when first asked for: most gateways never are. */
  private make(): { document: string; page: string } {
    const api = this.made ? null : openApi();
    if (api) this.made = { document: JSON.stringify(api), page: referencePage(api) };
    return this.made ?? this.make();
  }
}
