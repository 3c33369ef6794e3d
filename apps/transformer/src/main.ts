import { BatchTransport } from '#adapter-nats';
import { runService, TransformerModule } from '#nest-kit';

await runService(TransformerModule, { name: 'transformer', strategies: [BatchTransport] });
