import { Module } from '@nestjs/common';
import { BatchTransport } from '#adapter-nats';
import { BrokerModule, GatewayModule, MonitorModule, runService, TransformerModule } from '#nest-kit';

/** The default on one machine: every service in one process. */
@Module({ imports: [GatewayModule, TransformerModule, BrokerModule, MonitorModule] })
class AllModule {}

await runService(AllModule, { name: 'all', http: true, strategies: [BatchTransport] });
