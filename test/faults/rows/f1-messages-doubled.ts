import { tapRow } from './tap-rows.js';

export const f1 = tapRow({
  id: 'F1',
  title: 'every message comes two to six times',
  inCi: true,
  besides: ({ random }, tap, message) => {
    const copies = random.between(1, 5);
    for (let no = 0; no < copies; no += 1) setTimeout(() => tap.send(message, message.body), random.below(1_000));
  },
});
