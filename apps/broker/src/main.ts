import { BrokerModule, runService } from '#nest-kit';

await runService(BrokerModule, { name: 'broker' });
