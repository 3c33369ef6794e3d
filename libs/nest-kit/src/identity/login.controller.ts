import { Controller, Get, Inject } from '@nestjs/common';
import type { IssuerSettings, LoginView } from '#contracts';
import { Allows, anybody } from '../http/policies.js';
import { ISSUERS } from './issuers.js';

/** Where one gets a token that this gateway takes: asked by who has none yet. */
@Allows(anybody)
@Controller('api/v1/login')
export class LoginController {
  constructor(@Inject(ISSUERS) private readonly issuers: readonly IssuerSettings[]) {}

  @Get()
  show(): LoginView {
    return { issuers: this.issuers.flatMap(({ issuer, login }) => (login ? [{ issuer, ...login }] : [])) };
  }
}
