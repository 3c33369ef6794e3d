import { type DynamicModule, Module } from '@nestjs/common';
import type { Configuration, HttpConfiguration } from './configuration.js';

/** Injects the Configuration of this process. */
export const CONFIGURATION = Symbol('Configuration');
/** Injects the HttpConfiguration; only there in services that run with `http: true`. */
export const HTTP_CONFIGURATION = Symbol('HttpConfiguration');

/** What the environment said, for every module of the process. */
@Module({})
export class ConfigModule {
  static with(configuration: Configuration, http: HttpConfiguration | null): DynamicModule {
    const providers = [
      { provide: CONFIGURATION, useValue: configuration },
      ...(http ? [{ provide: HTTP_CONFIGURATION, useValue: http }] : []),
    ];
    return { module: ConfigModule, global: true, providers, exports: providers.map((each) => each.provide) };
  }
}
