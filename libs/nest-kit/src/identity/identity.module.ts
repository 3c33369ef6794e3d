import { Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Database, PostgresTokenStore } from '#adapter-postgres';
import type { IssuerSettings } from '#contracts';
import type { TokenVerifier } from '#core';
import type { TokenStore } from '#engine';
import { CONFIGURATION, HTTP_CONFIGURATION } from '../config/config.module.js';
import type { Configuration, HttpConfiguration } from '../config/configuration.js';
import { StackTokenVerifier } from '../http/stack-token.js';
import { TOKEN_VERIFIERS } from '../http/token-chain.js';
import { FREE_DATABASE, FreeDatabaseModule } from '../service/database.module.js';
import { IssuedTokenVerifier } from './issued-token-verifier.js';
import { ISSUERS, oidcVerifierOf } from './issuers.js';
import { LoginController } from './login.controller.js';
import { KeptPoolTokens } from './pool-tokens.js';
import { readIssuers } from './read-issuers.js';
import { TokenBook } from './token-book.js';
import { TOKEN_STORE, TokenController } from './token.controller.js';
import { WhoAmIController } from './whoami.controller.js';

/** Who calls: tokens of the stack, of trusted issuers, and those that Sluice hands out itself. */
@Module({
  imports: [FreeDatabaseModule],
  controllers: [LoginController, TokenController, WhoAmIController],
  providers: [
    { provide: TOKEN_STORE, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresTokenStore(free) },
    { provide: TokenBook, inject: [TOKEN_STORE], useFactory: (store: TokenStore) => new TokenBook(store) },
    { provide: KeptPoolTokens, inject: [TokenBook], useFactory: (book: TokenBook) => new KeptPoolTokens(book) },
    {
      provide: ISSUERS,
      inject: [HTTP_CONFIGURATION],
      useFactory: (http: HttpConfiguration) => readIssuers(http.issuersFile),
    },
    {
      provide: TOKEN_VERIFIERS,
      inject: [HTTP_CONFIGURATION, CONFIGURATION, TokenBook, ISSUERS],
      useFactory: (
        http: HttpConfiguration,
        { clockScale }: Configuration,
        book: TokenBook,
        issuers: IssuerSettings[],
      ): TokenVerifier[] => [
        new StackTokenVerifier(http.token),
        new IssuedTokenVerifier(book),
        oidcVerifierOf(issuers, clockScale),
      ],
    },
  ],
  exports: [TOKEN_VERIFIERS, KeptPoolTokens],
})
export class IdentityModule implements OnModuleInit, OnModuleDestroy {
  constructor(@Inject(TokenBook) private readonly book: TokenBook) {}

  onModuleInit(): void {
    this.book.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.book.stop();
  }
}
