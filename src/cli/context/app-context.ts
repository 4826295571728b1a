/** Builds everything that works on an open data directory. */
import { createBridge } from '../../bridge/bridge.js';
import { Deliveries } from '../../store/deliveries.js';
import type { Database } from '../../store/database/database.js';
import type { Home } from '../../store/home/home.js';
import type { Sealer } from '../../store/home/sealer.js';
import type { HttpSettings } from '../../net/http-client.js';
import { storeShape } from '../../store/reply-shapes.js';
import { SharedRate } from '../../net/shared-rate.js';
import type { Runtime } from '../../admin/app.js';
import { createReadContext } from './read-context.js';

export type AppContext = ReturnType<typeof createAppContext>;

export function createAppContext(home: Home, database: Database, sealer: Sealer, runtime: Runtime) {
  const { random, log, observer } = runtime;
  const read = createReadContext(home, database, sealer, runtime);
  const { clock, configuration, integration, rules } = read;
  const bridge = createBridge(
    read,
    () => configuration.current(),
    log,
    (decision) => observer?.onDecided(decision),
  );
  const http: HttpSettings = {
    version: runtime.version,
    onExchange: (exchange) => {
      observer?.onExchange(exchange);
    },
    onReply: (reply) => {
      if (reply.isWrite) void storeShape(database, reply);
    },
  };
  return {
    ...read,
    ...bridge,
    random,
    deliveries: new Deliveries(database, integration, rules, (accepted) =>
      observer?.onAccepted(accepted),
    ),
    /** What every call to a vendor is made with. */
    http,
    leverRate: new SharedRate(database, clock, (ms) => observer?.onRateWait('lever', ms)),
  };
}
