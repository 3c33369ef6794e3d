import { Module } from '@nestjs/common';
import { BatchTransport } from '#adapter-nats';
import { BrokerModule, GatewayModule, MonitorModule, runService, TransformerModule } from '#nest-kit';

/** All services of one machine in one process: they still talk over NATS. */
@Module({ imports: [GatewayModule, TransformerModule, BrokerModule, MonitorModule] })
class AllModule {}

await runService(AllModule, { name: 'all', http: true, strategies: [BatchTransport] });
