import { Controller } from '@nestjs/common';
import { EventPattern, Transport } from '@nestjs/microservices';
import { subjects } from '#contracts';
import { HeldTimer } from './held-timer.js';

/** A resume gives back-offs back: those that are over by now are not waited for. */
@Controller()
export class HeldController {
  constructor(private readonly timer: HeldTimer) {}

  @EventPattern<string>(subjects.hintHeld, Transport.NATS)
  hinted(): void {
    this.timer.arm(0);
  }
}
