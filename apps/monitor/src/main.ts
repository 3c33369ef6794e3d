import { MonitorModule, runService } from '#nest-kit';

await runService(MonitorModule, { name: 'monitor' });
