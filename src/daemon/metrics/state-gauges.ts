/** The gauges that say how the app stands: the table of them, and how they are set. */
import { Gauge, type Registry } from 'prom-client';
import { SECOND_MS } from '../../domain/clock.js';
import { HOLD_REASONS } from '../../domain/decision.js';
import type { Problem } from '../../domain/problem.js';
import { INTEGRATION_STATES, stateOf } from '../../storage/state/integration-store.js';
import { WRITEBACK_KINDS } from '../../pipeline/writebacks/writeback.js';
import type { MetricsState } from './metrics-state.js';
import { PREFIX } from '../../operate/metrics-endpoint.js';

interface Sample {
  labels: Record<string, string>;
  value: number;
}

interface StateGauge {
  name: string;
  help: string;
  labels?: readonly string[];
  /** No sample for what isn't known. */
  samples: (state: MetricsState) => Sample[];
}

const GAUGES: readonly StateGauge[] = [
  {
    name: 'build_info',
    help: 'Always 1; its labels say which version runs, on which Node',
    labels: ['version', 'node'],
    samples: ({ version }) => [{ labels: { version, node: process.version.slice(1) }, value: 1 }],
  },
  {
    name: 'ready',
    help: 'What /readyz says: 1 when deliveries are taken and both accounts are usable, else 0',
    samples: ({ isReady }) => one(Number(isReady)),
  },
  {
    name: 'integration_state',
    help: '1 for the state that the integration is in, 0 for the others',
    labels: ['state'],
    samples: ({ integration }) =>
      everyOf(INTEGRATION_STATES, 'state', new Map([[stateOf(integration), 1]])),
  },
  {
    name: 'problems',
    help: 'Problems that stand, as `status` names them; level fail is an alarm',
    labels: ['code', 'level', 'vendor'],
    samples: ({ problems }) => countProblems(problems),
  },
  {
    name: 'invitations',
    help: 'Challenges promised, by state',
    labels: ['state'],
    samples: ({ counts }) =>
      Object.entries(counts)
        .filter(([name]) => name !== 'held')
        .map(([state, value]) => ({ labels: { state }, value })),
  },
  {
    name: 'held',
    help: 'Candidates who are held, by reason',
    labels: ['reason'],
    samples: ({ held }) => everyOf(HOLD_REASONS, 'reason', held),
  },
  {
    name: 'looks_due',
    help: 'Opportunities that wait to be read from Lever and decided',
    samples: ({ due }) => one(due.n),
  },
  {
    name: 'oldest_look_due_seconds',
    help: 'For how long the oldest of them has been due; 0 without any',
    samples: ({ due, now }) => one(seconds(now - (due.since ?? now))),
  },
  {
    name: 'writebacks_owed',
    help: 'What is owed to Lever and isn’t there yet, by kind',
    labels: ['kind'],
    samples: ({ owed }) =>
      everyOf(WRITEBACK_KINDS, 'kind', new Map(owed.map(({ kind, n }) => [kind, n]))),
  },
  {
    name: 'oldest_writeback_owed_seconds',
    help: 'For how long the oldest of them has been owed, by kind; 0 without any',
    labels: ['kind'],
    samples: ({ owed, now }) => {
      const ages = owed.map(({ kind, since }) => [kind, seconds(now - since)] as const);
      return everyOf(WRITEBACK_KINDS, 'kind', new Map(ages));
    },
  },
  {
    name: 'last_sweep_timestamp_seconds',
    help: 'When the last sweep of all stages ended; absent before the first',
    samples: ({ integration }) => moment(integration.last_sweep_at),
  },
  {
    name: 'last_delivery_timestamp_seconds',
    help: 'When the last new delivery was kept; absent before the first',
    samples: ({ integration }) => moment(integration.last_delivery_at),
  },
  {
    name: 'login_timestamp_seconds',
    help: 'When somebody last logged in to Lever; absent with an API key',
    samples: ({ login }) => moment(login?.loggedInAt),
  },
  {
    name: 'login_end_timestamp_seconds',
    help: 'When the login to Lever ends unless somebody logs in again; absent with an API key',
    samples: ({ login }) => moment(login?.endsAt),
  },
  {
    name: 'access_token_expiry_timestamp_seconds',
    help: 'When the access token in use expires, which is renewed by itself; absent with an API key',
    samples: ({ login }) => moment(login?.expiresAt),
  },
  {
    name: 'disk_free_bytes',
    help: 'Free on the disk of the home folder',
    samples: ({ diskFreeBytes }) => one(diskFreeBytes),
  },
];

/** Returns what sets all of them. */
export function addStateGauges(registry: Registry): (state: MetricsState) => void {
  const registers = [registry];
  const gauges = GAUGES.map(({ name, help, labels = [], samples }) => ({
    gauge: new Gauge({ name: PREFIX + name, help, labelNames: [...labels], registers }),
    samples,
  }));
  return (state) => {
    for (const { gauge, samples } of gauges) show(gauge, samples(state));
  };
}

function show(gauge: Gauge, samples: readonly Sample[]): void {
  gauge.reset();
  // A gauge without labels is set to 0 by that, which would be a moment.
  if (samples.length === 0) gauge.remove({});
  for (const { labels, value } of samples) gauge.set(labels, value);
}

function one(value: number): Sample[] {
  return [{ labels: {}, value }];
}

function seconds(ms: number): number {
  return ms / SECOND_MS;
}

function moment(ms: number | null | undefined): Sample[] {
  return ms === null || ms === undefined ? [] : one(seconds(ms));
}

/** A sample for each, 0 for those that there are none of. */
function everyOf<T extends string>(
  all: readonly T[],
  label: string,
  found: ReadonlyMap<T, number>,
): Sample[] {
  return all.map((name) => ({ labels: { [label]: name }, value: found.get(name) ?? 0 }));
}

/** By what they are of a kind, which no id is part of. */
function countProblems(problems: readonly Problem[]): Sample[] {
  const samples = new Map<string, Sample>();
  for (const { code, level, vendor } of problems) {
    const labels = { code, level, vendor: vendor ?? '' };
    const key = JSON.stringify(labels);
    samples.set(key, { labels, value: (samples.get(key)?.value ?? 0) + 1 });
  }
  return [...samples.values()];
}
