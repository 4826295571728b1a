/** Builds everything that works on an open data directory. */
import { createBridge } from '../../bridge/bridge.js';
import type { Database } from '../../store/database/database.js';
import type { Home } from '../../store/home/home.js';
import type { Sealer } from '../../store/home/sealer.js';
import type { HttpSettings } from '../../net/http-client.js';
import { storeShape } from '../../store/reply-shapes.js';
import { SharedRate } from '../../net/shared-rate.js';
import { createReadContext, type Runtime } from './read-context.js';

export type AppContext = ReturnType<typeof createAppContext>;

export function createAppContext(home: Home, database: Database, sealer: Sealer, runtime: Runtime) {
  const { random, log, observer } = runtime;
  const read = createReadContext(home, database, sealer, runtime);
  const { clock, configuration } = read;
  const bridge = createBridge({
    ...{ random, log },
    stores: read,
    configuration: () => configuration.current(),
    observer,
  });
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
    /** What every call to a vendor is made with. */
    http,
    leverRate: new SharedRate(database, clock, (ms) => observer?.onRateWait('lever', ms)),
  };
}
