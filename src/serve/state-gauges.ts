/** The gauges for the app's state: their table, and how they are set. */
import { Gauge, type Registry } from 'prom-client';
import { SECOND_MS } from '../domain/clock.js';
import { HOLD_REASONS } from '../domain/reasons.js';
import { INTEGRATION_STATES, stateOf } from '../store/integration-store.js';
import { WRITEBACK_KINDS, tallyPending, type WritebackTally } from '../store/writebacks.js';
import { countDueLooks, countHeld } from '../store/candidates.js';
import { diskOf } from '../admin/facts/machine-facts.js';
import type { App } from '../admin/app.js';
import { grantOf, loginLeftMs } from '../admin/facts/lever-facts.js';
import { readCounts } from '../admin/queries/decisions.js';

/** What our metrics' names begin with. */
export const PREFIX = 'codesubmit_lever_';

interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** What the samples are read from, at one moment. */
interface State {
  app: App;
  now: number;
  isReady: boolean;
}

interface StateGauge {
  name: string;
  help: string;
  labels?: readonly string[];
  /** The samples; an unknown value has none. */
  samples: (state: State) => Sample[];
}

const GAUGES: readonly StateGauge[] = [
  {
    name: 'build_info',
    help: 'Always 1; the labels give the program and Node versions',
    labels: ['version', 'node'],
    samples: ({ app: { runtime } }) => [
      { labels: { version: runtime.version, node: process.version.slice(1) }, value: 1 },
    ],
  },
  {
    name: 'ready',
    help: '1 when deliveries are accepted and both accounts work, else 0; same as /readyz',
    samples: ({ isReady }) => sampleOf(Number(isReady)),
  },
  {
    name: 'integration_state',
    help: '1 for the current state of the integration, 0 for the others',
    labels: ['state'],
    samples: ({ app: { configuration } }) =>
      samplesForAll(INTEGRATION_STATES, 'state', new Map([[stateOf(configuration.row()), 1]])),
  },
  {
    name: 'problems',
    help: 'Current problems, as `status` names them; level fail raises an alarm',
    labels: ['code', 'level', 'vendor'],
    /** By kind: ids are never labels. */
    samples: ({ app }) => {
      const counted = new Map<string, Sample>();
      for (const { code, level, vendor } of app.problems()) {
        const labels = { code, level, vendor: vendor ?? '' };
        const key = JSON.stringify(labels);
        counted.set(key, { labels, value: (counted.get(key)?.value ?? 0) + 1 });
      }
      return [...counted.values()];
    },
  },
  {
    name: 'invitations',
    help: 'Challenges promised, by state',
    labels: ['state'],
    samples: ({ app }) =>
      Object.entries(readCounts(app))
        .filter(([name]) => name !== 'held')
        .map(([state, value]) => ({ labels: { state }, value })),
  },
  {
    name: 'held',
    help: 'Candidates on hold, by reason',
    labels: ['reason'],
    samples: ({ app }) => samplesForAll(HOLD_REASONS, 'reason', countHeld(app.database)),
  },
  {
    name: 'looks_due',
    help: 'Opportunities waiting to be read from Lever and decided',
    samples: ({ app, now }) => sampleOf(countDueLooks(app.database, now).n),
  },
  {
    name: 'oldest_look_due_seconds',
    help: 'Seconds that the oldest of them has been due; 0 if there are none',
    samples: ({ app, now }) =>
      sampleOf(seconds(now - (countDueLooks(app.database, now).since ?? now))),
  },
  {
    name: 'writebacks_owed',
    help: 'Pending updates to Lever, by kind',
    labels: ['kind'],
    samples: ({ app }) => samplesByKind(app, ({ n }) => n),
  },
  {
    name: 'oldest_writeback_owed_seconds',
    help: 'Seconds that the oldest of them has been pending, by kind; 0 if there are none',
    labels: ['kind'],
    samples: ({ app, now }) => samplesByKind(app, ({ since }) => seconds(now - since)),
  },
  {
    name: 'last_sweep_timestamp_seconds',
    help: 'When the last sweep of all stages ended; absent before the first',
    samples: ({ app }) => timeSample(app.configuration.row().last_sweep_at),
  },
  {
    name: 'last_delivery_timestamp_seconds',
    help: 'When the last new delivery was stored; absent before the first',
    samples: ({ app }) => timeSample(app.configuration.row().last_delivery_at),
  },
  {
    name: 'login_end_timestamp_seconds',
    help: 'When the Lever login expires unless someone logs in again; absent with an API key',
    samples: ({ app, now }) => {
      const login = grantOf(app);
      return timeSample(login && now + loginLeftMs(login, now));
    },
  },
  {
    name: 'access_token_expiry_timestamp_seconds',
    help: 'When the current access token expires; renewed automatically; absent with an API key',
    samples: ({ app }) => timeSample(grantOf(app)?.expiresAt),
  },
  {
    name: 'disk_free_bytes',
    help: 'Free space on the disk of the data directory',
    samples: ({ app }) => sampleOf(diskOf(app.home.folder).freeBytes),
  },
];

/** Registers the gauges. Returns a function that sets all of them; it throws when the database can't be read. */
export function addStateGauges(registry: Registry): (state: State) => void {
  const registers = [registry];
  const gauges = GAUGES.map(({ name, help, labels = [], samples }) => ({
    gauge: new Gauge({ name: PREFIX + name, help, labelNames: [...labels], registers }),
    samples,
  }));
  return (state) => {
    for (const { gauge, samples } of gauges) {
      const found = samples(state);
      gauge.reset();
      // The reset sets a gauge without labels to 0, which would be read as a moment.
      if (found.length === 0) gauge.remove({});
      for (const { labels, value } of found) gauge.set(labels, value);
    }
  };
}

/** The only sample of a gauge without labels. */
function sampleOf(value: number): Sample[] {
  return [{ labels: {}, value }];
}

function seconds(ms: number): number {
  return ms / SECOND_MS;
}

/** A time as Prometheus wants it, in seconds; no sample while it's unknown. */
function timeSample(ms: number | null | undefined): Sample[] {
  return ms === null || ms === undefined ? [] : sampleOf(seconds(ms));
}

/** One sample per label value, 0 for those without rows. */
function samplesForAll<T extends string>(
  all: readonly T[],
  label: string,
  found: ReadonlyMap<T, number>,
): Sample[] {
  return all.map((name) => ({ labels: { [label]: name }, value: found.get(name) ?? 0 }));
}

/** One sample for each kind of pending updates to Lever. */
function samplesByKind({ database }: App, value: (pending: WritebackTally) => number): Sample[] {
  const found = tallyPending(database).map((one) => [one.kind, value(one)] as const);
  return samplesForAll(WRITEBACK_KINDS, 'kind', new Map(found));
}
