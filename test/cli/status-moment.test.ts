/** Everything `status` shows comes from one moment, whatever the daemon writes meanwhile. */
import { expect, it } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { readStatus } from '../../src/admin/status.js';
import type { Rule } from '../../src/domain/rule.js';
import { Database } from '../../src/store/database/database.js';
import { cancelForRevoke } from '../../src/store/invitations.js';
import { StoreRig } from '../rigs/store.js';

it('shows no count of what it doesn’t list', async () => {
  const bridge = new StoreRig();
  const daemon = new Database(bridge.app.home.databaseFile);
  try {
    bridge.addRule();
    await bridge.look();
    const cancel = () => daemon.lend((tx) => cancelForRevoke(tx));
    const { invitations, counts } = readStatus(interrupted(bridge.app, cancel), { limit: 10 });
    expect(invitations.map(({ state }) => state)).toEqual(['queued']);
    expect(counts).toMatchObject({ queued: 1 });
    expect(readStatus(bridge.app, { limit: 10 }).counts).toMatchObject({ cancelled: 1 });
  } finally {
    daemon.close();
    bridge.close();
  }
});

/** The daemon writes after the first thing that is read. */
function interrupted(app: App, write: () => unknown): App {
  const rules = Object.create(app.rules) as App['rules'];
  rules.listActive = (): readonly Rule[] => {
    write();
    return app.rules.listActive();
  };
  return { ...app, rules };
}
