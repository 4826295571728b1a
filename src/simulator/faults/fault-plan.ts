// Which faults are active for one vendor, and which of them applies to a call.
import { seededRandom } from '../seeded-random.js';
import { notFound } from '../simulated-error.js';

export const faultKinds = [
  'drop-before',
  'drop-after',
  'delay',
  '429',
  '5xx',
  'html',
  'empty',
  'null',
  'garbage',
  'truncated',
  'cut',
  'redirect',
  'black-hole',
] as const;
type FaultKind = (typeof faultKinds)[number];

export interface FaultRule {
  kind: FaultKind;
  /** Any method when left out. */
  method?: string | undefined;
  /** A route's pattern or a path, with `*` as wildcard; any route when left out. */
  route?: string | undefined;
  /** Whether the vendor does the work before the fault; each kind has its own default. */
  when?: 'before' | 'after' | undefined;
  /** Applies to the next N matching calls only; forever when left out. */
  times?: number | undefined;
  /** Lets this many matching calls pass first. */
  skip?: number | undefined;
  /** From 0 to 1, drawn from a generator seeded with `seed`. */
  probability?: number | undefined;
  seed?: number | undefined;
  /** Wait before the fault, in milliseconds; `delay` does nothing else. */
  delayMs?: number | undefined;
  /** Status of `5xx` (500 when left out). */
  status?: number | undefined;
  /** `Retry-After` of `429` and `5xx`, in seconds or as an HTTP date; no header when left out. */
  retryAfter?: number | string | undefined;
  /** Where `redirect` points. */
  location?: string | undefined;
}

export interface ArmedFault extends FaultRule {
  id: string;
  when: 'before' | 'after';
  hits: number;
}

interface Armed {
  fault: ArmedFault;
  seen: number;
  random: () => number;
}

/** Kinds that let the vendor do the work first, unless told otherwise. */
const struckAfterwards = new Set<FaultKind>(['empty', 'null', 'garbage']);

export class FaultPlan {
  private armed: Armed[] = [];
  private lastId = 0;

  /**
   * Activates a fault, beside those active already. Returns it with its id and the number of hits, which goes on
   * counting.
   */
  set(rule: FaultRule): ArmedFault {
    const when = momentOf(rule);
    const fault: ArmedFault = { ...rule, when, id: `fault-${++this.lastId}`, hits: 0 };
    this.armed.push({ fault, seen: 0, random: seededRandom(rule.seed ?? 1) });
    return fault;
  }

  /** Ends the fault of that id; without one, all of them. @throws a 404 for an unknown id. */
  clear(id?: string): void {
    if (id !== undefined && !this.armed.some(({ fault }) => fault.id === id)) {
      throw notFound(`fault ${id}`);
    }
    this.armed = id === undefined ? [] : this.armed.filter(({ fault }) => fault.id !== id);
  }

  /** All active faults, in the order of their activation. Used-up ones stay listed. */
  list(): ArmedFault[] {
    return this.armed.map(({ fault }) => fault);
  }

  /**
   * The first active fault that applies to this call, counted as its hit; undefined if none does. At most one applies.
   */
  strike(method: string, route: string, path: string): ArmedFault | undefined {
    return this.armed.find((armed) => matches(armed.fault, method, route, path) && isHit(armed))
      ?.fault;
  }
}

/**
 * Whether the fault strikes before or after the vendor does the work. Some kinds name their moment, and one that
 * damages the vendor's own answer needs that answer: for these it doesn't matter what the rule says. Otherwise the rule
 * decides, or the default of its kind.
 */
function momentOf({ kind, when }: FaultRule): 'before' | 'after' {
  if (kind === 'drop-before') return 'before';
  if (['drop-after', 'truncated', 'cut'].includes(kind)) return 'after';
  return when ?? (struckAfterwards.has(kind) ? 'after' : 'before');
}

/** Whether the fault is meant for calls like this one, by method and by route or path. `*` stands for any text. */
function matches(fault: FaultRule, method: string, route: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.route === undefined) return true;
  const pattern = new RegExp(`^${fault.route.split('*').map(escapeForRegExp).join('.*')}$`);
  return pattern.test(route) || pattern.test(path);
}

/** The text as a pattern that matches just this text. */
function escapeForRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * Whether a fault applies to a call that it matches, by `skip`, `times` and `probability`. Counts the call, and the hit
 * if it is one: asking twice counts twice.
 */
function isHit(armed: Armed): boolean {
  const { fault } = armed;
  armed.seen += 1;
  if (armed.seen <= (fault.skip ?? 0)) return false;
  if (fault.times !== undefined && fault.hits >= fault.times) return false;
  if (fault.probability !== undefined && armed.random() >= fault.probability) return false;
  fault.hits += 1;
  return true;
}
