import 'reflect-metadata';
import { expect, test } from '@jest/globals';
import { Controller, Get, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Allows, anyCaller, systemAdministrators } from './policies.js';
import { PolicyCheck } from './policy-check.js';

@Controller('said')
class SaidController {
  @Get()
  @Allows(anyCaller)
  list(): void {
    // answers nothing
  }
}

@Allows(systemAdministrators)
@Controller('whole')
class WholeController {
  @Post()
  order(): void {
    // answers nothing
  }
}

@Controller('silent')
class SilentController {
  @Get()
  @Allows(anyCaller)
  list(): void {
    // answers nothing
  }
  @Post(':id')
  order(): void {
    // answers nothing
  }
}

const started = async (...controllers: (new () => object)[]): Promise<void> => {
  const module = await Test.createTestingModule({ controllers, providers: [PolicyCheck] }).compile();
  await module.init();
};

test('a gateway starts whose routes or controllers all say who may use them', async () => {
  await started(SaidController, WholeController);
});

test('a route that does not say so makes the start fail, and is named', async () => {
  await expect(started(SaidController, SilentController)).rejects.toThrow(
    'nothing says who may use SilentController.order (POST)',
  );
});
