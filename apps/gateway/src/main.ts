import { GatewayModule, runService } from '#nest-kit';

await runService(GatewayModule, { name: 'gateway', http: true });
